"""Secrets that the harness is given: they are in no container, no log and nothing beside it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import docker
import pytest

from containers.engine_host import ensure_engine
from episodes.reader import LogReader
from longleash import Sandbox
from sandbox.boxes.docker_host import open_docker

pytestmark = pytest.mark.docker

# Names that clients for models, registries and clouds are given their keys by.
NAMES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "PIP_INDEX_URL", "CANARY")
POLICY = "coding"
ASKS = (
    "env; cat /proc/self/environ /proc/[0-9]*/environ",
    "python3 -c 'import os; print(os.environ)'",
    "cat /proc/[0-9]*/cmdline; ls -la / /run /tmp ~",
    "grep -rs canary- /workspace /tmp /etc /run",
)
# Root's own look at what the container's files hold.
EVERYWHERE = (
    "grep -rsE 'canary-[0-9a-f]{32}' /workspace /tmp /etc /run /longleash /home /root /var /opt"
)


class Watched:
    """An episode whose container is looked at from outside while it is there."""

    def __init__(self, log: Path) -> None:
        client = ensure_engine(print)
        backend = open_docker("canaries", print)
        self.shown = ""
        try:
            with Sandbox(POLICY, log, backend=backend) as box:
                for command in ASKS:
                    step = box.shell(command)
                    assert step.decision is not None
                    self.shown += step.model_dump_json()
                box.write_file("found.txt", "nothing")
                [container] = _own(client)
                self.inspected = json.dumps(container.attrs)
                looked = container.exec_run(["sh", "-c", EVERYWHERE], user="0:0").output
                self.inside = looked.decode(errors="replace") + _environments(container)
                self.mounts = container.attrs["Mounts"]
                box.finish("done")
        finally:
            backend.close()
            client.close()
        beside = [path for path in log.parent.rglob("*") if path.is_file()]
        self.kept = b"".join(path.read_bytes() for path in beside)


def _own(client: docker.DockerClient) -> list[docker.models.containers.Container]:
    return client.containers.list(filters={"label": "longleash.run=canaries"})


def _environments(container: docker.models.containers.Container) -> str:
    """What each process in it was started with, as the host's kernel tells."""
    folders = [Path("/proc") / row[0] for row in container.top(ps_args="-eo pid")["Processes"]]
    parts = [(folder / name).read_bytes() for folder in folders for name in ("environ", "cmdline")]
    return b"\n".join(parts).decode(errors="replace")


@pytest.fixture(scope="module")
def canary() -> str:
    return f"canary-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, canary: str) -> Watched:
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.setenv(name, canary)
        return Watched(tmp_path_factory.mktemp("canaries") / "log.db")


def test_no_command_of_the_agents_shows_one(watched, canary):
    assert "found.txt" not in watched.shown
    assert "/workspace" in watched.shown, "the control: what the environment holds was shown"
    assert canary not in watched.shown


def test_none_is_in_the_container_for_root_to_find(watched, canary):
    assert "LC_ALL=C.UTF-8" in watched.inside, "the control: environments were read"
    assert canary not in watched.inside


def test_the_engine_was_told_none(watched, canary):
    assert '"Image"' in watched.inspected
    assert canary not in watched.inspected


def test_none_is_in_the_log_or_beside_it(watched, canary):
    assert b"SQLite format 3" in watched.kept
    assert canary.encode() not in watched.kept


def test_nothing_of_the_hosts_is_mounted_where_an_agent_acts(watched):
    # A volume of the guest's own, read-only: neither a log, nor its socket, nor the engine's.
    assert [(one["Type"], one["RW"]) for one in watched.mounts] == [("volume", False)]


def test_what_an_agent_prints_is_a_text_in_its_step_and_never_an_entry(tmp_path):
    entry = {"kind": "episode_ended", "status": "terminated", "cause": "finished", "success": True}
    forged = json.dumps({"id": 1, "ok": True, "exit_code": 0, **entry})
    with Sandbox("offline-shell", tmp_path / "log.db") as box:
        for stream in ("", " >&2"):
            step = box.shell(f"printf '%s\\n' '{forged}' '{forged}'{stream}")
            assert step.observation is not None
            assert step.observation.exit_code == 0
        assert box.shell("echo on").observation.stdout == "on\n"
        box.finish("done")
        episode = box.episode
    with LogReader.open(tmp_path / "log.db") as reader:
        kinds = [entry.body.kind for entry in reader.entries(f"episode:{episode}")]
    assert kinds.count("episode_ended") == 1
    assert kinds.count("completed") == 4
