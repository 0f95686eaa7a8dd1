"""What the guest says of processes, and what is made of what it should not say."""

from __future__ import annotations

import base64

import pytest

from sandbox.boxes.process_calls import processes_of


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode() or "-"


def line(step=3, how="e", code="0", flags=0, argv=b"ls\0\xff\0"):
    return f"{step} 12 9 0.1 0.2 {how} {code} 640 {flags} {encoded(b'/tmp')} {encoded(argv)}"


def reply(*lines: str, left_out: object = 0):
    return {"processes": {"lines": "\n".join(lines), "left_out": left_out}}


def test_a_line_is_a_program():
    found = processes_of(reply(line(), left_out=2), 3, 10)
    (program,) = found.programs
    assert (program.argv, program.cwd, program.peak_bytes) == (("ls", "\\xff"), "/tmp", 655_360)
    assert (program.end, program.exit_code, program.signal, program.step) == (
        "exited",
        0,
        None,
        None,
    )
    assert found.left_out == 2


def test_what_an_earlier_step_started_comes_first_and_says_so():
    found = processes_of(reply(line(), line(step=1, how="s", code="9")), 3, 10)
    assert [one.step for one in found.programs] == [1, None]
    assert (found.programs[0].end, found.programs[0].signal) == ("signalled", 9)


def test_more_than_was_asked_for_is_counted_and_not_kept():
    found = processes_of(reply(*[line()] * 30), 3, 10)
    assert (len(found.programs), found.left_out) == (20, 10)


def test_nothing_said_is_nothing_on_record():
    assert processes_of({}, 3, 10) is None


@pytest.mark.parametrize(
    "said",
    [
        reply("a line"),
        reply(line(how="q")),
        reply(line(code="x")),
        reply(line().replace("12 ", "-12 ")),
        reply(line().replace("0.1", "nan")),
        reply(line(), left_out=-1),
        reply(line(), left_out="many"),
        {"processes": {"lines": 7, "left_out": 0}},
        {"processes": []},
    ],
)
def test_what_has_no_shape_is_refused(said):
    with pytest.raises((AttributeError, LookupError, OverflowError, TypeError, ValueError)):
        processes_of(said, 3, 10)
