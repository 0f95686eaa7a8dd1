"""The report's parts on what agents said beforehand, and on what refiners said afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from episodes.amounts import money, number, share
from taxonomy.foresight import Foresight, foresight
from taxonomy.markdown import code, table
from taxonomy.marking import together
from taxonomy.summary import Summary


def foretold(summaries: Sequence[Summary]) -> list[str]:
    """Marks and what they change, then stated chances against what came; by agent.

    Returns:
        Markdown's lines; none where no agent made a forecast.
    """
    agents: dict[str, list[Summary]] = defaultdict(list)
    for summary in summaries:
        if summary.marking.forecasts:
            agents[summary.row.agent].append(summary)
    if not agents:
        return []
    lines = [
        "## What agents said beforehand",
        "",
        "A forecast marks a step where it calls it an exploration, or resting on a guess. Each "
        "step is tagged with and without what its agent said: an agent whose marks change much is "
        "judged by its own word.",
        "",
    ]
    rows = []
    for agent, some in sorted(agents.items()):
        found = together(summary.marking for summary in some)
        rows.append(
            [
                code(agent),
                str(found.forecasts),
                share(found.marked, found.forecasts),
                share(found.changed, found.tagged),
            ]
        )
    lines += table(["agent", "forecasts", "marked", "other cause without forecasts"], rows)
    for agent, some in sorted(agents.items()):
        group = [one for summary in some for one in summary.estimates]
        if group:
            lines += _chances(agent, foresight(group))
    return lines


def refined(summaries: Sequence[Summary]) -> list[str]:
    """What refiners said, by refiner: answers, how many differ from the rules', what they took.

    Returns:
        Markdown's lines; none where none was asked.
    """
    asked: dict[str, list[tuple[bool, int, float | None]]] = defaultdict(list)
    for summary in summaries:
        rules = {tag.step: tag.primary for tag in summary.tags}
        for tag in summary.refined:
            if (took := tag.consulted) is not None:
                tokens = took.input_tokens + took.output_tokens
                asked[f"{tag.tagger} {tag.version}"].append(
                    (tag.primary != rules[tag.step], tokens, took.cost)
                )
    if not asked:
        return []
    rows = []
    for name, told in sorted(asked.items()):
        costs = [cost for _, _, cost in told if cost is not None]
        rows.append(
            [
                code(name),
                str(len(told)),
                share(sum(other for other, _, _ in told), len(told)),
                f"{sum(tokens for _, tokens, _ in told):,}",
                money(sum(costs)) if costs else "no price known",
            ]
        )
    return [
        "## What refiners said",
        "",
        "Of steps on which the rules were not sure. The tables above go by the rules alone.",
        "",
        *table(["refiner", "steps", "other cause than the rules'", "tokens", "money"], rows),
    ]


def _chances(agent: str, found: Foresight | None) -> list[str]:
    if found is None:
        return [
            f"{code(agent)} said what its chances were, in episodes that were all cut short.",
            "",
        ]
    parts, (low, high) = found.parts, found.optimism_interval
    least, most = found.optimism_bounds
    cut = (
        f" {found.censored} more were cut short and count for nothing here; had they all "
        f"succeeded, or all failed, the optimism would be {least:+.2f} or {most:+.2f}."
        if found.censored
        else ""
    )
    rows = [
        [
            f"{one.stated:.2f}",
            f"{one.came:.2f}",
            "{:.2f} to {:.2f}".format(*one.interval),
            str(one.estimates),
            str(one.episodes),
        ]
        for one in found.curve
    ]
    return [
        f"### Chances stated by {code(agent)}",
        "",
        f"{number(found.estimates, 'estimate')} in {number(found.episodes, 'episode')} that came "
        f"to an end of their own.{cut}",
        "",
        f"- Optimism (stated less what came): {parts.optimism:+.2f} ({low:+.2f} to {high:+.2f})",
        f"- Brier score {parts.brier:.3f} = reliability {parts.reliability:.3f} (0 is best) - "
        f"resolution {parts.resolution:.3f} (the more the better) + uncertainty "
        # Nothing and a rounding error under nothing look the same.
        f"{parts.uncertainty:.3f} + {round(parts.within, 3) + 0.0:.3f} within bins",
        "",
        *table(["stated", "came true", "95% interval", "estimates", "episodes"], rows),
    ]
