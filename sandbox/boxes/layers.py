"""Which layers hold in a container, and which of them a policy will not do without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from episodes.errors import EngineUnavailable
from episodes.provenance import Layer
from policies.policy import Policy

SCOPES_SINCE = 6
"""From this ABI on Landlock keeps abstract sockets inside (Linux 6.12)."""

_WHAT: dict[Layer, str] = {
    "landlock": "the kernel does not hold its paths and programs",
    "scopes": f"Landlock keeps no abstract socket inside before ABI {SCOPES_SINCE} (Linux 6.12)",
    "seccomp": "no filter of ours is on",
    "process_record": "which programs are started is on no record",
}


def missing_layers(hello: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers that should hold and do not.

    Args:
        hello: What a guest says of the kernel it is on.
    """
    abi = hello["landlock_abi"]
    there: dict[Layer, bool] = {
        "landlock": abi > 0,
        "scopes": abi >= SCOPES_SINCE,
        "seccomp": hello["seccomp"] is True,
        "process_record": hello.get("record", True) is True,
    }
    return tuple(layer for layer, holds in there.items() if not holds)


def insist(policy: Policy, missing: tuple[str, ...]) -> None:
    """Makes sure that a policy gets the layers that it requires.

    Raises:
        EngineUnavailable: One is missing; nothing may start here.
    """
    for layer in policy.require:
        if layer in missing:
            raise EngineUnavailable(
                f"policy '{policy.name}' requires the layer '{layer}', and here {_WHAT[layer]}. "
                "'longleash doctor' tells more.\nUse a machine that has it; or, if the container "
                f"is to be enough, a policy that widens `require` and leaves '{layer}' out."
            )
