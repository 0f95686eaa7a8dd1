"""From a preset's name or a file to a policy, or to what is wrong with it and what to write."""

from __future__ import annotations

from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from episodes import source
from episodes.document import meant, read_document, validated
from episodes.errors import PolicyInvalid
from episodes.source import Place, shown
from policies.extending import Problem, extended
from policies.policy import Policy
from policies.rule_examples import missed

_CASES = ".cases.yaml"
_DEEPEST = 8


def presets() -> tuple[str, ...]:
    """The names of the policies that come with Longleash."""
    folder = resources.files("policies.presets")
    return tuple(
        sorted(
            entry.name[:-5]
            for entry in folder.iterdir()
            if entry.name.endswith(".yaml") and not entry.name.endswith(_CASES)
        )
    )


def load_policy(name_or_path: str | Path) -> Policy:
    """Loads a policy, resolved: what it extends is in it.

    Args:
        name_or_path: A preset's name, such as `offline-shell`; or a file, which is anything that
            holds a `/` or ends in `.yaml` or `.yml`.

    Raises:
        PolicyInvalid: There is none by that name, or the file does not validate. Each line of the
            message is `file:line: where: what is wrong and what to write`.
    """
    return _load(name_or_path, ())


def parse_policy(content: bytes, file: str) -> Policy:
    """Validates and resolves a policy file's content.

    Args:
        content: YAML in UTF-8.
        file: What to call it in messages; files that it extends are looked for beside it.

    Raises:
        PolicyInvalid: As `load_policy`.
    """
    return _parse(content, file, ())


def _load(name_or_path: str | Path, behind: tuple[str, ...]) -> Policy:
    text = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in text and not text.endswith((".yaml", ".yml")):
        known = presets()
        if text not in known:
            raise PolicyInvalid(
                f"no policy is called {text!r}{meant(text, known)}; "
                f"presets: {', '.join(known)}; a file is named with a / or .yaml"
            )
        file = resources.files("policies.presets") / f"{text}.yaml"
        return _parse(file.read_bytes(), f"{text}.yaml", behind)
    return _parse(read_document(Path(text), PolicyInvalid), text, behind)


def _parse(content: bytes, file: str, behind: tuple[str, ...]) -> Policy:
    data, lines = source.parse(content, file, PolicyInvalid)
    base = _base(data, lines, file, behind)
    if base is not None:
        # What is extended grants tools where this does not say.
        data = {**data, "tools": data.get("tools", list(base.tools))}
    policy = validated(data, lines, file, Policy, PolicyInvalid)
    problems = missed(policy)
    if base is not None:
        policy, found = _extended(base, policy, file)
        problems += found
    elif policy.widen:
        problems.append(Problem(("widen",), "it extends nothing; leave this out"))
    if problems:
        raise PolicyInvalid(
            "\n".join(_said(file, problem.place, lines, problem.what) for problem in problems)
        )
    return policy


def _base(
    data: dict[str, Any], lines: dict[Place, int], file: str, behind: tuple[str, ...]
) -> Policy | None:
    named = data.get("extends")
    if not isinstance(named, str):
        # Where it is neither absent nor a text, validation says so.
        return None
    wrong = None
    if "/" in named or named.endswith((".yaml", ".yml")):
        beside = PurePosixPath(named)
        # Else a file from a stranger could have any other one read.
        if beside.is_absolute() or ".." in beside.parts or beside.suffix not in (".yaml", ".yml"):
            wrong = "a file is named as it lies beside or beneath this one, such as './base.yaml'"
        named = str(Path(file).parent / beside)
        named = named if "/" in named else f"./{named}"
    if named in behind or len(behind) >= _DEEPEST:
        wrong = f"{' extends '.join([*behind, named])}, and so on; cut the circle or the chain"
    if wrong is not None:
        raise PolicyInvalid(_said(file, ("extends",), lines, wrong))
    try:
        return _load(named, (*behind, named))
    except PolicyInvalid as error:
        raise PolicyInvalid(_said(file, ("extends",), lines, str(error))) from None


def _extended(base: Policy, policy: Policy, file: str) -> tuple[Policy, list[Problem]]:
    try:
        return extended(base, policy)
    except ValidationError as error:
        # Each is valid for itself: what they make together may still have an id twice.
        raise PolicyInvalid(
            "\n".join(f"{file}: with {base.name}: {found['msg']}" for found in error.errors())
        ) from None


def _said(file: str, place: Place, lines: dict[Place, int], what: str) -> str:
    known = place
    while known and known not in lines:
        known = known[:-1]
    return f"{file}:{lines.get(known, 1)}: {shown(place)}: {what}"
