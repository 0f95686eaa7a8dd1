"""Judges the files that an action, or a shell's redirect, opens."""

from __future__ import annotations

from pathlib import PurePosixPath

from policies.finding import Finding
from policies.index import Access
from policies.policy import Policy
from policies.state import State
from semantics import paths

_VERBS: dict[Access, str] = {"read": "reading", "write": "writing", "execute": "running"}


def canonical_in(path: str | PurePosixPath, state: State) -> PurePosixPath:
    """Where a path leads: as the container resolved it, or else by its text.

    Raises:
        ValueError: The path has no canonical form.
    """
    resolved = state.resolved.get(str(path))
    # The text is checked in any case: a path by way of /proc means another file each time.
    written = paths.canonical(path, state.cwd)
    return written if resolved is None else paths.canonical(resolved)


def judge(path: str | PurePosixPath, access: Access, state: State, policy: Policy) -> list[Finding]:
    """Judges one path.

    Args:
        path: As the agent wrote it.
        access: What is to be done with it.
        state: The container as it is.
        policy: The rules.

    Returns:
        Each rule that matched; the default's denial where none opens the path.
    """
    index = policy.index
    try:
        place = canonical_in(path, state)
    except ValueError as error:
        return [Finding("deny", "default", f"policy, do not retry: {error}", "default")]
    found: list[Finding] = []
    closed = index.denied(place)
    if closed is not None:
        found.append(Finding("deny", closed, f"policy, do not retry: {place} is closed"))
    opened = index.covering(place, access)
    if opened is not None:
        found.append(Finding("allow", opened, f"{_VERBS[access]} {place} is allowed"))
    elif closed is None:
        allowed = ", ".join(index.roots(access)) or "nothing"
        found.append(
            Finding(
                "deny",
                "default",
                f"policy, do not retry: {_VERBS[access]} {place} is not allowed; "
                f"allowed here: {allowed}",
                "default",
            )
        )
    return found
