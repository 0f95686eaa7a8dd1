"""The part of a policy that the kernel can hold, whatever a command's text looked like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policies.policy import Policy
from policies.rules import Limits

Rights = Literal["r", "rw", "rx", "rwx"]
"""What is granted on a path and all beneath it."""


@dataclass(frozen=True, slots=True)
class KernelRules:
    """What the launcher puts on every child."""

    rules: tuple[tuple[Rights, str], ...]
    """Rights by path, sorted by path, each path once; rights add up along a path's parents."""
    programs: tuple[str, ...]
    """Names of programs, sorted, whose files may be read and executed wherever PATH finds them."""
    environment: tuple[str, ...]
    """Names of the host's variables that commands are given."""
    survivors: Literal["kill", "keep"]
    """What becomes of processes that outlive their command."""
    limits: Limits
    """The limits, as the policy has them."""


def kernel_rules(policy: Policy) -> KernelRules:
    """Compiles a policy for the kernel.

    It is at least as wide as the policy: patterns of arguments, asking, and paths closed beneath
    what is open are beyond it, and stay with the gate.

    Args:
        policy: The policy.

    Returns:
        Rights by path, programs by name, and limits. A program that is only asked for is among
        them, since an approver may allow it.
    """
    files = policy.files
    read = {*files.read, *files.write, *files.execute}
    rules = tuple(
        (_rights(path in files.write, path in files.execute), str(path)) for path in sorted(read)
    )
    shell = policy.shell
    return KernelRules(
        rules, policy.index.programs, shell.environment, shell.survivors, policy.limits
    )


def _rights(write: bool, execute: bool) -> Rights:
    if write:
        return "rwx" if execute else "rw"
    return "rx" if execute else "r"
