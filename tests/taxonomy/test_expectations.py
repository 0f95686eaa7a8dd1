from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from episodes.actions import Goto
from episodes.forecasts import ExpectElement, ExpectExit, ExpectFile, ExpectText, ExpectUrl
from episodes.observations import Page
from taxonomy.expectations import judge
from taxonomy.texts import quote

FILE = PurePosixPath("/workspace/a.txt")


def page(m: Any, **fields: Any) -> Any:
    return m.step(Goto(url="http://x/"), Page(**({"url": "https://shop.example/cart"} | fields)))


CASES = [
    (ExpectExit(code=0), lambda m: m.shell("true"), True),
    (ExpectExit(code=0), lambda m: m.shell("false", code=1), False),
    (ExpectExit(code=0), lambda m: m.shell("x", code=None, signal=9, limit="time"), False),
    (ExpectExit(code=0), lambda m: m.shell("x", code=None, limit="cancelled"), None),
    (ExpectExit(code=0), lambda m: m.denied(), None),
    (ExpectExit(code=0), lambda m: m.faulted(), None),
    (ExpectExit(code=0), lambda m: m.read("/x"), None),
    (ExpectText(text="ok"), lambda m: m.shell("x", "all ok\n"), True),
    (ExpectText(text="ok"), lambda m: m.shell("x", "no\n"), False),
    (ExpectText(text="ok", where="stderr"), lambda m: m.shell("x", "ok\n"), False),
    (ExpectText(text="ok", where="stderr"), lambda m: m.shell("x", err="ok\n"), True),
    (ExpectText(text="ok", where="page"), lambda m: m.shell("x", "ok\n"), None),
    (ExpectText(text="ok", absent=True), lambda m: m.shell("x", "ok\n"), False),
    (ExpectText(text="ok", absent=True), lambda m: m.shell("x", "no\n"), True),
    (ExpectText(text="ok"), lambda m: m.shell("x", "no\n", stdout_bytes=9999), None),
    (ExpectText(text="ok"), lambda m: m.shell("x", "ok\n", stdout_bytes=9999), True),
    (ExpectText(text="ok", where="file"), lambda m: m.read("/x", b"ok"), True),
    (ExpectText(text="exit code"), lambda m: m.shell("x", "no\n"), False),
    (ExpectFile(path=FILE), lambda m: m.read("/workspace/a.txt"), True),
    (ExpectFile(path=FILE), lambda m: m.read("/workspace/a.txt", None), False),
    (ExpectFile(path=FILE, absent=True), lambda m: m.read("/workspace/a.txt", None), True),
    (ExpectFile(path=FILE), lambda m: m.read("/workspace/b.txt", None), None),
    (ExpectFile(path=FILE), lambda m: m.write("/workspace/a.txt"), True),
    (ExpectFile(path=FILE), lambda m: m.shell("ls", "a.txt\nb.txt\n"), True),
    (ExpectFile(path=FILE), lambda m: m.shell("echo a.txt", "a.txt\n"), None),
    (ExpectFile(path=FILE), lambda m: m.shell("ls", "aa.txt\n"), None),
    (
        ExpectFile(path=FILE),
        lambda m: m.shell("cat a.txt", err="cat: a.txt: No such file or directory\n", code=1),
        False,
    ),
    (ExpectUrl(url="https://Shop.example:443/cart"), page, True),
    (ExpectUrl(url="https://shop.example/*"), page, True),
    (ExpectUrl(url="https://shop.example/pay"), page, False),
    (ExpectUrl(url="https://shop.example/pay"), lambda m: m.shell("true"), None),
    (
        ExpectElement(role="button", name="Pay"),
        lambda m: page(m, snapshot='- button "Pay" [ref=e2]'),
        True,
    ),
    (
        ExpectElement(role="button", name="Pay", absent=True),
        lambda m: page(m, snapshot='- button "Pay" [ref=e2]'),
        False,
    ),
    (ExpectElement(role="link", name="Pay"), lambda m: page(m, snapshot='- button "Pay"'), False),
]


@pytest.mark.parametrize(("expectation", "build", "held"), CASES)
def test_expectation_is_held_against_its_observation(
    make: Any, expectation: Any, build: Any, held: bool | None
) -> None:
    trajectory = make.episode(build(make))
    judgement = judge(expectation, trajectory.steps)
    assert judgement.held is held
    assert (judgement.evidence is None) == (held is None)


def test_expectation_over_several_steps_holds_when_any_of_them_shows_it(make: Any) -> None:
    expectation = ExpectText(text="done", within=3)
    steps = [make.shell("a", "1\n"), make.shell("b", "2\n"), make.shell("c", "done\n")]
    trajectory = make.episode(*steps)
    judgement = judge(expectation, trajectory.steps)
    assert judgement.held is True
    assert judgement.evidence is not None
    assert judgement.evidence.step == 2
    assert quote(trajectory, judgement.evidence) == "done"


def test_expectation_over_several_steps_fails_only_when_all_were_seen(make: Any) -> None:
    expectation = ExpectText(text="done", within=3)
    steps = [make.shell("a", "1\n"), make.shell("b", "2\n")]
    assert judge(expectation, make.episode(*steps).steps).held is None
    whole = make.episode(*steps, make.shell("c", "3\n"))
    assert judge(expectation, whole.steps).held is False


def test_absence_over_several_steps_is_open_until_all_were_seen(make: Any) -> None:
    expectation = ExpectText(text="error", absent=True, within=2)
    assert judge(expectation, make.episode(make.shell("a", "1\n")).steps).held is None
    two = make.episode(make.shell("a", "1\n"), make.shell("b", "2\n"))
    assert judge(expectation, two.steps).held is True
    early = make.episode(make.shell("a", "error\n"))
    assert judge(expectation, early.steps).held is False


def test_evidence_of_an_exit_code_is_the_line_that_says_it(make: Any) -> None:
    trajectory = make.episode(make.shell("x", "out\n", "err\n", 3))
    evidence = judge(ExpectExit(code=0), trajectory.steps).evidence
    assert evidence is not None
    assert quote(trajectory, evidence) == "exit code 3"
