"""What it costs to know which files an action changed, and to begin where a step ended."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from figure import Figure
from steps import in_turn

from episodes.actions import RunCommand
from episodes.entries import EpisodeStarted
from episodes.provenance import Provenance
from episodes.reader import LogReader
from episodes.writer import LogWriter
from policies.loading import load_policy
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import Box, BoxSpec
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.docker_host import DockerBackend, open_docker
from sandbox.boxes.guest_host import Guest
from sandbox.boxes.pool import Pool
from sandbox.fork import read_fork
from sandbox.gate import Gate
from sandbox.plan import ForkPoint

SAMPLES = 300
FORKS = 15
MOST_EXTRA = {0: 1.0, 100: 1.0, 1000: 5.0}
"""Milliseconds that an action may take more for being looked after, by files in the workspace."""
FILES, FILE_BYTES = 100, 104_858
"""A workspace of 10 MB."""


def bench_files(say: Callable[[str], None]) -> list[Figure]:
    """Actions that are looked after and not, beside many files; and a start from a step's state."""
    backend = open_docker("bench", say)
    policy = load_policy("offline-shell")
    with tempfile.TemporaryDirectory() as folder, LogWriter.open(Path(folder) / "log.db") as log:
        try:
            return [*_looking(backend, policy, log), *_forking(backend, policy, log)]
        finally:
            backend.close()


class _Blind:
    """A guest that is never asked to look, whoever asks."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def ask(self, *words: Any, **arguments: Any) -> Mapping[str, Any]:
        arguments.pop("look", None)
        return {**self._guest.ask(*words, **arguments), "files": {"entries": 0}}

    def granted(self, operation: str, *words: Any, **arguments: Any) -> Any:
        if operation == "look":
            return {"files": {"entries": 0}}
        return self._guest.granted(operation, *words, **arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._guest, name)


def _looking(backend: DockerBackend, policy: Policy, log: LogWriter) -> Iterator[Figure]:
    """The same command in boxes with as many files, in one of which nobody looks."""
    spec = BoxSpec(backend.image_id("longleash-shell"), policy)
    ways: dict[str, Callable[[], object]] = {}
    for count in MOST_EXTRA:
        for name in (f"blind_{count}", f"gate_{count}"):
            box = backend.start(spec)
            assert isinstance(box, DockerBox)
            made = box.execute(_filling(count, 500), 60.0)
            assert not made.failed, made
            box.take_changes()
            if name.startswith("blind"):
                box._guest = _Blind(box._guest)  # type: ignore[assignment]
            gate = _gate(policy, box, log, name)
            ways[name] = _doing(gate, "true")
            if count == 100:
                ways[f"{name}_write"] = _doing(gate, "echo $RANDOM > 7")
    medians = in_turn(ways, SAMPLES)
    for name, median in medians.items():
        if not name.startswith("gate"):
            yield Figure(name.replace("blind", "gate_blind") + "_files", median)
            continue
        peer = name.replace("gate", "blind")
        extra = None if name.endswith("write") else MOST_EXTRA[int(name.split("_")[1])]
        yield Figure(
            f"{name}_files",
            median,
            f"gate_{peer}_files",
            median / medians[peer],
            most_extra_ms=None if extra is None else (f"gate_{peer}_files", medians[peer], extra),
        )


def _forking(backend: DockerBackend, policy: Policy, log: LogWriter) -> Iterator[Figure]:
    """From the log's first record to an episode that has begun, in a new container."""
    spec = BoxSpec(backend.image_id("longleash-shell"), policy)
    box = backend.start(spec)
    filled = _gate(policy, box, log, "parent").perform(Proposal(_filling(FILES, FILE_BYTES)), 60.0)
    assert filled.files is not None, filled
    assert len(filled.files.changes) == FILES
    used: list[Box] = []
    count = iter(range(1000))

    def begin(take: Callable[[], Box]) -> None:
        with LogReader.open(log.path) as reader:
            fork = read_fork(reader, ForkPoint(episode="parent", step=0))
        made = take()
        made.restore(fork.workspace)
        _gate(policy, made, log, f"fork{next(count)}", fork.workspace)
        used.append(made)

    def sweep() -> None:
        while used:
            used.pop().close()

    with Pool(backend) as pool:
        medians = in_turn(
            {"fork_cold": lambda: begin(lambda: backend.start(spec)), "sweep": sweep},
            FORKS,
            warm_up=2,
        )
        for _ in range(FORKS + 2):
            pool.expect(spec)
        pool.settle()
        medians |= in_turn({"fork_pooled": lambda: begin(lambda: pool.take(spec))}, FORKS, 2)
        seen = used[-1].execute(RunCommand(command="cat * | wc -c"), 30.0)
        assert seen.stdout.strip() == str(FILES * FILE_BYTES), seen  # type: ignore[union-attr]
        sweep()
    box.close()
    yield Figure("fork_cold_10_mb", medians["fork_cold"], most_ms=450.0)
    yield Figure("fork_pooled_10_mb", medians["fork_pooled"], most_ms=300.0)


def _filling(count: int, size: int) -> RunCommand:
    """Half of each file can be compressed, and half cannot."""
    program = (
        "import os\n"
        f"for n in range({count}):\n"
        f"    open(str(n), 'wb').write(os.urandom({size // 2}) + bytes({size - size // 2}))\n"
    )
    return RunCommand(command="python3 -", stdin=program.encode())


def _doing(gate: Gate, command: str) -> Callable[[], object]:
    proposal = Proposal(RunCommand(command=command))
    return lambda: gate.perform(proposal, 30.0)


def _gate(policy: Policy, box: Box, log: LogWriter, name: str, workspace: Any = None) -> Gate:
    log.append(
        f"episode:{name}",
        EpisodeStarted(
            run="bench",
            slot=0,
            attempt=0,
            task="bench",
            agent="bench",
            policy=policy.name,
            instruction="bench",
            provenance=Provenance(image=box.image, engine_version="bench"),
        ),
    )
    return Gate(policy=policy, box=box, log=log, episode=name, begins_from=workspace)
