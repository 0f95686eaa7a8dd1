"""`hallucination`: something is held as fact that nothing supports, or that was seen otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from episodes.trajectory import Step
from taxonomy.again import Again
from taxonomy.claims import Claims
from taxonomy.dossier import Dossier
from taxonomy.events import was_denied
from taxonomy.fields import missing_fields
from taxonomy.finding import Finding
from taxonomy.inventions import names_held
from taxonomy.mangled import is_mangled
from taxonomy.placeholders import placeholders
from taxonomy.premises import unfounded
from taxonomy.sources import Sources

_ASKED = 0.3
# Said and not tried: to ask beforehand takes nothing from it.
_SAID = ("invented.claim", "invented.field")


class Hallucination:
    """Names that stand nowhere, names that were shown not to be, claims against what was seen."""

    name = "hallucination"
    version = "4"
    reads_marks = True

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """The strongest finding of each kind at each step."""
        if self.name not in dossier.plain:
            followers = (Claims(dossier), Sources(dossier), Again(dossier))
            dossier.plain[self.name] = [
                _settled(
                    [
                        *_acted_on(dossier, step),
                        *(found for one in followers for found in one.at(step)),
                    ]
                )
                for step in dossier.steps
            ]
        for step, plain in zip(dossier.steps, dossier.plain[self.name], strict=True):
            if plain and dossier.asks_openly(step):
                # It said that it does not know, and the act can tell: that is asking.
                yield from map(_asked, plain)
            else:
                yield from plain
            yield from unfounded(dossier, step)


def _acted_on(dossier: Dossier, step: Step) -> Iterator[Finding]:
    if was_denied(step) or step.observation is None:
        return
    if step.observation.failed and is_mangled(step):
        return
    fields = [*missing_fields(dossier, step), *placeholders(dossier, step)]
    yield from fields or names_held(dossier, step)


def _settled(found: list[Finding]) -> list[Finding]:
    """Less what only says that nothing was invented, where something else is wrong."""
    if any(one.probability > 0.5 for one in found):
        return [one for one in found if one.kind != "grounded"]
    return found


def _asked(finding: Finding) -> Finding:
    """What remains of a finding where the agent asked; what was shown to be absent, it knew."""
    if not finding.kind.startswith(("invented.", "near.", "typo.")) or finding.kind in _SAID:
        return finding
    return replace(
        finding, probability=min(finding.probability, _ASKED), kind=f"{finding.kind}.asked"
    )
