from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from episodes.errors import NotALog, UsageError
from taxonomy.compare import compare


def night(make: Any, path: Path, outcomes: dict[str, list[bool]], run: str = "r1") -> Path:
    made: Path = make.log(
        path,
        *[
            make.episode(make.shell("make"), make.finish(), task=task, success=success)
            for task, successes in outcomes.items()
            for success in successes
        ],
        run=run,
    )
    return made


def measure(comparison: Any, name: str) -> Any:
    return next(one for one in comparison.differences if one.measure == name)


def test_same_log_on_both_sides_differs_in_nothing(make: Any, tmp_path: Path) -> None:
    path = str(night(make, tmp_path / "a.db", {"t1": [True], "t2": [False], "t3": [True]}))
    for difference in compare(path, path).differences:
        assert difference.difference == 0
        assert (difference.low, difference.high) == (0, 0)
        assert difference.p is None


def test_success_is_paired_by_task_and_has_an_interval(make: Any, tmp_path: Path) -> None:
    tasks = [f"t{n}" for n in range(8)]
    worse = {task: [n < 2, False] for n, task in enumerate(tasks)}
    better = {task: [n < 6] for n, task in enumerate(tasks)}
    a = night(make, tmp_path / "a.db", worse)
    b = night(make, tmp_path / "b.db", better)
    found = measure(compare(str(a), str(b)), "success")
    assert (found.tasks, found.more, found.less) == (8, 6, 0)
    assert found.a == pytest.approx(1 / 8)
    assert found.b == pytest.approx(6 / 8)
    assert found.difference == pytest.approx(5 / 8)
    assert found.low < found.difference < found.high
    assert found.p == pytest.approx(2 * 0.5**6)


def test_same_logs_give_the_same_intervals(make: Any, tmp_path: Path) -> None:
    a = str(night(make, tmp_path / "a.db", {"t1": [True], "t2": [False], "t3": [True]}))
    b = str(night(make, tmp_path / "b.db", {"t1": [False], "t2": [False], "t3": [True]}))
    assert compare(a, b) == compare(a, b)


def test_each_sides_rate_has_wilsons_interval(make: Any, tmp_path: Path) -> None:
    path = str(night(make, tmp_path / "a.db", {"t": [True] * 8 + [False] * 2}))
    side = compare(path, path).a
    assert (side.judged, side.solved) == (10, 8)
    # Newcombe (1998), table I's formula by hand: 8 of 10.
    assert (side.low, side.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_one_task_has_no_interval(make: Any, tmp_path: Path) -> None:
    path = str(night(make, tmp_path / "a.db", {"t": [True, False]}))
    found = measure(compare(path, path), "success")
    assert (found.tasks, found.low, found.high) == (1, None, None)


def test_tasks_of_one_side_only_are_named_and_not_counted(make: Any, tmp_path: Path) -> None:
    a = str(night(make, tmp_path / "a.db", {"t1": [True], "t2": [False]}))
    b = str(night(make, tmp_path / "b.db", {"t2": [True], "t3": [False]}))
    found = compare(a, b)
    assert (found.only_a, found.only_b) == (("t1",), ("t3",))
    assert measure(found, "success").tasks == 1


def test_attempts_that_a_fault_ended_count_for_nothing_but_themselves(
    make: Any, tmp_path: Path
) -> None:
    fault = make.episode(make.faulted(), status="faulted")
    good = make.episode(make.finish(), success=True, attempt=1)
    path = str(make.log(tmp_path / "a.db", fault, good, slots=(0, 0)))
    side = compare(path, path).a
    assert (side.episodes, side.faulted, side.solved) == (1, 1, 1)


def test_failure_modes_are_compared_by_the_steps_that_show_them(make: Any, tmp_path: Path) -> None:
    loop = make.episode(make.shell("ls"), make.shell("ls"), make.finish(), success=True)
    a = str(make.log(tmp_path / "a.db", loop))
    b = str(night(make, tmp_path / "b.db", {"count": [True]}))
    found = measure(compare(a, b), "loop steps")
    assert (found.a, found.b) == (1, 0)


def test_runs_of_one_log_are_named_with_a_hash(make: Any, tmp_path: Path) -> None:
    path = night(make, tmp_path / "a.db", {"t": [True]}, run="one")
    night(make, path, {"t": [False]}, run="two")
    found = compare(f"{path}#one", f"{path}#two")
    assert (found.a.solved, found.b.solved) == (1, 0)
    with pytest.raises(UsageError, match="no run 'three'"):
        compare(f"{path}#one", f"{path}#three")


def test_log_in_which_nothing_has_ended_is_refused(make: Any, tmp_path: Path) -> None:
    path = str(make.log(tmp_path / "a.db", make.episode(make.shell("ls"), status=None)))
    with pytest.raises(UsageError, match="no episode has ended"):
        compare(path, path)


def test_missing_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotALog):
        compare(str(tmp_path / "a.db"), str(tmp_path / "a.db"))


def test_json_says_how_to_get_the_same_intervals(make: Any, tmp_path: Path) -> None:
    path = str(night(make, tmp_path / "a.db", {"t": [True]}))
    found = json.loads(json.dumps(compare(path, path).to_json()))
    assert {"seed", "resamples", "confidence", "differences", "a", "b"} <= found.keys()
