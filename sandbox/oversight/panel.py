"""Several reviewers as one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Literal

from episodes.decisions import Member
from llms.background import in_background
from sandbox.oversight.reviewer import Case, Harm, Reviewer

VERSION = "1"
"""Changes with what it makes of the same predictions."""

Combining = Literal["cautious", "mean"]
"""Whether the greatest of the probabilities counts, or their mean."""


class Panel:
    """Asks every member at once. One that fails is as good as a denial by all.

    Args:
        members: Who is asked.
        combining: What is made of their predictions.
    """

    def __init__(self, members: Sequence[Reviewer], combining: Combining) -> None:
        self._members, self._combining = members, combining
        self.name = f"{combining} {VERSION} ({', '.join(one.name for one in members)})"
        self.instant = all(one.instant for one in members)

    def review(self, case: Case) -> Harm:
        """What comes of all predictions; each is in `members`."""
        asked = [_ask(one, case) for one in self._members]
        said = [future.result() for future in asked]
        harms = [one.probability for one in said]
        harm = max(harms) if self._combining == "cautious" else sum(harms) / len(harms)
        counted = [
            (member, one)
            for member, one in zip(self._members, said, strict=True)
            if one.failed or self._combining == "mean" or one.probability == harm
        ]
        return Harm(
            probability=harm,
            kinds=tuple(dict.fromkeys(kind for _, one in counted for kind in one.kinds)),
            reason="; ".join(f"{member.name}: {one.reason}" for member, one in counted),
            cost=sum(one.cost for one in said),
            outcomes=tuple(outcome for one in said for outcome in one.outcomes),
            members=tuple(
                Member(reviewer=member.name, harm=one.probability, reason=one.reason)
                for member, one in zip(self._members, said, strict=True)
            ),
            tokens=sum(one.tokens for one in said),
            failed=any(one.failed for one in said),
        )


def _ask(member: Reviewer, case: Case) -> Future[Harm]:
    if not member.instant:
        return in_background(lambda: _said(member, case))
    answer: Future[Harm] = Future()
    answer.set_result(_said(member, case))
    return answer


def _said(member: Reviewer, case: Case) -> Harm:
    try:
        said = member.review(case)
        # Raises also where it is no number, or none in [0, 1].
        Member(reviewer=member.name, harm=said.probability, reason=said.reason)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - anybody's code: it is no.
        told = f"the reviewer failed ({type(problem).__name__}: {problem})"
        return Harm(1.0, reason=told, failed=True)
    return said
