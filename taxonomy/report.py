"""The morning's page: what ran, what was denied, what failed and why, what it cost."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from episodes.amounts import duration, money, number, share
from episodes.reader import LogReader
from episodes.rows import Run
from taxonomy.foretold import foretold, refined
from taxonomy.markdown import code, table
from taxonomy.ranking import rank
from taxonomy.summary import Denial, Summary, summarise

_EXAMPLES = 2
_PICKS = 10
# One mishap of the host can strike every episode in the same way; it must not hide the others.
_ALIKE = 3
_FAULTS = 10


def report(path: Path | str, run: str | None = None) -> str:
    """The page for a log, or for one run of it, as Markdown.

    Args:
        path: The log's file.
        run: The run's id; all of them where absent.

    Returns:
        Markdown in which all text of agents, tasks and programs stands in code spans.

    Raises:
        UsageError: The log has no such run.
        LogError: The log cannot be read.
    """
    path = Path(path)
    with LogReader.open(path, placeholders=True) as reader:
        runs = [reader.run(run)] if run is not None else reader.runs()
        summaries = [summarise(reader, row) for row in reader.episodes(run)]
    lines = [f"# Report on {code(path.name)}", ""]
    if not summaries:
        return "\n".join([*lines, "No episode has begun in this log.", ""])
    for part in (
        _ran(summaries, runs),
        _first(summaries, path),
        _denied(summaries, path),
        _failed(summaries),
        refined(summaries),
        foretold(summaries),
        _drilled(summaries),
        _cost(summaries),
        _faults(summaries, path),
    ):
        lines += part
    return "\n".join(lines)


def _ran(summaries: Sequence[Summary], runs: Sequence[Run]) -> list[str]:
    solved, unsolved, unjudged, cut, faulted, still = _outcomes(summaries)
    lines = [
        f"{number(len(summaries), 'episode')} in {number(len(runs), 'run')}: "
        f"{solved} solved, {unsolved} not, {unjudged} not judged; {cut} cut short by a limit, "
        f"{faulted} ended by a fault, {still} without an end.",
        "",
    ]
    for run in runs:
        state = run.status or "without an end: it still runs, or it was killed"
        detail = f" ({code(run.detail)})" if run.detail else ""
        resumed = f", resumed {number(len(run.resumed), 'time')}" if run.resumed else ""
        began = run.began.strftime("%Y-%m-%d %H:%M:%S UTC")
        lines.append(f"- Run {code(run.run)}, begun {began}{resumed}: {state}{detail}")
    groups: dict[tuple[str, str], list[Summary]] = defaultdict(list)
    for summary in summaries:
        groups[summary.row.task, summary.row.agent].append(summary)
    rows = []
    for (task, agent), group in sorted(groups.items()):
        judged = [s.row.success for s in group if s.row.success is not None]
        rows.append(
            [
                code(task),
                code(agent),
                str(len(group)),
                f"{sum(judged)} of {len(judged)}" if judged else "not judged",
                f"{sum(s.row.steps for s in group) / len(group):.1f}",
                str(sum(s.row.denials for s in group)),
                duration(sum(s.seconds or 0.0 for s in group) / len(group)),
            ]
        )
    header = ["task", "agent", "episodes", "solved", "steps each", "denials", "time each"]
    return [*lines, "", "## What ran", "", *table(header, rows)]


def _drilled(summaries: Sequence[Summary]) -> list[str]:
    groups: dict[tuple[str, str], list[Summary]] = defaultdict(list)
    for summary in summaries:
        if summary.followed is not None:
            groups[summary.row.agent, summary.row.policy].append(summary)
    if not groups:
        return []
    rows = []
    for (agent, policy), group in sorted(groups.items()):
        followed = sum(bool(summary.followed) for summary in group)
        solved = sum(bool(summary.row.success) for summary in group)
        rows.append(
            [
                code(agent),
                code(policy),
                share(followed, len(group)),
                share(solved, len(group)),
                str(sum(summary.row.denials for summary in group)),
            ]
        )
    header = ["agent", "policy", "attack carried out", "task solved", "denials"]
    return [
        "## Drills",
        "",
        "Orders of a stranger's were planted in these tasks.",
        "",
        *table(header, rows),
    ]


def _outcomes(summaries: Sequence[Summary]) -> tuple[int, int, int, int, int, int]:
    rows = [summary.row for summary in summaries]
    return (
        sum(row.success is True for row in rows),
        sum(row.success is False for row in rows),
        sum(row.success is None and row.status == "terminated" for row in rows),
        sum(row.status == "truncated" for row in rows),
        sum(row.status == "faulted" for row in rows),
        sum(row.status is None for row in rows),
    )


def _first(summaries: Sequence[Summary], path: Path) -> list[str]:
    lines = ["## What to look at first", ""]
    picks = rank(summaries)
    if not picks:
        return [*lines, "Nothing stands out.", ""]
    alike: Counter[tuple[str, ...]] = Counter()
    place = 0
    for pick in picks:
        alike[pick.reasons] += 1
        if place == _PICKS or alike[pick.reasons] > _ALIKE:
            continue
        place += 1
        row = pick.summary.row
        lines += [
            f"{place}. {code(row.task)} by {code(row.agent)}: {'; '.join(pick.reasons)}.",
            f"   {_command(row.episode, pick.step, path)}",
        ]
    if len(picks) > place:
        lines += ["", f"And {number(len(picks) - place, 'more episode')}, less so or alike."]
    return [*lines, ""]


def _denied(summaries: Sequence[Summary], path: Path) -> list[str]:
    rules: dict[str, list[tuple[str, Denial]]] = defaultdict(list)
    for summary in summaries:
        for denial in summary.denials:
            rules[denial.rule_id].append((summary.row.episode, denial))
    lines = ["## What was denied", ""]
    if not rules:
        return [*lines, "Nothing.", ""]
    rows = []
    for rule, found in sorted(rules.items(), key=lambda item: (-len(item[1]), item[0])):
        denials = [denial for _, denial in found]
        rows.append(
            [
                code(rule),
                str(len(found)),
                str(len({episode for episode, _ in found})),
                str(sum(denial.uninformed for denial in denials)),
                str(sum(not denial.understood for denial in denials)),
                code(denials[0].reason, 120),
            ]
        )
    header = ["rule", "denials", "episodes", "not shown", "not understood", "why"]
    lines += table(header, rows)
    for rule, found in sorted(rules.items(), key=lambda item: (-len(item[1]), item[0])):
        different = {denial.action: (episode, denial) for episode, denial in reversed(found)}
        for episode, denial in list(different.values())[::-1][:_EXAMPLES]:
            lines.append(
                f"- {code(rule)}: {code(denial.action)}, {_command(episode, denial.step, path)}"
            )
    return [*lines, ""]


def _failed(summaries: Sequence[Summary]) -> list[str]:
    lines = ["## What failed, and why", ""]
    failing = [tag for summary in summaries for tag in summary.failing]
    steps = sum(len(summary.tags) for summary in summaries)
    if not failing:
        lines += [f"At none of {number(steps, 'step')} did anything fail.", ""]
    else:
        unknown = sum(tag.primary == "undetermined" for tag in failing)
        events: Counter[str] = Counter(tag.event for tag in failing)
        lines += [
            f"At {len(failing)} of {number(steps, 'step')} something failed; why, the log cannot "
            f"tell for {share(unknown, len(failing))} of them.",
            "",
            *table(["what happened", "steps"], _counted(events)),
        ]
    modes: Counter[str] = Counter()
    episodes: Counter[str] = Counter()
    for summary in summaries:
        modes.update(summary.modes())
        episodes.update(summary.modes().keys())
    rows = [[mode, str(count), str(episodes[mode])] for mode, count in modes.most_common()]
    lines += table(["why, or how", "steps", "episodes"], rows) if rows else []
    return lines


def _cost(summaries: Sequence[Summary]) -> list[str]:
    rows = [summary.row for summary in summaries]
    times = [summary.seconds for summary in summaries if summary.seconds is not None]
    lines = ["## What it cost", ""]
    began = min(row.began for row in rows)
    finished = max((row.finished for row in rows if row.finished), default=began)
    lines += [
        f"- Time: {duration((finished - began).total_seconds())} from the first beginning to the "
        f"last end; {duration(sum(times))} over all episodes",
        f"- Steps: {sum(row.steps for row in rows)}, of them "
        f"{sum(row.failures for row in rows)} with a failure and "
        f"{sum(row.denials for row in rows)} denied",
        f"- Tokens: {sum(row.input_tokens for row in rows):,} read, "
        f"{sum(row.output_tokens for row in rows):,} drawn",
        f"- Money: {money(sum(row.cost for row in rows))}",
    ]
    return [*lines, ""]


def _faults(summaries: Sequence[Summary], path: Path) -> list[str]:
    retries = sum(summary.row.attempt > 0 for summary in summaries)
    struck: dict[str, list[tuple[str, int | None]]] = defaultdict(list)
    for summary in summaries:
        for step, text in summary.faults:
            struck[text].append((summary.row.episode, step))
    lines = ["## Faults and retries", ""]
    if not struck and not retries:
        return [*lines, "None.", ""]
    count = sum(map(len, struck.values()))
    lines += [f"{number(count, 'fault')}; {number(retries, 'attempt')} after the first.", ""]
    commonest = sorted(struck.items(), key=lambda item: -len(item[1]))
    for text, places in commonest[:_FAULTS]:
        times = "" if len(places) == 1 else f"{len(places)} times "
        lines.append(f"- {times}{code(text, 200)}, {_command(*places[0], path)}")
    if len(commonest) > _FAULTS:
        lines.append(f"- and {number(len(commonest) - _FAULTS, 'other kind')}")
    return [*lines, ""]


def _counted(counts: Counter[str]) -> Iterable[list[str]]:
    return ([name, str(count)] for name, count in counts.most_common())


def _command(episode: str, step: int | None, path: Path) -> str:
    at = "" if step is None else f" --step {step}"
    return code(f"longleash show {episode}{at} --log {shlex.quote(str(path))}", 400)
