"""What a policy rests on, pinned by digest, so that next month it is compared as it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from episodes import __version__
from episodes.errors import PolicyInvalid, UsageError
from episodes.record import Digest, Record
from policies.analysis.difference import Difference
from policies.analysis.report import Notice, Report, by_weight, invalid
from policies.loading import load_policy
from policies.policy import Policy

SUFFIX = ".lock.json"
"""What takes the place of `.yaml` in the name of a policy's lock."""

_IMAGE = re.compile(r"(?P<name>[^=\s]+)=(?P<digest>sha256:[0-9a-f]{64})")


class Lock(Record):
    """The digests of a policy and of what it rests on."""

    version: Annotated[Literal[1], Field(examples=[1])] = 1
    """The format's version."""
    longleash: Annotated[str, Field(examples=["0.1.0"])]
    """The release that wrote it; another one may read commands better."""
    policy: Digest
    """The policy, resolved."""
    extends: Mapping[str, Digest] = {}
    """What it extends, resolved, by name."""
    schemas: Digest
    """What is known of programs: which run others, and how their words tell."""
    images: Mapping[str, Digest] = {}
    """Images that it was reviewed for, by name."""


def made(name: str, policy: Policy, images: Mapping[str, Digest]) -> Lock:
    """Pins what a policy rests on as it is now."""
    extends: dict[str, Digest] = {}
    if policy.extends is not None:
        extends[policy.extends] = load_policy(_beside(name, policy.extends)).digest
    return Lock(
        longleash=__version__,
        policy=policy.digest,
        extends=extends,
        schemas=_schemas(),
        images=dict(sorted(images.items())),
    )


def lock_of(name: str) -> Lock | None:
    """The lock beside a policy; None for a preset, and where there is none.

    Raises:
        UsageError: It is there and is no lock.
    """
    preset = "/" not in name and not name.endswith((".yaml", ".yml"))
    return None if preset else _read(Path(name).with_suffix(SUFFIX))


def pinned_differences(old: Lock | None, new: Lock | None) -> Iterator[Difference]:
    """What two locks pin differently besides the policies themselves."""
    if old is None or new is None:
        return
    for name in sorted(set(old.images) | set(new.images)):
        before, after = old.images.get(name), new.images.get(name)
        if before == after:
            continue
        yield Difference(
            change="denied" if after is None else "allowed",
            # What another image's programs do is not compared: it may be more.
            widens=after is not None,
            part="reach",
            field="images",
            what=f"the image {name}: what is in it is not compared",
            before=before or "not pinned",
            after=after or "not pinned",
        )
    if old.schemas != new.schemas:
        yield Difference(
            change="allowed",
            widens=False,
            part="commands",
            field="schemas",
            what="what is known of programs: both policies are compared by what is known now",
            before=old.schemas,
            after=new.schemas,
        )


def lock_report(names: Sequence[str], images: Sequence[str], verify: bool) -> Report:
    """Writes the locks of policies, or holds them against what is there.

    Args:
        names: Policy files.
        images: `NAME=sha256:...` each; those of an earlier lock stay where none is named.
        verify: Whether to write nothing and tell what differs.

    Raises:
        UsageError: An image is not given so, a name is a preset's, or a lock cannot be written.
    """
    pinned = _images(images)
    notices: list[Notice] = []
    held: list[Notice] = []
    for name in names:
        if not name.endswith((".yaml", ".yml")):
            raise UsageError(f"{name!r} is no file; presets are locked by those that extend them")
        file = Path(name).with_suffix(SUFFIX)
        try:
            policy = load_policy(name)
        except PolicyInvalid as error:
            notices += invalid(name, error)
            continue
        before = _read(file)
        now = made(name, policy, pinned or (before.images if before else {}))
        if verify:
            notices += _differing(file, before, now)
        else:
            _write(file, now)
        if not any(one.file == str(file) for one in notices):
            told = "as pinned" if verify else f"pins {policy.digest}"
            held.append(Notice(level="note", code="locked", file=str(file), message=told))
    return Report(command="lock", notices=by_weight(notices), held=tuple(held))


def _differing(file: Path, before: Lock | None, now: Lock) -> list[Notice]:
    if before is None:
        told = "there is no lock; write one with `longleash policy lock`"
        return [Notice(level="error", code="not-locked", file=str(file), message=told)]
    found: list[Notice] = []
    for field in Lock.model_fields:
        was, is_now = getattr(before, field), getattr(now, field)
        if was == is_now:
            continue
        found.append(
            Notice(
                # Another release alone changes nothing; what it knows of programs is pinned apart.
                level="note" if field == "longleash" else "error",
                code="not-as-pinned",
                file=str(file),
                where=field,
                message=f"{was} is pinned, and it is {is_now}",
            )
        )
    return found


def _read(file: Path) -> Lock | None:
    if not file.is_file():
        return None
    try:
        return Lock.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{file}: is no lock; remove it and lock again") from error


def _write(file: Path, lock: Lock) -> None:
    try:
        file.write_text(lock.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{file}: cannot be written: {problem.strerror}") from problem


def _images(given: Sequence[str]) -> dict[str, Digest]:
    found: dict[str, Digest] = {}
    for text in given:
        read = _IMAGE.fullmatch(text)
        if read is None:
            raise UsageError(f"--image {text}: write NAME=sha256:... with 64 hex digits")
        found[read["name"]] = read["digest"]
    return found


def _schemas() -> Digest:
    """The digest of what is known of programs, in the order of the files' names."""
    whole = hashlib.sha256()
    for package, file in (("policies.analysis", "opens.yaml"), ("semantics", "programs.toml")):
        whole.update((resources.files(package) / file).read_bytes())
    return f"sha256:{whole.hexdigest()}"


def _beside(name: str, extended: str) -> str:
    if "/" not in extended and not extended.endswith((".yaml", ".yml")):
        return extended
    return str(Path(name).parent / extended)
