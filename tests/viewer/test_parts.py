"""What is sent to the browser of a step: pieces of visible text, marked where evidence points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from episodes.observations import Page, WebRequest
from episodes.processes import Process, Processes
from episodes.terminal import safe
from viewer.alignment import align, parting
from viewer.replay.files import diff_parts, files_part
from viewer.replay.parts import pieces, step_parts
from viewer.words import LONGEST

marks = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.text(max_size=3)).map(
        lambda mark: (min(mark[:2]), max(mark[:2]), mark[2])
    ),
    max_size=4,
)


@given(st.text(max_size=50), marks)
def test_pieces_joined_are_the_text_whatever_the_marks(text, marks):
    assert "".join(piece["t"] for piece in pieces(text, marks)) == safe(text)


def test_what_evidence_points_at_is_marked_and_nothing_else():
    assert pieces("abcdef", [(1, 3, "here"), (2, 4, "and here")]) == [
        {"t": "a"},
        {"t": "b", "n": "here"},
        {"t": "c", "n": "here; and here"},
        {"t": "d", "n": "and here"},
        {"t": "ef"},
    ]


def test_a_text_too_long_for_a_page_says_how_much_is_left_out():
    [shown, told] = pieces("x" * (LONGEST + 7), [])
    assert len(shown["t"]) == LONGEST
    assert "7 more characters" in told["t"]


def titles(parts):
    return [part["title"] for part in parts]


def test_expectations_are_ticked_or_crossed(full, reading):
    trajectory = reading(full).trajectory("e0000")
    parts = {part["title"]: part for part in step_parts(trajectory, trajectory.steps[0])}
    assert [check["held"] for check in parts["expected"]["checks"]] == [True, False]
    assert parts["waited"]["lines"] == ["lag: 0.20 s"]
    assert parts["observed"]["terminal"]


def test_a_denial_shows_its_rule_and_a_write_what_it_changed(full, reading):
    trajectory = reading(full).trajectory("e0000")
    denied = {part["title"]: part for part in step_parts(trajectory, trajectory.steps[1])}
    assert denied["decision"]["tone"] == "deny"
    assert denied["asked"]["pieces"][0] == {"t": "curl", "n": "here it says so"}
    older = trajectory.steps[2].model_copy(update={"files": None})
    wrote = {part["title"]: part for part in step_parts(trajectory, older)}
    assert wrote["wrote /workspace/a.txt"]["diff"][1:] == ["+one", "+two"]


def test_files_that_a_step_changed_are_rows_and_their_text_a_difference(full, reading):
    reader = reading(full)
    trajectory = reader.trajectory("e0000")
    [part] = files_part(trajectory.steps[2])
    assert part["rows"] == [
        ["created", "a.txt", "", "8 B", ""],
        ["created", "l → /x", "link", "", ""],
    ]
    [diff] = diff_parts(trajectory, trajectory.steps[2], reader.blob)
    assert (diff["title"], diff["diff"][1:]) == ("diff a.txt", ["+one", "+two"])
    assert part in step_parts(trajectory, trajectory.steps[2])
    assert files_part(trajectory.steps[0]) == []


def test_a_hostile_name_or_line_is_visible_text(made, reading):
    evil = "\x1b[31m\u202e<script>alert(1)</script>\n"
    reader = reading(made)
    trajectory = reader.trajectory(made.episode(hostile=evil))
    step = trajectory.steps[2]
    shown = repr([*files_part(step), *diff_parts(trajectory, step, reader.blob)])
    assert "\\x1b" not in shown.replace("\\\\x1b", "")
    assert "\u202e" not in shown
    assert "script" in shown


def test_a_page_shows_its_requests_with_their_verdicts(made, reading):
    request = WebRequest(method="GET", url="http://a.test/", allowed=False, rule_id="web.default")
    name = made.episode(page=Page(url="http://a.test/", requests=(request,)))
    trajectory = reading(made).trajectory(name)
    parts = {part["title"]: part for part in step_parts(trajectory, trajectory.steps[0])}
    assert parts["requests"]["rows"] == [
        ["deny", "GET", "http://a.test/", "", "0 B", "web.default"]
    ]


def test_a_step_s_processes_stand_below_what_started_them_with_nothing_to_read_as_more(
    full, reading
):
    programs = (
        Process(pid=9, parent=1, argv=("bash", "-c", "x"), started=0, ended=1, end="exited"),
        Process(
            pid=10,
            parent=9,
            argv=("evil\n11 sh\x1b[2J<b>", "\u202e"),
            started=0.1,
            ended=0.2,
            end="signalled",
            signal=9,
            peak_bytes=2_000_000,
        ),
    )
    step = reading(full).trajectory("e0000").steps[0]
    trajectory = reading(full).trajectory("e0000")
    alone = step.model_copy(update={"processes": Processes(programs=programs[:1])})
    assert "processes" not in titles(step_parts(trajectory, alone))
    both = step.model_copy(update={"processes": Processes(programs=programs, left_out=3)})
    parts = {part["title"]: part for part in step_parts(trajectory, both)}
    (piece,) = parts["processes"]["pieces"]
    assert piece["t"].split("\n") == [
        "9 bash -c x (exit None, 1000 ms)",
        "  10 'evil\\n11 sh\\x1b[2J<b>' '\\u202e' (signal 9, 100 ms, 2.0 MB)",
        "and 3 more, which the policy does not keep",
    ]


def test_equal_actions_stand_beside_one_another(made, reading):
    made.episode()
    made.episode(answer="something else")
    reader = reading(made)
    rows = align(reader.trajectory("e0000"), reader.trajectory("e0001"))
    assert [(row.left, row.right, row.same) for row in rows] == [
        (0, 0, True),
        (1, 1, True),
        (2, 2, True),
        (3, 3, True),
        (4, 4, False),
    ]
    assert parting(rows) == 4
    assert parting(align(reader.trajectory("e0000"), reader.trajectory("e0000"))) is None
