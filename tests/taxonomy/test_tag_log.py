from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from episodes.entries import Tagged
from episodes.errors import EpisodeUnknown, NotALog
from episodes.reader import LogReader
from episodes.tags import Tag
from episodes.verify import verify
from episodes.writer import LogWriter
from taxonomy.tagging import machine_tags, tag_log, tag_trajectory


@pytest.fixture
def log(make: Any, tmp_path: Path) -> Path:
    path: Path = make.log(
        tmp_path / "x.db",
        make.episode(make.shell("ls", "a\n"), make.finish(), success=True),
        make.episode(make.denied(), make.denied(), shown=("shell.rules[0]",), success=False),
        make.episode(make.shell("true"), status=None),
    )
    return path


def test_tags_are_added_beside_the_steps_of_every_ended_episode(log: Path) -> None:
    assert tag_log(log) == ("r1-0", "r1-1")
    with LogReader.open(log) as reader:
        trajectory = reader.trajectory("r1-1")
        assert [tag for step in trajectory.steps for tag in step.tags] == list(
            tag_trajectory(trajectory)
        )
        assert reader.episode("r1-1").modes == {"loop": 1, "policy_violation": 2}
        assert reader.trajectory("r1-2").steps[0].tags == ()
    assert verify(log).ok


def test_second_tagging_adds_nothing(log: Path) -> None:
    tag_log(log)
    assert tag_log(log) == ()


def test_tagging_again_adds_and_never_overwrites(log: Path) -> None:
    tag_log(log)
    assert tag_log(log, again=True) == ("r1-0", "r1-1")
    with LogReader.open(log) as reader:
        assert len(reader.trajectory("r1-0").steps[0].tags) == 4


def test_tags_of_an_older_version_do_not_stand_for_this_one(log: Path) -> None:
    with LogReader.open(log) as reader:
        trajectory = reader.trajectory("r1-0")
    old = [tag.model_copy(update={"version": "0"}) for tag in tag_trajectory(trajectory)]
    with LogWriter.open(log) as writer:
        head = trajectory.head
        writer.append("annotations", Tagged(episode="r1-0", head=head, tags=tuple(old)))
    assert tag_log(log) == ("r1-0", "r1-1")


def test_open_episode_is_tagged_where_it_is_named_and_again_once_it_has_grown(
    make: Any, log: Path
) -> None:
    assert tag_log(log, ["r1-2"]) == ("r1-2",)
    assert tag_log(log, ["r1-2"]) == ()
    with LogWriter.open(log) as writer:
        ended = make.episode(success=True).ended
        assert ended is not None
        writer.append("episode:r1-2", ended)
    assert tag_log(log, ["r1-2"]) == ("r1-2",)


def test_tags_go_through_a_live_writer(log: Path) -> None:
    with LogWriter.open(log):
        assert tag_log(log) == ("r1-0", "r1-1")
    assert verify(log).ok


def test_long_episode_is_tagged_in_several_entries(make: Any, tmp_path: Path) -> None:
    path = make.log(tmp_path / "x.db", make.episode(*[make.shell("true")] * 600))
    tag_log(path)
    with LogReader.open(path) as reader:
        assert len(list(reader.annotations())) == 3
        trajectory = reader.trajectory("r1-0")
        tags: tuple[Tag, ...] = machine_tags(trajectory)
        assert [tag.step for tag in tags] == list(range(600))
    assert tag_log(path) == ()


def test_unknown_episode_is_named(log: Path) -> None:
    with pytest.raises(EpisodeUnknown, match="no episode 'nope'"):
        tag_log(log, ["nope"])


def test_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("hello\n" * 500)
    with pytest.raises(NotALog):
        tag_log(other)
