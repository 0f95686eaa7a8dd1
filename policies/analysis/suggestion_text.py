"""A suggested policy as a file: each line with what it is for and which episodes used it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import yaml

from episodes.terminal import safe_line
from policies.analysis.line import Line
from policies.analysis.suggested_web import WebSection
from policies.policy import Policy

if TYPE_CHECKING:
    from policies.analysis.suggest import Suggestion

# What YAML reads as the text that it is; anything else is put in quotes.
_BARE = re.compile(r"[A-Za-z/][A-Za-z0-9_./+-]*\Z")
_TRUTHS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_WIDTH = 96
_EPISODES = 3
_LEFT_OUT = 10
_ANY = (
    "With any arguments: each runs nothing but itself, unless it says so, and opens only what "
    "`files` lets it open."
)
_ASKED = " They only ever ran because an approver had allowed it."
_UNSEEN = (
    "What programs open or start by themselves is not on record: run the tasks once under this",
    "policy before it is relied on. A count is followed by EPISODE:STEP, to be looked at with",
    "`longleash show EPISODE --step STEP --log LOG`.",
)


def policy_text(made: Suggestion, base: Policy | None) -> str:
    """The policy's file, in YAML; what stands behind a # is for its reader.

    Args:
        made: The suggestion.
        base: The policy whose limits, waits, budgets and duties are kept.
    """
    return "\n".join(_lines(made, base)) + "\n"


def _lines(made: Suggestion, base: Policy | None) -> Iterator[str]:
    yield from _head(made)
    yield "version: 1"
    yield f"name: {_scalar(made.name)}"
    yield f"description: {_scalar(f'What {made.uses} actions in {made.episodes} episodes used.')}"
    tools = ", ".join(line.value for line in made.sections.tools)
    yield f"tools: [{tools}]  # {_uses(made.sections.tools)}"
    yield from _shell(made, base)
    yield from _files(made, base)
    yield from _web(made.sections.web, base)
    yield from _keys(made.sections.web, base)
    yield from _kept(base)


def _head(made: Suggestion) -> Iterator[str]:
    yield f"# Made from {made.uses} actions that ran in {made.episodes} episodes."
    for line in _UNSEEN:
        yield f"# {line}"
    for note in made.notes:
        yield from _comment(f"Note: {note}.", "")
    if made.left_out:
        yield f"# Left out, {len(made.left_out)} in all; `--with EPISODE` takes an episode in:"
    for left in made.left_out[:_LEFT_OUT]:
        step = "" if left.step is None else f":{left.step}"
        yield f"#   {safe_line(left.episode)}{step}: {safe_line(left.why)}"
    if len(made.left_out) > _LEFT_OUT:
        yield "#   and more; --json lists them"
    if made.uncovered:
        yield f"# NOT allowed by this policy though it ran, {len(made.uncovered)} in all:"
    for one in made.uncovered[:_LEFT_OUT]:
        yield (
            f"#   {safe_line(one.reference.episode)}:{one.reference.step}: "
            f"{safe_line(one.reason)[:200]}"
        )


def _shell(made: Suggestion, base: Policy | None) -> Iterator[str]:
    sections = made.sections
    yield "shell:"
    rules = [*_plain(sections), *_narrowed(sections), *_denials(made, base)]
    yield "  rules:" if rules else "  rules: []"
    yield from rules
    yield "  not_understood: deny"
    if base is not None and base.shell.environment:
        yield f"  environment: {_flow(base.shell.environment)}  # kept from {base.name}"
    if base is not None:
        yield f"  survivors: {base.shell.survivors}  # kept from {base.name}"


def _plain(sections: Any) -> Iterator[str]:
    for effect, programs in sections.plain.items():
        if not programs:
            continue
        yield f"    - id: used-{effect}"
        yield f"      effect: {effect}"
        yield from _comment(_ANY + (_ASKED if effect == "ask" else ""), " " * 6)
        yield "      programs:"
        yield from _items(programs, " " * 8, _scalar)


def _narrowed(sections: Any) -> Iterator[str]:
    for name, effect, patterns in sections.narrowed:
        yield f"    - effect: {effect}"
        yield f"      programs: [{_scalar(name)}]"
        if any(not line.value for line in patterns):
            yield from _comment(f"With any arguments. OPENS {patterns[0].opens}.", " " * 6)
            yield f"      # {_uses(patterns)}"
            continue
        yield "      arguments:"
        yield from _items(patterns, " " * 8, json.dumps)


def _denials(made: Suggestion, base: Policy | None) -> Iterator[str]:
    """The base's own denials of programs that the policy lets run."""
    if base is None:
        return
    allowed = {name for name, _, _ in made.sections.narrowed}
    allowed |= {line.value for lines in made.sections.plain.values() for line in lines}
    for rule in base.shell.rules:
        programs = sorted(allowed & set(rule.programs))
        if rule.effect != "deny" or not programs:
            continue
        yield "    - effect: deny"
        if rule.id is not None:
            yield f"      id: {_scalar(rule.id)}  # kept from {base.name}"
        yield f"      programs: {_flow(programs)}"
        if rule.arguments:
            yield f"      arguments: {_flow(rule.arguments)}"
        if rule.reason:
            yield f"      reason: {json.dumps(rule.reason)}"


def _files(made: Suggestion, base: Policy | None) -> Iterator[str]:
    yield "files:"
    for access, lines in made.sections.files.items():
        if not lines:
            yield f"  {access}: []"
            continue
        yield f"  {access}:"
        yield from _items(lines, " " * 4, _scalar)
    if base is not None and base.files.deny:
        closed = [str(path) for path in base.files.deny]
        yield f"  deny: {_flow(closed)}  # kept from {base.name}"


def _web(web: WebSection, base: Policy | None) -> Iterator[str]:
    switches = {name: (effect, line) for name, effect, line in web.switches}
    denied = base.web.deniedDomains if base is not None else ()
    if not (web.sites or denied or {"forms", "uploads"} & set(switches)):
        return
    yield "web:"
    if denied and base is not None:
        yield f"  deniedDomains: {_flow(denied)}  # kept from {base.name}"
    if web.sites:
        yield "  rules:"
    for site in web.sites:
        yield f"    - effect: {site.effect}"
        yield f"      schemes: [{site.scheme}]"
        yield f"      ports: [{site.port}]"
        yield f"      methods: {_flow(site.methods)}"
        yield "      hosts:"
        yield from _items(site.hosts, " " * 8, _scalar)
    if web.private:
        yield "  private:"
        yield from _items(web.private, " " * 4, _scalar)
    for name in ("forms", "uploads"):
        if name in switches:
            effect, line = switches[name]
            yield f"  {name}: {effect}  # {_uses([line])}"


def _keys(web: WebSection, base: Policy | None) -> Iterator[str]:
    used = [(effect, line) for name, effect, line in web.switches if name == "characters"]
    if not (web.keys or web.gestures or used):
        # Without a browser none of it is looked at; with one, there are gestures unless said.
        yield "keys: {gestures: []}"
        return
    yield "keys:"
    if web.keys:
        yield "  allowed:"
        yield from _items(web.keys, " " * 4, _scalar)
    for effect, line in used:
        yield f"  characters: {effect}  # {_uses([line])}"
    yield "  gestures:" if web.gestures else "  gestures: []"
    yield from _items(web.gestures, " " * 4, _scalar)
    if base is not None and base.keys.per_second is not None:
        yield f"  per_second: {base.keys.per_second}  # kept from {base.name}"


def _kept(base: Policy | None) -> Iterator[str]:
    """What narrows the base besides rules: without it, the suggestion would be wider."""
    if base is None:
        return
    kept = {
        "limits": base.limits.model_dump(mode="json", exclude_defaults=True),
        **base.model_dump(
            mode="json",
            include={"rates", "lag", "budgets", "review", "obligations"},
            exclude_defaults=True,
        ),
    }
    kept = {field: value for field, value in kept.items() if value}
    if kept:
        yield f"# Kept from {base.name}."
        yield yaml.safe_dump(kept, sort_keys=False, width=96).rstrip("\n")


def _items(lines: Iterable[Line], indent: str, written: Callable[[str], str]) -> Iterator[str]:
    """The items of a list; what several have in common is said once, above them."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.purpose, line.opens), []).append(line)
    for (purpose, opens), group in sorted(groups.items()):
        yield from _comment(purpose, indent)
        yield from _comment(opens and f"OPENS {opens}.", indent)
        for line in group:
            uses = f"  # {_uses([line])}" if line.uses else ""
            yield f"{indent}- {written(line.value)}{uses}"


def _comment(text: str, indent: str) -> Iterator[str]:
    if text:
        begin = f"{indent}# "
        yield from textwrap.wrap(
            safe_line(text[0].upper() + text[1:]),
            _WIDTH,
            initial_indent=begin,
            subsequent_indent=begin,
        )


def _uses(lines: Iterable[Line]) -> str:
    lines = list(lines)
    uses = sum(line.uses for line in lines)
    references = {
        (at.log, at.episode): f"{at.episode}:{at.step}" for line in lines for at in line.references
    }
    shown = ", ".join(list(references.values())[:_EPISODES])
    more = len(references) - _EPISODES
    times = f"{uses} time{'s' * (uses != 1)}"
    rest = f" and {more} more episodes" if more > 0 else ""
    return safe_line(f"{times}: {shown}{rest}")


def _scalar(text: str) -> str:
    if _BARE.match(text) and text.lower() not in _TRUTHS:
        return text
    return json.dumps(text)


def _flow(values: Iterable[str]) -> str:
    return f"[{', '.join(_scalar(value) for value in values)}]"
