"""What a step did to files is told line by line, from what was kept and never from a guess."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from episodes.actions import RunCommand
from episodes.chain import digest
from episodes.entries import Prepared
from episodes.file_diffs import file_diffs, summary
from episodes.files import FileChange, FileChanges
from episodes.replay import replay
from episodes.trajectory import Step, Trajectory

AT = datetime(2026, 1, 1, tzinfo=UTC)


def record(**files):
    """Each name with what it held before and holds now; None where it is not there."""
    content = b""
    changes = []
    for name, (before, after) in files.items():
        had = {} if before is None else {"before": digest(before)}
        if after is None:
            changes.append(FileChange(path=name, change="removed", **had))
            continue
        changes.append(
            FileChange(
                path=name,
                change="created" if before is None else "changed",
                size=len(after),
                digest=digest(after),
                at=len(content),
                **had,
            )
        )
        content += after
    return FileChanges(changes=tuple(changes), content=content, entries=len(changes))


@pytest.fixture
def trajectory(began):
    """Makes an episode of what was there at first and what each step did."""
    return lambda first, *steps: Trajectory(
        episode="e",
        started=began(),
        began=AT,
        prepared=Prepared(files=first),
        steps=tuple(
            Step(index=at, action=RunCommand(command="x"), at=AT, files=files)
            for at, files in enumerate(steps)
        ),
        head=digest(b""),
    )


def told(it, step=0):
    return {
        found.change.path: list(found.lines) or found.why_not
        for found in file_diffs(it, step, lambda _: b"")
    }


def test_lines_that_came_and_went_are_told(trajectory):
    it = trajectory(
        record(a=(None, b"one\ntwo\n"), b=(None, b"gone\n")),
        record(a=(b"one\ntwo\n", b"one\n2\n"), b=(b"gone\n", None), c=(None, b"new")),
    )
    assert told(it) == {
        "a": ["@@ -1,2 +1,2 @@", " one", "-two", "+2"],
        "b": ["@@ -1 +0,0 @@", "-gone"],
        "c": ["@@ -0,0 +1 @@", "+new"],
    }


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe", "no text"),
        (b"a\0b", "no text"),
        (b"x" * 100_001, "too long"),
        (b"\n" * 4001, "too many lines"),
    ],
)
def test_what_cannot_be_compared_says_so(trajectory, data, why):
    assert why in told(trajectory(record(), record(a=(None, data))))["a"]


def test_what_was_not_kept_is_not_made_up(trajectory):
    lost = FileChange(path="a", change="changed", size=3, before=digest(b"old"), left_out="policy")
    it = trajectory(record(), FileChanges(changes=(lost,), entries=1))
    assert told(it) == {"a": "its content was not kept"}


def test_a_mode_alone_is_no_difference_in_text(trajectory):
    same = FileChange(path="a", change="changed", digest=digest(b"x"), before=digest(b"x"), mode=0)
    assert told(trajectory(record(), FileChanges(changes=(same,), entries=1))) == {}


def test_on_a_terminal_a_hostile_name_or_line_stays_text(trajectory):
    evil = "\x1b[31m\n\u202eevil"
    it = trajectory(record(), record(**{evil: (None, evil.encode())}))
    console = Console(width=200, file=io.StringIO())
    for part in replay(it, 0, lambda _: b""):
        console.print(part)
    text = console.file.getvalue()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "created" in text
    assert "+" in text


def test_a_summary_names_kind_target_and_size():
    link = FileChange(path="l", change="created", kind="link", target=b"/etc")
    assert summary(link) == "created link l -> /etc"
    assert summary(FileChange(path="f", change="changed", size=3)) == "changed f, 3 bytes"
    assert summary(FileChange(path="f", change="removed")) == "removed f"
