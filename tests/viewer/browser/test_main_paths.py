"""What each page is there for, done by hand in a real browser."""

from __future__ import annotations

import re
import threading
import time

import pytest
import yaml

from episodes.appender import ask
from episodes.errors import LongleashError
from episodes.reader import LogReader
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan

pytestmark = pytest.mark.slow  # A browser takes seconds to start, and each page some more.

ASKING = {
    "version": 1,
    "name": "asking",
    "tools": ["shell", "finish"],
    "shell": {"rules": [{"id": "careful", "effect": "ask", "programs": ["rm"]}]},
}
SCRIPT = {"version": 1, "steps": [{"shell": "rm old.txt"}, {"shell": "rm new.txt"}]}


@pytest.fixture
def waiting(tmp_path):
    """A run with two questions, one after the other, that waits for somebody's word."""
    folder = tmp_path / "tidy"
    (folder / "scripts").mkdir(parents=True)
    task = {"version": 1, "name": "tidy", "instruction": "Tidy up.", "check": "check.sh"}
    for name, document in (("task", task), ("policy", ASKING), ("scripts/run", SCRIPT)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document))
    (folder / "check.sh").write_text("exit 0\n")
    log = tmp_path / "run.db"
    plan = draw_up(
        [folder], agent="scripted:run", policy=str(folder / "policy.yaml"), episodes=1, seed=0
    )
    settings = RunSettings(approver="queue", approval_seconds=120)
    run = threading.Thread(target=run_plan, args=(plan, log, lambda _: FakeBackend(), settings))
    run.start()
    while run.is_alive() and not questions(log):
        time.sleep(0.05)
    yield log, run
    run.join(150)
    assert not run.is_alive()


def questions(log):
    """The questions of the run that writes this log, where one does by now."""
    try:
        return ask(log, {"op": "approvals"})["questions"]
    except (LongleashError, OSError, TypeError):
        return None


def steps(log):
    with LogReader.open(log) as reader:
        [row] = reader.episodes()
        return reader.trajectory(row.episode).steps


def test_who_is_asked_says_yes_once_and_no_the_next_time_and_the_run_goes_on(waiting, serve, look):
    log, run = waiting
    tab = look(serve(log))
    tab.go("approvals")
    tab.page.get_by_role("textbox", name="Who answers").fill("ada")
    tab.page.keyboard.press("Tab")
    tab.page.get_by_text("rm old.txt").wait_for()
    tab.shot("approvals-waiting")
    tab.page.get_by_role("button", name="Approve once").click()
    tab.page.get_by_text("rm new.txt").wait_for()
    tab.page.get_by_role("textbox", name="Reason").fill("it is still needed")
    tab.page.keyboard.press("Tab")
    tab.page.get_by_role("button", name="Deny", exact=True).click()
    run.join(60)
    first, second, *_ = steps(log)
    assert (first.approval.verdict, first.approval.approver) == ("allow", "queue:ada")
    assert first.observation.kind == "command"
    assert (second.approval.verdict, second.approval.reason) == ("deny", "it is still needed")
    assert second.observation.kind == "denied"
    tab.page.get_by_text("nothing waits").wait_for()
    assert tab.wrong == []


def test_a_step_is_tagged_by_hand_before_the_machines_word_is_seen(full, serve, look):
    tab = look(serve(full.path))
    tab.go("judge?kind=tag%20steps&task=clean")
    assert not tab.page.get_by_text("rules:").count()
    tab.page.get_by_role("textbox", name="Who judges").fill("ada")
    tab.page.keyboard.press("Tab")
    tab.settled()
    tab.page.get_by_text("hallucination", exact=True).click()
    tab.shot("judge-tag")
    tab.page.get_by_role("button", name="Tag it").click()
    tab.page.get_by_text(re.compile("rules: ")).wait_for()
    assert not tab.page.get_by_role("radio", name="hallucination").is_checked()
    tab.shot("judge-tagged")
    with LogReader.open(full.path) as reader:
        found = [tag for row in reader.episodes() for tag in reader.tags(row.episode)]
    assert [tag.primary for tag in found if tag.tagger == "person:ada"] == ["hallucination"]
    assert tab.wrong == []


def test_the_better_of_two_is_chosen_and_counts_at_once(full, serve, look):
    tab = look(serve(full.path))
    tab.go("judge?task=clean")
    tab.page.get_by_role("button", name="About the same").click()
    tab.page.get_by_text(re.compile("^1 votes")).wait_for()
    with LogReader.open(full.path) as reader:
        votes = [one.body for one in reader.annotations() if one.body.kind == "voted"]
    assert [vote.better for vote in votes] == ["tie"]
    assert tab.wrong == []


def test_two_episodes_of_one_task_are_chosen_and_shown_side_by_side(made, serve, look):
    ours, theirs = made.episode(), made.episode(words="total 4", answer="something else")
    tab = look(serve(made.path))
    tab.go(f"compare?task=clean&left={ours}&right={theirs}")
    tab.page.get_by_text(re.compile("They part at line 5")).wait_for()
    tab.page.get_by_text("something else").first.wait_for()
    tab.shot("compare-parting")
    assert tab.wrong == []


def test_what_another_policy_would_have_decided_is_asked_for_on_its_page(full, serve, look):
    tab = look(serve(full.path))
    tab.go("policies")
    other = tab.page.get_by_role("textbox", name="A preset's name or a policy's file")
    other.fill("locked-down")
    other.press("Enter")
    tab.page.get_by_text(re.compile(r"\d+ actions: .* changed")).wait_for()
    tab.shot("policies-otherwise")
    box = tab.page.locator('[data-testid="stDataFrame"] canvas').first.bounding_box()
    tab.page.mouse.click(box["x"] + 15, box["y"] + 52)
    tab.page.wait_for_url(re.compile(r"replay.*episode="))
    assert tab.wrong == []
