"""Each page on a good log, an empty one, a damaged one, and one that is being written."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

import viewer
from episodes.observations import CommandResult
from episodes.writer import LogWriter
from viewer import standing
from viewer.checker_host import check
from viewer.opened import VARIABLE

SCREENS = ("overview", "listing", "replay", "compare", "judge", "approvals", "policy")
FOLDER = Path(viewer.__file__).parent / "screens"


@pytest.fixture(scope="session")
def components():
    """What every installed package declares, which each page would read anew, for half a second."""
    found = BidiComponentManager()
    found.discover_and_register_components(start_file_watching=False)
    return found


@pytest.fixture
def show(monkeypatch, components):
    def run(log, screen, **query):
        monkeypatch.setenv(VARIABLE, str(log))
        page = AppTest.from_file(str(FOLDER / f"{screen}.py"), default_timeout=30)
        page._bidi_component_manager = components
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return run


def words(page):
    said = [*page.error, *page.warning, *page.info, *page.caption, *page.text, *page.code]
    return "\n".join(str(one.value) for one in said)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_shows_a_log_without_a_fault(screen, full, show):
    page = show(full.path, screen)
    assert not page.exception, page.exception


@pytest.mark.parametrize("screen", [name for name in SCREENS if name != "approvals"])
def test_a_page_says_that_a_log_is_empty(screen, made, show):
    page = show(made.path, screen)
    assert not page.exception, page.exception
    assert "No episodes in this log yet" in words(page)


@pytest.mark.parametrize("screen", [name for name in SCREENS if name != "approvals"])
def test_a_page_says_why_a_log_that_is_none_cannot_be_shown(screen, tmp_path, show):
    other = tmp_path / "other.db"
    other.write_text("no log at all, and long enough to be taken for one" * 100)
    page = show(other, screen)
    assert not page.exception, page.exception
    assert "cannot be shown" in words(page)
    assert "not a Longleash log" in words(page)


def test_a_page_of_nobody_asking_says_so(full, show):
    assert "nothing waits" in words(show(full.path, "approvals"))


def test_an_episode_that_is_being_written_is_shown_as_far_as_it_is(made, show):
    name = made.episode(ended=False)
    page = show(made.path, "replay", episode=name)
    assert not page.exception, page.exception


def test_an_episode_that_is_not_there_is_told_as_plain_text(full, show):
    page = show(full.path, "replay", episode="[no](http://evil.example)")
    assert not page.exception, page.exception
    assert page.code[0].value == "[no](http://evil.example)"


def test_a_record_that_was_changed_is_named(full, show):
    db = sqlite3.connect(full.path)
    db.execute("DROP TRIGGER entries_no_update")
    db.execute(
        'UPDATE entries SET body = \'{"kind": "nonsense"}\' '
        "WHERE chain = 'episode:e0002' AND sequence = 3"
    )
    db.commit()
    db.close()
    page = show(full.path, "replay", episode="e0002")
    assert not page.exception, page.exception
    assert "episode:e0002 entry 3" in words(page)
    assert not show(full.path, "replay", episode="e0001").exception


@pytest.mark.parametrize(
    ("screen", "query"),
    [
        ("replay", {"episode": "e0002"}),
        ("compare", {"task": "clean", "left": "e0002", "right": "e0000"}),
        ("judge", {"task": "clean"}),
    ],
)
def test_a_record_that_was_edited_and_can_still_be_read_is_shown_under_a_banner(
    screen, query, full, show
):
    assert "does not verify" not in words(show(full.path, screen, **query))
    db = sqlite3.connect(full.path)
    db.execute("DROP TRIGGER entries_no_update")
    db.execute(
        "UPDATE entries SET body = replace(body, 'total 3', 'total 4') WHERE chain LIKE 'episode:%'"
    )
    db.commit()
    db.close()
    page = show(full.path, screen, **query)
    assert not page.exception, page.exception
    assert "does not verify" in words(page)
    assert re.search(r"episode:e000\d entry \d+ was edited", words(page))
    if screen == "judge":  # The others show what was read in a component, or not at all.
        assert "total 4" in words(page)


@pytest.mark.slow
def test_every_page_says_of_a_log_that_does_not_verify_which_record_is_wrong(full, show):
    try:
        standing.say(check(full.path))
        for screen in SCREENS:
            assert "does not verify" not in words(show(full.path, screen)), screen
        db = sqlite3.connect(full.path)
        db.execute("DROP TRIGGER entries_no_update")
        db.execute("UPDATE entries SET at = '2020' WHERE chain = 'episode:e0001' AND sequence = 2")
        db.commit()
        db.close()
        standing.say(check(full.path))
        for screen in SCREENS:
            page = show(full.path, screen)
            assert not page.exception, page.exception
            assert words(page).count("This log does not verify") == 1, screen
            assert "episode:e0001 entry 2 is edited" in words(page), screen
    finally:
        standing.say(None)


def test_a_blob_that_is_gone_does_not_hide_the_rest(made, show):
    name = made.episode(page=CommandResult(exit_code=0, stdout="long " * 10_000))
    shutil.rmtree(made.path.with_name(made.path.name + ".blobs"))
    page = show(made.path, "replay", episode=name)
    assert not page.exception, page.exception
    assert not page.error


def test_a_filter_in_the_address_is_the_filter_of_the_page(full, show):
    page = show(full.path, "listing", task="count", agent="scripted:lazy")
    assert list(page.dataframe[0].value["episode"]) == ["e0005", "e0003"]
    assert page.selectbox(key="filter-agent").value == "scripted:lazy"


def test_what_is_chosen_goes_into_the_address(full, show):
    page = show(full.path, "listing")
    page.selectbox(key="filter-task").select("count").run()
    assert page.query_params["task"] in ("count", ["count"])
    assert len(page.dataframe[0].value) == 3


def test_what_is_sorted_by_goes_into_the_address(full, show):
    page = show(full.path, "listing")
    page.selectbox(key="filter-sort").select("reward").run()
    assert page.query_params["sort"] in ("reward", ["reward"])
    rewards = list(page.dataframe[0].value["reward"])
    assert rewards == sorted(rewards, reverse=True)


def test_a_vote_is_in_the_log_under_the_judges_name(full, show, reading):
    page = show(full.path, "judge")
    page.text_input[0].set_value("ada").run()
    page.button(key="vote-left").click().run()
    assert not page.exception, page.exception
    [vote] = [entry.body for entry in reading(full).annotations() if entry.body.kind == "voted"]
    assert (vote.judge, vote.better) == ("ada", "left")


def test_the_machines_tag_is_shown_only_after_the_persons(full, show, reading):
    page = show(full.path, "judge", kind="tag steps", task="clean")
    assert "rules:" not in words(page)
    page.radio[0].set_value("hallucination")
    page.button[0].click().run()
    assert not page.exception, page.exception
    assert "rules: " in words(page)
    assert page.radio[0].value is None, "the next step is not judged by what the last one was"
    tags = reading(full).tags("e0004")
    assert [tag.primary for tag in tags if tag.tagger.startswith("person:")] == ["hallucination"]


def test_two_episodes_part_where_their_actions_first_differ(full, show):
    page = show(full.path, "compare", task="clean", left="e0000", right="e0002")
    assert "Every action is the same" in page.success[0].value


@pytest.fixture
def run(made):
    """A run that writes the log, asks about an episode's step, and notes what it is told."""
    name = made.episode(ended=False)
    told = []
    question = {
        "question": f"{name}/3",
        "episode": name,
        "step": 0,
        "text": "cat a.txt",
        "rule_id": "ask.cat",
        "reason": "somebody should look",
        "harm": None,
        "seconds_left": 60.0,
    }
    with LogWriter.open(made.path) as log:
        log.on("under_way", lambda _: {"run": "r1", "episodes": {name: False}})
        log.on("approvals", lambda _: {"questions": [question]})
        for operation in ("approve", "pause", "go_on", "stop"):
            log.on(operation, lambda message: told.append(message) or {})
        yield made.path, name, told


def test_who_approves_sees_what_the_agent_says_of_it_and_what_the_policy_says(run, show):
    path, _, _ = run
    page = show(path, "approvals")
    assert not page.exception, page.exception
    said = words(page)
    assert "cat a.txt" in said
    assert "purpose: exploit" in said
    assert "Clean the table." in said
    assert "ask.cat: somebody should look" in said
    assert "No reviewer was asked." in said


def test_an_answer_goes_to_the_run_with_a_name_and_a_reason(run, show):
    path, name, told = run
    page = show(path, "approvals")
    page.text_input[0].set_value("ada").run()
    page.text_input(key=f"reason-{name}/3").set_value("looks right").run()
    page.button(key=f"once-{name}/3").click().run()
    [answer] = told
    assert (answer["op"], answer["verdict"]) == ("approve", "allow")
    assert (answer["who"], answer["reason"]) == ("ada", "looks right")


@pytest.mark.parametrize("which", ["run", "episode"])
def test_the_run_or_one_episode_is_paused_and_stopped_with_who_and_why(which, run, show):
    path, name, told = run
    page = show(path, "approvals")
    page.text_input[0].set_value("ada").run()
    page.text_input(key="why-brakes").set_value("wrong table").run()
    key = name if which == "episode" else "run"
    page.button(key=f"hold-{key}").click().run()
    page.button(key=f"stop-{key}").click().run()
    assert [one["op"] for one in told] == ["pause", "stop"]
    of = name if which == "episode" else None
    assert {(one["who"], one["why"], one["episode"]) for one in told} == {
        ("ada", "wrong table", of)
    }
