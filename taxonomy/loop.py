"""`loop`: the same actions and observations again, with nothing new in them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from episodes.tags import Evidence
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.sameness import action_key

# A cycle of one is a repeat, a cycle of two ping-pong; longer ones are seldom and are the same.
_LONGEST = 4
# Where rounds are not clean: the same again that often among so many steps, with at least half of
# the steps between no news either.
_TIMES = 3
_AMONG = 12
_STALE = 0.5
# Reading on is the same action each time; where what it showed is known, that has to be the same.
# Where it is not, the agent says the same with it, or has done it more often than one reads on.
_PAGING = re.compile(
    r"scroll|page_?down|page_?up|arrow_?(?:down|up|left|right)|next_page|read", re.IGNORECASE
)
_PAGES = 5
_SAME_WORDS = 75.0

_Signature = tuple[str, str]


class Loop:
    """Rounds of up to four steps that repeat the round before; or a step that keeps coming back.

    Nearly the same are actions that differ in whitespace, numbers and the order of flags only.
    What was observed must be the same but for times and durations, so that reading on, page after
    page, is no loop. Where nobody knows what was observed, actions alone are compared, exactly.
    """

    name = "loop"
    version = "4"
    reads_marks = False

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """One finding for each step of a round that repeats the one before it."""
        seen = _signatures(dossier)
        found = {
            at: length
            for at, length in _rounds(seen).items()
            if not (length == 1 and _checks(dossier, seen, at))
        }
        bare = _actions(dossier)
        for again, times in ((seen, _TIMES), (bare, _TIMES), (bare, _PAGES)):
            for at, before in _returns(again, times):
                if again is seen or times == _PAGES or not _reads_on(dossier, at, before):
                    found.setdefault(at, at - before)
        for at, length in sorted(found.items()):
            before = at - length
            exact = action_key(dossier.steps[at].action) == action_key(dossier.steps[before].action)
            way = "the same action as" if exact else "nearly the same as"
            unknown = seen[at] is None or seen[at] != seen[before]
            news = "time and again" if unknown else "with nothing new observed"
            yield Finding(
                at,
                (
                    Evidence(step=at, where="action", note=f"{way} step {before}, {news}"),
                    Evidence(step=before, where="action", note="the first time"),
                ),
                overlay="loop",
                kind="loop.actions" if unknown else "loop",
            )


def _rounds(seen: Sequence[_Signature | None]) -> dict[int, int]:
    """By step, the length of the round that it repeats."""
    found: dict[int, int] = {}
    for last in range(len(seen)):
        for length in range(1, min(_LONGEST, (last + 1) // 2) + 1):
            latest = range(last - length + 1, last + 1)
            if all(seen[at] is not None and seen[at] == seen[at - length] for at in latest):
                for at in latest:
                    found.setdefault(at, length)
                break
    return found


def _checks(dossier: Dossier, seen: Sequence[_Signature | None], at: int) -> bool:
    """Whether a step tries once more what has just failed: whether it comes again is news."""
    before = dossier.steps[at - 1].observation
    failed = before is not None and before.failed and before.kind != "denied"
    # A tool that says in so many words why it refuses says whether another try can help.
    failed = failed and at - 1 not in dossier.heard
    return failed and seen[at] not in seen[max(0, at - _AMONG) : at - 1]


def _returns(seen: Sequence[_Signature | None], times: int) -> Iterator[tuple[int, int]]:
    """Steps that come back, each with the last time before, while nothing new is done between."""
    places: defaultdict[_Signature, list[int]] = defaultdict(list)
    stale: list[bool] = []
    for at, signature in enumerate(seen):
        if signature is None:
            stale.append(False)
            continue
        before = [place for place in places[signature][-times:] if at - place <= _AMONG]
        stale.append(bool(before))
        places[signature].append(at)
        if len(before) < times - 1:
            continue
        between = stale[before[1 - times] + 1 : at]
        if sum(between) >= _STALE * len(between):
            yield at, before[-1]


def _reads_on(dossier: Dossier, at: int, before: int) -> bool:
    """Whether a step may well have shown more: nobody knows what, and it was said otherwise."""
    if dossier.shown_keys[at] is not None or not _PAGING.search(dossier.action_texts[at][:80]):
        return False
    said, then = (dossier.steps[place].provenance.said for place in (at, before))
    return fuzz.token_sort_ratio(said, then) < _SAME_WORDS if said or then else False


def _actions(dossier: Dossier) -> list[_Signature | None]:
    """Actions alone, where what was observed is not known; nothing of a log of our own."""
    imported = dossier.trajectory.started.provenance.source == "imported"
    return [
        (" ".join(text.split()), (shown or "") if _PAGING.search(text[:80]) else "")
        if imported and step.action.kind not in ("finish", "say")
        else None
        for step, text, shown in zip(
            dossier.steps, dossier.action_texts, dossier.shown_keys, strict=True
        )
    ]


def _signatures(dossier: Dossier) -> list[_Signature | None]:
    """What a repeat of a step would have too; absent where nobody knows what was observed."""
    return [
        None if shown is None or step.action.kind == "finish" else (did, shown)
        for step, did, shown in zip(
            dossier.steps, dossier.near_keys, dossier.shown_keys, strict=True
        )
    ]
