"""Commands run for real, with every program that they execute taken down."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import docker
import pytest

from containers.engine_host import ensure_engine
from containers.images_host import build_task_image

IMAGE = Path(__file__).parent / "images" / "traced"
WORKERS = 2
SECONDS = 0.4
_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+:@%-]{0,60}")


Job = tuple[str, dict[str, str]]
"""One command to run, and its variables besides PATH, HOME and LANG."""


class Executed(NamedTuple):
    """One thing that happened as a command ran."""

    pid: int
    child: int
    """The process it started, -1 where that was not told; 0 where it executed a program."""
    file: str
    argv: tuple[str, ...]
    """Each cut at 2,000 bytes, with an ellipsis where that cut something off."""


Trace = Callable[[Sequence[Job]], list[list[Executed]]]


@pytest.fixture(scope="session")
def trace() -> Iterator[Trace]:
    """Runs commands in one container and gives for each what happened, in order."""
    client = ensure_engine(print)
    image = build_task_image(client, IMAGE, print)
    yield lambda jobs: traced(client, image, jobs)
    client.close()


def traced(client: docker.DockerClient, image: str, jobs: Sequence[Job]) -> list[list[Executed]]:
    """What happened as each command ran, by the image's own account."""
    container = client.containers.create(
        image,
        labels={"longleash.test": "traced"},
        network_mode="none",
        security_opt=["no-new-privileges"],
        # Without it `find /` would spend its time below /sys.
        tmpfs={"/tmp": "size=512m,exec", "/sys": "size=1m"},
        mem_limit="2g",
        pids_limit=512,
    )
    try:
        container.put_archive("/", _archive("jobs.json", _plan(jobs)))
        container.start()
        status = container.wait()["StatusCode"]
        assert status == 0, container.logs(stdout=False).decode(errors="replace")[-2000:]
        lines = container.logs(stderr=False).decode().splitlines()
    finally:
        container.remove(force=True)
    found: list[list[Executed]] = [[] for _ in jobs]
    for line in lines:
        at, events = json.loads(line)
        found[at] = [_executed(event) for event in events]
    return found


def _plan(jobs: Sequence[Job]) -> bytes:
    plan = {
        "workers": WORKERS,
        "seconds": SECONDS,
        "stubs": sorted({word for job in jobs for word in _TOKEN.findall(job[0])}),
        "jobs": [
            {"at": at, "command": command, "environment": environment}
            for at, (command, environment) in enumerate(jobs)
        ],
    }
    return json.dumps(plan).encode()


def _executed(event: list[Any]) -> Executed:
    if len(event) < 3:
        return Executed(event[0], event[1] if len(event) > 1 else 0, "", ())
    return Executed(event[0], 0, event[1], tuple(event[2]))


def _archive(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
