"""The narrowest policy that would have allowed what was used, in lines that people can review."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from episodes.actions import ReadFile, Upload, WriteFile
from episodes.decisions import Verdict
from episodes.record import Count, Record
from policies.analysis.line import Line, Lines
from policies.analysis.references import Reference
from policies.analysis.suggested_files import Files
from policies.analysis.suggested_programs import Programs
from policies.analysis.suggested_web import Web, WebSection
from policies.analysis.uses import LeftOut, Use, Uses, gather
from policies.engine import decide, reading_of, tool_of
from policies.files_judged import canonical_in
from policies.index import Access
from policies.loading import load_policy, parse_policy, presets
from policies.policy import Policy
from semantics.programs import SYSTEM_DIRECTORIES
from semantics.reading import Invocation, place
from semantics.schemas import schema_of


class Uncovered(Record):
    """An action that ran and that the suggested policy would not let run."""

    reference: Reference
    """The step."""
    verdict: Verdict
    """What the policy says of it."""
    reason: str
    """Why."""


class Sections(Record):
    """The lines of a suggested policy, by where they stand."""

    tools: tuple[Line, ...]
    """Kinds of action."""
    plain: dict[Verdict, tuple[Line, ...]]
    """Programs with any arguments, by effect."""
    narrowed: tuple[tuple[str, Verdict, tuple[Line, ...]], ...]
    """Programs with the first arguments that were used; an empty pattern stands for any."""
    files: dict[Access, tuple[Line, ...]]
    """Paths, by what may be done with them."""
    web: WebSection
    """Sites, and what they were sent."""


class Suggestion(Record):
    """A policy out of what agents did."""

    name: str
    """The policy's name."""
    base: str | None
    """The policy that what is not on record is kept from."""
    sections: Sections
    """Its lines."""
    text: str = ""
    """The policy's file."""
    episodes: Count
    """Episodes that were learnt from."""
    uses: Count
    """Actions that ran in them."""
    left_out: tuple[LeftOut, ...]
    """What was not learnt from."""
    uncovered: tuple[Uncovered, ...] = ()
    """Actions that ran and that it does not allow."""
    notes: tuple[str, ...]
    """What else its reader should know."""


def suggest(
    logs: Sequence[Path],
    *,
    name: str = "suggested",
    base: str | None = None,
    named: Sequence[str] = (),
) -> Suggestion:
    """Makes a policy out of what ran in some logs.

    Args:
        logs: Logs' files; they are only read.
        name: What to call the policy.
        base: The policy that the episodes ran under, by name or file. What programs open by
            themselves is not on record and is kept from it. Found by the log where it is a preset.
        named: Episodes, by how their ids begin, that are learnt from whatever speaks against it.

    Returns:
        The policy with what each of its lines is for. It was loaded, and each action that ran was
        judged by it; those that it does not allow are told.

    Raises:
        PolicyInvalid: There is no such base.
        EpisodeUnknown: No log has an episode that is named.
        LogError: A log cannot be read.
    """
    from policies.analysis.suggestion_text import policy_text

    found = gather(logs, named)
    chosen, notes = _base(found, base)
    sections = _sections(found.uses, chosen)
    if sections.narrowed:
        who = ", ".join(program for program, _, _ in sections.narrowed)
        notes = (
            *notes,
            f"{who} may start programs that no agent named: where a task fails under this policy, "
            "add those that it may not run",
        )
    made = Suggestion(
        name=name,
        base=chosen.name if chosen else None,
        sections=sections,
        episodes=found.episodes,
        uses=len(found.uses),
        left_out=tuple(found.left_out),
        notes=notes,
    )
    policy = parse_policy(policy_text(made, chosen).encode(), f"{name}.yaml")
    made = made.model_copy(update={"uncovered": tuple(_uncovered(found.uses, policy))})
    return made.model_copy(update={"text": policy_text(made, chosen)})


def _base(found: Uses, given: str | None) -> tuple[Policy | None, tuple[str, ...]]:
    if given is not None:
        return load_policy(given), ()
    known = [one for one in sorted(found.policies) if one in presets()]
    if len(known) != 1:
        ran = ", ".join(sorted(found.policies)) or "none"
        return None, (
            f"the episodes' policies ({ran}) are not one preset, so nothing is kept from any: "
            "programs may lack files that they open by themselves; name a policy with --base",
        )
    policy = load_policy(known[0])
    others = sorted(set(found.policies) - {policy.name})
    notes = [f"some episodes ran under {', '.join(others)}"] if others else []
    if found.policies[policy.name] - {policy.digest}:
        notes.append(f"{policy.name} was another when some of these episodes ran")
    return policy, tuple(notes)


def _sections(uses: Sequence[Use], base: Policy | None) -> Sections:
    tools, programs, files, web = Lines(), Programs(), Files(base), Web()
    for use in uses:
        tool = tool_of(use.action)
        if tool is not None:
            tools.note(tool, use.reference)
        if isinstance(use.action, ReadFile | WriteFile | Upload):
            access: Access = "write" if isinstance(use.action, WriteFile) else "read"
            _file(str(use.action.path), access, use, files)
        web.note(use)
        _command(use, programs, files, web)
    interprets = tuple(one for one in programs.names if _starts_others(one))
    writers = not set(programs.names) <= _readers()
    lines = files.lines(interprets, writers)
    plain: dict[Verdict, tuple[Line, ...]] = {
        effect: tuple(programs.plain(effect)) for effect in ("allow", "ask")
    }
    return Sections(
        tools=tuple(tools),
        plain=plain,
        narrowed=tuple(programs.narrowed()),
        files={access: tuple(lines[access]) for access in lines},
        web=web.section(),
    )


def _command(use: Use, programs: Programs, files: Files, web: Web) -> None:
    reading = reading_of(use.action)
    if reading is None or not reading.understood:
        return
    for redirect in reading.redirects:
        if redirect.written is not None:
            access: Access = "read" if redirect.mode == "read" else "write"
            _file(redirect.written, access, use, files)
    for program in reading.programs:
        if program.builtin:
            continue
        where = place(program.name, program.cwd)
        if "/" in program.name and PurePosixPath(program.name).parent not in SYSTEM_DIRECTORIES:
            if where is not None:
                _file(where, "execute", use, files)
            continue
        programs.note(program, use)
        web.argument(program, use)
        _arguments(program, use, files)


def _arguments(program: Invocation, use: Use, files: Files) -> None:
    writes = PurePosixPath(program.name).name not in _readers()
    files.note(use.state.cwd, "write" if writes else "read", use.reference)
    for argument in program.argv[1:]:
        written = place(argument, program.cwd) if argument and "/" in argument else None
        if written is not None and not written.startswith("-") and "://" not in written:
            files.argument(written, use.state.cwd, writes, use.reference)


def _file(path: str, access: Access, use: Use, files: Files) -> None:
    try:
        files.note(canonical_in(path, use.state), access, use.reference)
    except ValueError:
        # No policy lets it through; it is told among what is not covered.
        return


def _starts_others(name: str) -> bool:
    schema = schema_of(name)
    return schema is not None and schema.runs in ("anything", "shell")


@cache
def _readers() -> frozenset[str]:
    """Programs that only read: those of the preset that writes nothing."""
    rules = load_policy("locked-down").shell.rules
    return frozenset(name for rule in rules if rule.effect == "allow" for name in rule.programs)


def _uncovered(uses: Sequence[Use], policy: Policy) -> list[Uncovered]:
    found = []
    for use in uses:
        decision = decide(use.action, use.state, policy)
        if decision.verdict == "deny" or (decision.verdict == "ask" and not use.asked):
            found.append(
                Uncovered(reference=use.reference, verdict=decision.verdict, reason=decision.reason)
            )
    return found
