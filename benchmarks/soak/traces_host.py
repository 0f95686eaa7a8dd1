"""What is looked at from outside once a soak is over: the log, the engine, the machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import docker
import psutil

from benchmarks.own_engine_host import OwnEngine
from episodes.entries import Completed, Intended
from episodes.reader import LogReader
from episodes.verify import verify

_NETWORKS = {"bridge", "host", "none"}
_SECONDS_TO_END = 30.0


def of_log(log: Path, heads: Path, witness: Path) -> Iterator[str]:
    """What is wrong with a log, in words.

    Args:
        log: The log.
        heads: The heads that the run wrote while it went on.
        witness: The tokens that agents were shown.
    """
    verification = verify(log, heads)
    yield from (f"verify: {problem}" for problem in verification.problems)
    yield from (f"still in flight: {flight.episode}" for flight in verification.in_flight)
    shown = set(witness.read_text().split())
    told: set[str] = set()
    with LogReader.open(log) as reader:
        slots: Counter[tuple[str, int]] = Counter()
        wanted: set[tuple[str, int]] = set()
        for run in reader.runs():
            wanted |= {(run.run, number) for number in range(len(run.plan))}
        for row in reader.episodes():
            if row.status is None:
                yield f"{row.episode} has no end"
            # An engine that is gone stops those under way, whose slots are tried again.
            own = row.status == "terminated" or (
                row.status == "truncated" and row.cause not in ("stopped", "budget")
            )
            slots[row.run, row.slot] += own
            chain = list(reader.entries(f"episode:{row.episode}"))
            intended = {entry.body.step for entry in chain if isinstance(entry.body, Intended)}
            completed = [entry.body for entry in chain if isinstance(entry.body, Completed)]
            for body in completed:
                text = body.observation.model_dump_json()
                told.update(token for token in _tokens(text) if token in shown)
                if body.observation.kind != "denied" and body.step not in intended:
                    yield f"{row.episode} step {body.step} ran without an intent"
    for run_id, slot in sorted(wanted):
        if slots[run_id, slot] != 1:
            yield f"{run_id} slot {slot} ended on its own {slots[run_id, slot]} times"
    lost = shown - told
    if lost:
        yield f"{len(lost)} of {len(shown)} results that agents were shown are on no record"


def _tokens(text: str) -> Iterator[str]:
    word = ""
    for letter in text + " ":
        if letter in "0123456789abcdef":
            word += letter
            continue
        if len(word) >= 32:
            # A byte of another kind may stand before it: the token is the end.
            yield word[-32:]
            yield word[:32]
        word = ""


def of_engine(client: docker.DockerClient) -> Iterator[str]:
    """What a run left in an engine that had nothing of others in it."""
    for container in client.api.containers(all=True):
        yield f"container {container['Names']} {container['Command']} {container['Status']}"
    for network in client.api.networks():
        if network["Name"] not in _NETWORKS:
            yield f"network {network['Name']}"
    for volume in client.api.volumes()["Volumes"] or ():
        # The guest's own volume is the engine's, as an image is.
        if not (volume["Labels"] or {}).get("longleash.guest"):
            yield f"volume {volume['Name']}"


class OfEngine(NamedTuple):
    """Processes that an engine still has beside its own two."""

    held: tuple[str, ...]
    """Programs that began in a container, in words."""
    forgotten: tuple[str, ...]
    """Holders without a container, and inits that never became a program, in words."""


def of_engine_processes(engine: OwnEngine) -> OfEngine:
    """What still runs of an engine's, a while after the last container ended.

    An engine that is killed while it makes a container can forget who was to hold it, for as long
    as it runs and over its own restarts. Nothing of ours began there, and a client of the engine
    cannot see it.

    Args:
        engine: The engine, which runs.
    """
    own = ("dockerd", "containerd")
    others = [process for process in engine.processes() if process.name() not in own]
    _, left = psutil.wait_procs(others, timeout=_SECONDS_TO_END)
    held, forgotten = [], []
    for process in left:
        with suppress(psutil.NoSuchProcess):
            forgotten.append(f"process {process.pid} {process.name()} of the engine's")
            for one in process.children(recursive=True):
                said = f"process {one.pid} {one.name()}, held by the engine's {process.name()}"
                (forgotten if one.name().startswith("runc") else held).append(said)
    return OfEngine(tuple(held), tuple(forgotten))


def of_machine(log: Path, mark: str) -> Iterator[str]:
    """Processes, sockets and files that are still there.

    Args:
        log: The log, whose writer is gone.
        mark: A variable that every process of the soak was started with.
    """
    for process in psutil.process_iter():
        try:
            marked = mark in process.environ().values()
        except psutil.Error:
            continue
        if marked and process.pid != os.getpid():
            yield f"process {process.pid} {process.name()} of the run's"
    if log.with_name(f"{log.name}.sock").exists():
        yield f"socket {log.name}.sock"
    listening = Path("/proc/net/unix").read_text()
    if str(log) in listening:
        yield "somebody still listens beside the log"
