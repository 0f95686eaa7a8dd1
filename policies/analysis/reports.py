"""Reports on policies: whether they hold, whether their cases do, and what a change does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from episodes.errors import PolicyInvalid
from policies.analysis.cases import cases_of, run_cases
from policies.analysis.checking import problems
from policies.analysis.diff import ABSTRACTED
from policies.analysis.difference import Diff, Difference
from policies.analysis.places import Places
from policies.analysis.report import Level, Notice, Report, by_weight, invalid
from policies.analysis.widenings import approval_of
from policies.loading import load_policy
from policies.policy import Policy


def check_report(names: Sequence[str]) -> Report:
    """Checks policies, and judges the cases beside each of them."""
    notices: list[Notice] = []
    held: list[Notice] = []
    digests: dict[str, str] = {}
    for name in names:
        try:
            policy = load_policy(name)
            places = Places(name, policy)
            found = list(problems(policy, places))
            missed, fine = _cases(name, policy, places)
        except PolicyInvalid as error:
            notices += invalid(name, error)
            continue
        digests[name] = policy.digest
        # Cases that do not reach every rule are for `test` to tell.
        notices += [*found, *(one for one in missed if one.code != "unreached")]
        held += fine
        if not any(one.level == "error" for one in [*found, *missed]):
            told = f"valid, {len(policy.shell.rules)} rules on programs, {policy.digest}"
            held.append(Notice(level="note", code="valid", file=places.file, message=told))
    return Report(
        command="check", notices=by_weight(notices), held=tuple(held), detail={"digests": digests}
    )


def case_report(names: Sequence[str]) -> Report:
    """Judges the cases beside policies, and tells which rules none of them reaches."""
    notices: list[Notice] = []
    held: list[Notice] = []
    for name in names:
        try:
            policy = load_policy(name)
            places = Places(name, policy)
            if cases_of(name) is None:
                told = "no cases beside it; write some, so that a change cannot go unseen"
                notices.append(
                    Notice(level="error", code="no-cases", file=places.file, message=told)
                )
                continue
            missed, fine = _cases(name, policy, places)
        except PolicyInvalid as error:
            notices += invalid(name, error)
            continue
        notices += missed
        held += fine
    return Report(command="test", notices=by_weight(notices), held=tuple(held))


def _cases(name: str, policy: Policy, places: Places) -> tuple[list[Notice], list[Notice]]:
    found = cases_of(name)
    if found is None:
        return [], []
    file, cases = found
    run = run_cases(policy, cases)
    missed: list[Notice] = []
    held: list[Notice] = []
    for at, outcome in enumerate(run.outcomes):
        notice = Notice(
            level="note" if outcome.held else "error",
            code="case",
            file=file,
            where=f"cases[{at}] {outcome.case.title}",
            message=outcome.problem or "as it must be",
        )
        (held if outcome.held else missed).append(notice)
    for rule in run.unreached:
        told = f"no case reaches it ({run.rules - len(run.unreached)} of {run.rules} are reached)"
        missed.append(
            Notice(
                level="warning",
                code="unreached",
                file=places.file,
                line=places.line(rule),
                where=rule,
                message=told,
            )
        )
    return missed, held


def diff_report(
    found: Diff, new: str, policy: Policy, fail_on: str, approvals: Path | None
) -> Report:
    """Says what a change of policy does.

    Args:
        found: The comparison.
        new: The later policy's name or file.
        policy: The later policy.
        fail_on: What is an error: `any` difference, only what `widened`, or `never`. What is not
            known always is.
        approvals: The file of approved widenings, if there is one to look at.

    Raises:
        PolicyInvalid: The file of approvals does not validate.
    """
    places = Places(new, policy)
    approved = None if approvals is None else approval_of(found, approvals)
    notices: list[Notice] = []
    held: list[Notice] = []
    for one in found.differences:
        level: Level = "note"
        if not one.known or (
            fail_on != "never"
            and (one.widens or fail_on == "any")
            and not (one.widens and approved is not None)
        ):
            level = "error"
        notices.append(
            Notice(
                level=level,
                code=f"newly-{one.change}" if one.known else "unknown",
                file=places.file,
                line=_line(one, places),
                where=one.field,
                message=_told(one),
            )
        )
    if approved is not None:
        told = f"the widening {found.widening} is approved: {approved.reason}"
        held.append(Notice(level="note", code="approved", file=str(approvals), message=told))
    elif found.widening is not None and fail_on != "never":
        told = (
            f"to approve exactly this widening, add its digest {found.widening}, with a reason, to "
            f"{approvals or 'the file of approvals'}"
        )
        notices.append(Notice(level="note", code="not-approved", file=places.file, message=told))
    if not found.differences:
        told = "it allows, asks and denies the same"
        held.append(Notice(level="note", code="same", file=places.file, message=told))
    detail = {**found.model_dump(mode="json"), "abstracted": ABSTRACTED}
    return Report(command="diff", notices=tuple(notices), held=tuple(held), detail=detail)


def _line(one: Difference, places: Places) -> int | None:
    ended = one.after.rpartition("(")[2].rstrip(")")
    return places.line(ended) or places.line(one.field)


def _told(one: Difference) -> str:
    example = f"; e.g. {one.witness}" if one.witness and one.witness not in one.what else ""
    return f"newly {one.change}: {one.what}: {one.before} -> {one.after}{example}"
