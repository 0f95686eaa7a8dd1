"""Others' logs: who-and-when's labels, MIRAGE's contexts, natural steps."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest

from episodes.errors import UsageError
from taxonomy.evaluation.labelled import StepTruth
from taxonomy.evaluation.mirage import Checked, read_checked, read_mirage, score_mirage
from taxonomy.evaluation.natural import agreed, half_of, of_half, read_labels, read_natural
from taxonomy.evaluation.who_when import has_terminal, read_who_when

HISTORY = [
    {"role": "assistant", "name": "Planner", "content": "Let us count."},
    {"role": "assistant", "name": "Coder", "content": "```python\nprint(3)\n```"},
    {"role": "user", "name": "Computer_terminal", "content": "exitcode: 0\n3"},
    {"role": "assistant", "name": "Planner", "content": "It is 4."},
]


@pytest.fixture
def logs(tmp_path):
    """Who&When logs that differ in their label."""

    def write(*mistakes):
        for at, mistake in enumerate(mistakes):
            log = {"question": "How many?", "history": HISTORY, "mistake_step": mistake}
            (tmp_path / f"{at}.json").write_text(json.dumps(log))
        return tmp_path

    return write


def test_a_label_is_a_message_and_becomes_its_step(logs):
    (one,) = read_who_when(logs("3"))
    assert one.critical_step == 2
    assert has_terminal(one)


def test_a_label_on_the_terminals_message_can_be_named_by_nobody(logs):
    (one,) = read_who_when(logs("2"))
    assert one.critical_step == len(one.trajectory.steps)


def test_every_log_is_in_one_half(logs):
    folder = logs(*["1"] * 8)
    tune, test = (read_who_when(folder, half) for half in ("tune", "test"))
    assert len(tune) + len(test) == 8
    assert not {one.id for one in tune} & {one.id for one in test}
    assert tune
    assert test


def test_a_label_that_is_no_number_is_named(logs):
    with pytest.raises(UsageError, match="mistake_step"):
        read_who_when(logs("soon"))


def _prompt(*actions):
    steps = "".join(
        f"## step {at}\n\n<think>\ngo on\n</think>\n\n<action>\n{action}\n</action>\n\n"
        for at, action in enumerate(actions)
    )
    text = f"# Goal\n\n# History of interaction with the task:\n\n{steps}# Action space:\n"
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": text}]
    return {"task_name": "t", "input": messages}


@pytest.fixture
def contexts(tmp_path):
    for name, record in (
        ("repetitive_4__webarena", _prompt(*["click('12')"] * 5)),
        ("popup__webarena", _prompt("click('12')", "fill('3', 'a')", "goto('http://a.example')")),
    ):
        rows = json.dumps(record).encode() + b"\n"
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(rows))
    return tuple(read_mirage(tmp_path))


def test_a_context_that_repeats_is_recalled_and_one_that_does_not_is_left(contexts):
    found = score_mirage(contexts, [])
    assert (found.recall.right, found.recall.of) == (1, 1)
    assert [one.found for one in found.folders] == [0, 1]


def test_precision_counts_the_checked_steps_that_are_still_called_loops(contexts):
    repeats = "repetitive_4__webarena#0"
    checked = [
        Checked(repeats, 4, loop=True),
        Checked(repeats, 3, loop=False),
        Checked(repeats, 0, loop=True),
    ]
    found = score_mirage(contexts, checked)
    assert (found.precision.right, found.precision.of) == (1, 2)
    assert (found.dropped, found.dropped_wrongly) == (1, 1)


def test_verdicts_that_cannot_be_read_are_named(tmp_path):
    path = tmp_path / "loops.jsonl"
    path.write_text('{"id": "a"}\n')
    with pytest.raises(UsageError, match=r"loops\.jsonl"):
        read_checked(path)


def test_where_annotators_differ_nothing_is_known():
    first = {"a": StepTruth(index=0, primary="none"), "b": StepTruth(index=0, primary="slip")}
    second = {"a": StepTruth(index=0, primary="none"), "b": StepTruth(index=0, primary="none")}
    both = agreed(first, second)
    assert (both["a"].primary, both["b"].primary) == ("none", None)


@pytest.fixture
def drawn(tmp_path, logs):
    """A sheet that draws the third message of one Who&When log."""
    (tmp_path / "who_when").mkdir()
    log = {"question": "How many?", "history": HISTORY, "mistake_step": "3"}
    path = tmp_path / "who_when" / "1.json"
    path.write_text(json.dumps(log))
    row = {
        "id": "x@3",
        "file": "who_when/1.json",
        "record": None,
        "message": 3,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (tmp_path / "drawn.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path


def test_a_natural_step_is_found_again_by_its_message(drawn):
    truths = {"x@3": StepTruth(index=0, primary="hallucination")}
    (one,) = read_natural(drawn, truths, drawn)
    assert [(truth.index, truth.primary) for truth in one.truths] == [(2, "hallucination")]


def test_a_file_that_was_changed_since_is_refused(drawn):
    (drawn / "who_when" / "1.json").write_text("{}")
    with pytest.raises(UsageError, match="draw them again"):
        read_natural(drawn, {"x@3": StepTruth(index=0, primary="none")}, drawn)


def test_a_step_that_is_labelled_twice_is_refused(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "a", "primary": "none"}\n' * 2)
    with pytest.raises(UsageError, match="a is labelled twice"):
        read_labels(path)


def test_all_drawn_steps_of_one_log_are_in_one_half():
    with_records = [f"set/file.jsonl#{record}@{step}" for record in range(9) for step in (1, 2)]
    halves = {name: half_of(name) for name in with_records}
    assert set(halves.values()) == {"tune", "test"}
    assert all(halves[name] == halves[f"{name[:-1]}1"] for name in with_records)


def test_the_halves_of_some_labels_are_all_of_them():
    truths = {f"set/{at}.json@3": StepTruth(index=0, primary="none") for at in range(9)}
    tune, test = (of_half(truths, half) for half in ("tune", "test"))
    assert tune
    assert test
    assert tune | test == truths
