"""What a change of policy newly allows, asks and denies: over all actions, not over samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from episodes.decisions import Verdict
from policies.analysis.commands_compared import CommandShift, command_shifts
from policies.analysis.difference import Change, Diff, Difference, widening_digest
from policies.analysis.files_compared import FileShift, file_shifts
from policies.analysis.inclusion import BUDGET
from policies.analysis.lock import Lock, pinned_differences
from policies.analysis.opens import groups_of
from policies.analysis.reach import field_differences
from policies.analysis.shifts import Shift
from policies.analysis.web_compared import request_shifts
from policies.analysis.web_compared import shown as shown_request
from policies.analysis.witness import shown
from policies.engine import decide, decide_request
from policies.index import Access
from policies.policy import Policy
from policies.state import State

ABSTRACTED = (
    "Compared are canonical actions in an empty state (working directory /workspace, nothing "
    "exported, no symbolic link), both policies under this release's reading of commands; what "
    "links lead to, what names resolve to and what a program does once it runs are beyond it."
)
"""What the comparison does not see."""

_CHANGES: dict[Verdict, Change] = {"allow": "allowed", "ask": "asked", "deny": "denied"}
_ACCESSES: dict[Access | Literal["name"], tuple[str, str]] = {
    "read": ("files.read", "reading"),
    "write": ("files.write", "writing"),
    "execute": ("files.execute", "running"),
    "name": ("files.deny", "commands that name"),
}
_LISTED = 12


def diff(
    old: Policy,
    new: Policy,
    budget: int = BUDGET,
    locks: tuple[Lock | None, Lock | None] = (None, None),
) -> Diff:
    """Compares two policies.

    Args:
        old: The policy as it was, resolved.
        new: The policy as it is, resolved.
        budget: How many pairs of states each search may look at; past it a difference that is not
            `known` stands for the answer.
        locks: What is pinned beside each, where it is.
    """
    found = [
        *_requests(old, new, budget),
        *_files(old, new, budget),
        *_programs(old, new),
        *field_differences(old, new),
        *pinned_differences(*locks),
        *_commands(old, new, budget),
    ]
    found.sort(key=lambda one: (one.part != "reach", not one.widens))
    differences = tuple(found)
    sections: dict[str, object] = {
        name: [policy.model_dump(mode="json").get(name) for policy in (old, new)]
        for name in sorted({one.field.partition(".")[0] for one in differences if one.widens})
    }
    return Diff(
        old=old.name,
        new=new.name,
        old_digest=old.digest,
        new_digest=new.digest,
        differences=differences,
        widening=widening_digest(differences, sections),
    )


def _requests(old: Policy, new: Policy, budget: int) -> Iterator[Difference]:
    for found in request_shifts(old, new, budget):
        shift, request = found
        if request is None:
            yield _unknown("reach", "web", "requests", shift)
            continue
        was, now = decide_request(request, old), decide_request(request, new)
        yield Difference(
            change=_CHANGES[shift.after],
            widens=_widens(shift),
            part="reach",
            field="web",
            what=f"requests such as {shown_request(request)}",
            before=f"{was.verdict} ({was.rule_id})",
            after=f"{now.verdict} ({now.rule_id})",
            witness=shown_request(request),
        )


def _files(old: Policy, new: Policy, budget: int) -> Iterator[Difference]:
    for found in file_shifts(old, new, budget):
        field, verb = _ACCESSES[found.access]
        path = found.shift.fields[0] if found.shift.fields else None
        what = f"{verb} {path} and what lies beneath it" if path else f"{verb} files"
        yield _judged("reach", field, what, found, old, new)


def _programs(old: Policy, new: Policy) -> Iterator[Difference]:
    """What the kernel lets start, where that opens more than the program."""
    before, after = set(_startable(old)), set(_startable(new))
    grouped: dict[tuple[bool, str], list[str]] = {}
    for name in sorted(before ^ after):
        opened = "; ".join(group.opens for group in groups_of(name) if group.kind != "writes")
        if opened:
            grouped.setdefault((name in after, opened), []).append(name)
    for (started, opened), names in grouped.items():
        each = "each of which " if len(names) > 1 else "which "
        yield Difference(
            change="allowed" if started else "denied",
            widens=started,
            part="reach",
            field="shell.rules",
            what=f"starting {', '.join(names)}, {each}{opened}",
            before="no rule lets it start" if started else "some rule lets it start",
            after="some rule lets it start" if started else "no rule lets it start",
        )


def _startable(policy: Policy) -> tuple[str, ...]:
    return policy.index.programs if {"shell", "processes"} & set(policy.tools) else ()


def _commands(old: Policy, new: Policy, budget: int) -> Iterator[Difference]:
    grouped: dict[tuple[object, ...], list[CommandShift]] = {}
    for found in command_shifts(old, new, budget):
        if found.action is None:
            what = f"commands of {found.program}"
            yield _unknown("commands", "shell.rules", what, found.shift)
            continue
        rules = tuple(decide(found.action, State(), policy).rule_id for policy in (old, new))
        path = "/" in shown(found.action).partition(" ")[0]
        key = (found.shift.before, found.shift.after, rules, found.shift.fields, path)
        grouped.setdefault(key, []).append(found)
    for together in grouped.values():
        names = list(dict.fromkeys(found.program for found in together))
        fields = together[0].shift.fields or ()
        words = "".join(f" {'...' if field is None else field}" for field in fields)
        what = ", ".join(f"{name}{words}" for name in names[:_LISTED])
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        yield _judged("commands", "shell.rules", what + more, together[0], old, new)


def _judged(
    part: str, field: str, what: str, found: CommandShift | FileShift, old: Policy, new: Policy
) -> Difference:
    shift, action = found.shift, found.action
    if action is None:
        return _unknown(part, field, what, shift)
    was, now = decide(action, State(), old), decide(action, State(), new)
    return Difference(
        change=_CHANGES[shift.after],
        widens=_widens(shift),
        part="reach" if part == "reach" else "commands",
        field=field,
        what=what,
        before=f"{was.verdict} ({was.rule_id})",
        after=f"{now.verdict} ({now.rule_id})",
        witness=shown(action),
        action=action,
    )


def _unknown(part: str, field: str, what: str, shift: Shift) -> Difference:
    return Difference(
        change=_CHANGES[shift.after],
        # What is not known may be the worst.
        widens=_widens(shift),
        part="reach" if part == "reach" else "commands",
        field=field,
        what=f"{what}: unknown whether any becomes {_CHANGES[shift.after]}",
        before=shift.before,
        after=shift.after,
        known=False,
    )


def _widens(shift: Shift) -> bool:
    return shift.after == "allow" or shift.before == "deny"
