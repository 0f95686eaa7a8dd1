"""An episode goes on from a step of another one, and how that went says what the step was worth."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from episodes.chain import digest
from episodes.entries import EpisodeStarted
from episodes.errors import EpisodeUnknown, StateNotKept, TaskInvalid
from episodes.observations import CommandResult
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.workspace import workspace_after
from sandbox.agents.module import load_callable
from sandbox.boxes.backend import CheckResult
from sandbox.boxes.fake_backend import FakeBackend, FakeBox
from sandbox.forking import continuations, plan_forks
from sandbox.interactive import Sandbox
from sandbox.plan import ForkPoint, Plan, Slot, draw_up
from sandbox.runner import RunSettings, run_plan
from taxonomy.tagging import tag_trajectory

ROOT = PurePosixPath("/workspace")


def answer(command, files):
    """`touch NAME` makes a file that holds its own name."""
    name = command.command.split()[-1]
    files[ROOT / name] = name.encode()
    return CommandResult(exit_code=0, cwd=ROOT)


class Judged(FakeBox):
    def check(self, *_, **__):
        return CheckResult(0 if ROOT / "good" in self.files else 1, "", "", timed_out=False)


class Judging(FakeBackend):
    """The task is done where there is a file `good`; every box that was made is kept."""

    def __init__(self):
        super().__init__(answer)
        self.boxes = []

    def start(self, spec):
        box = Judged(spec, self._answer, self._reward, self.open_boxes)
        self.open_boxes.add(box)
        self.boxes.append(box)
        return box


class World:
    """One task, one log, and an agent that is a list of names to touch."""

    def __init__(self, tasks, log_path, folder):
        self.log, self.folder = log_path, folder
        self.task = tasks.make("job")
        (self.task / "files").mkdir()
        (self.task / "files" / "given").write_text("from the task")
        self.backends = []
        agent = self.agent("a", "b", "good")
        plan = draw_up([self.task], agent=agent, policy=None, episodes=1, seed=0)
        [self.parent] = self.run(plan)

    def agent(self, *names, file="agent"):
        path = self.folder / f"{file}.py"
        path.write_text(
            "SEEN = []\n"
            "def act(view):\n"
            "    SEEN.append((view.step, [one.action.command for one in view.history]))\n"
            f"    names = {list(names)!r}\n"
            "    at = view.step\n"
            "    if at < len(names):\n"
            "        return {'kind': 'shell', 'command': 'touch ' + names[at]}\n"
            "    return {'kind': 'finish'}\n"
        )
        return f"python:{path}:act"

    def run(self, plan):
        def backend(_):
            self.backends.append(Judging())
            return self.backends[-1]

        run, _ = run_plan(plan, self.log, backend, RunSettings())
        with LogReader.open(self.log) as reader:
            return [row.episode for row in reader.episodes(run)]

    def fork(self, step, **more):
        with LogReader.open(self.log) as reader:
            plan = plan_forks(reader, ForkPoint(episode=self.parent, step=step), **more)
        return self.run(plan)

    def trajectory(self, episode):
        with LogReader.open(self.log) as reader:
            return reader.trajectory(episode)


@pytest.fixture
def world(tasks, log_path, tmp_path):
    return World(tasks, log_path, tmp_path)


def files(world, at=-1):
    return {path.name: data for path, data in world.backends[at].boxes[0].files.items()}


def test_a_fork_begins_with_the_step_s_files_and_goes_on(world):
    [episode] = world.fork(0)
    found = world.trajectory(episode)
    assert [one.action.command for one in found.steps[:-1]] == ["touch b", "touch good"]
    assert [one.index for one in found.steps] == [0, 1, 2]
    prepared = {one.path for one in found.prepared.files.changes}
    assert prepared == {"given", "a"}
    assert files(world).keys() == {"given", "a", "b", "good"}
    provenance = found.started.provenance
    assert (provenance.parent_episodes, provenance.forked_after) == ((world.parent,), 0)
    assert found.ended.success
    assert verify(world.log).ok


def test_the_agent_knows_the_steps_before_as_its_own(world):
    name = world.agent("x", "y", "good", file="other")
    world.fork(1, agent=name)
    seen = load_callable(name.removeprefix("python:")).__globals__["SEEN"]
    assert seen[0] == (2, ["touch a", "touch b"])
    assert seen[1] == (3, ["touch a", "touch b", "touch good"])


def test_another_agent_policy_and_seed_may_go_on(world):
    agent = world.agent("", "c", file="other")
    first, second = world.fork(0, agent=agent, policy="locked-down", times=2, seed=7)
    found = world.trajectory(first)
    assert found.started.policy == "locked-down"
    assert found.steps[0].action.command == "touch c"
    seeds = {world.trajectory(one).started.provenance.seed for one in (first, second)}
    assert len(seeds) == 2


def test_continuations_are_read_from_the_log_and_the_step_is_tagged_by_them(world):
    world.fork(1, agent=world.agent("a", "b", "good", file="one"), times=4)
    world.fork(1, agent=world.agent("a", "b", "bad", file="two"), times=6)
    world.fork(0, agent=world.agent("a", "other", "good", file="three"), times=2)
    with LogReader.open(world.log) as reader:
        played = continuations(reader, world.parent)
    assert sorted(played[1].taken) == [0.0] * 6 + [1.0] * 4
    assert played[0].taken == (1.0, 1.0)
    assert [(one.action.command, one.returns) for one in played[1].instead] == [
        ("touch other", (1.0, 1.0))
    ]
    assert [one.action.command for one in played[2].instead] == ["touch bad"]
    forecast = world.trajectory(world.parent).steps[1].forecast
    assert forecast is None
    tags = tag_trajectory(world.trajectory(world.parent), None, played)
    assert {tag.step for tag in tags} == {0, 1, 2, 3}


def test_a_task_or_a_policy_that_changed_since_has_to_be_named(world):
    (world.task / "files" / "given").write_text("changed")
    with pytest.raises(TaskInvalid, match="--task"):
        world.fork(0)
    assert len(world.fork(0, task=world.task)) == 1
    assert files(world)["given"] == b"from the task"


def test_a_step_or_an_episode_that_is_not_there_is_told(world):
    with pytest.raises(EpisodeUnknown, match="no step 9"):
        world.fork(9)
    world.parent = "nothing"
    with pytest.raises(EpisodeUnknown):
        world.fork(0)


def test_an_episode_that_nobody_looked_at_cannot_be_forked(world):
    plain = world.trajectory(world.parent)
    steps = tuple(one.model_copy(update={"files": None}) for one in plain.steps)
    with pytest.raises(StateNotKept, match="nobody looked"):
        workspace_after(plain.model_copy(update={"steps": steps}), 1, lambda _: b"")


def test_an_old_plan_has_the_digest_that_it_had(world):
    slot = Slot(index=0, task="/t", agent="a", policy=None, seed=1)
    assert Plan(slots=(slot,)).digest == digest(
        b'{"slots":[{"index":0,"task":"/t","agent":"a","policy":null,"seed":1,"fault":null}]}'
    )
    forked = slot.model_copy(update={"fork": ForkPoint(episode="e", step=3)})
    assert Slot.model_validate(forked.model_dump(mode="json")) == forked


def test_by_hand_it_goes_on_too(world):
    backend = Judging()
    with Sandbox(log=world.log, backend=backend, fork=(world.parent, 1)) as box:
        assert files_of(backend) == {"given", "a", "b"}
        step = box.shell("ls c")
        episode = box.episode
    assert step.files.changes[0].path == "c"
    found = world.trajectory(episode)
    assert isinstance(found.started, EpisodeStarted)
    assert found.started.provenance.forked_after == 1
    with LogReader.open(world.log) as reader, pytest.raises(TaskInvalid, match="by hand"):
        plan_forks(reader, ForkPoint(episode=episode, step=0))


def files_of(backend):
    return {path.name for path in backend.boxes[0].files}


@pytest.mark.docker
def test_the_command_goes_on_in_a_real_container_and_tags_the_step(tasks, log_path, longleash):
    steps = ["mkdir d; echo one > d/a", "cd d; export GREETING=hello", "echo $GREETING > b; cat a"]
    check = 'test -f "$LONGLEASH_WORKSPACE/d/b"'
    folder = tasks.make("real", steps, check=check)
    ran = longleash("run", folder, "--agent", "scripted:run", "--log", log_path)
    assert ran.code == 0, ran.err
    with LogReader.open(log_path) as reader:
        [parent] = [row.episode for row in reader.episodes()]
    forked = longleash("fork", parent, "--step", 1, "--log", log_path, "--continuations", 2)
    assert forked.code == 0, forked.out + forked.err
    assert "2 of 2 continuations succeeded" in forked.out
    with LogReader.open(log_path) as reader:
        found = [reader.trajectory(row.episode) for row in reader.episodes()]
    assert len(found) == 3
    for one in found[1:]:
        assert one.ended.success
        assert [step.action.kind for step in one.steps] == ["shell", "finish"]
        assert one.steps[0].observation.stdout == "one\n"
        assert one.prepared.exported.values["GREETING"] == "hello"
    shown = longleash("show", parent, "--step", 2, "--log", log_path)
    assert "created d/b" in shown.out
    assert "+hello" in shown.out
    refused = longleash("fork", parent, "--step", 9, "--log", log_path)
    assert (refused.code, "no step 9" in refused.err) == (2, True)
    assert verify(log_path).ok
