"""Runs of many episodes, killed, resumed and looked at; see `soak`."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.own_engine_host import OwnEngine
from benchmarks.soak import traces_host
from benchmarks.soak.agent import WITNESS
from benchmarks.soak.killer_host import Killer, Kind
from episodes.errors import LogError
from episodes.reader import LogReader

MARK = "LONGLEASH_SOAK_MARK"
"""A variable by which a soak's processes are known."""

_ROOT = Path(__file__).parents[2]
_TASK = Path(__file__).parent / "mixed"
_AGENT = Path(__file__).parent / "agent.py"
_HANGS_SECONDS = 180.0
_SETTLED = 100
"""Episodes until a process has loaded all that it needs, and its memory is compared."""


@dataclass
class Outcome:
    """What came of a soak."""

    seed: int
    """What everything was drawn from."""
    seconds: float = 0.0
    """How long it took."""
    episodes: int = 0
    """Attempts that are on record."""
    steps: int = 0
    """Steps that are on record."""
    killed: Counter[Kind] = field(default_factory=Counter)
    """How many of what."""
    grown: float = 0.0
    """Most bytes by which a run's process grew per 1,000 episodes, after its first hundred."""
    measured: int = 0
    """Over how many episodes that was measured."""
    forgotten: list[str] = field(default_factory=list)
    """What the engine itself forgot when it was killed, in words; only where it was killed."""
    found: list[str] = field(default_factory=list)
    """All that is wrong, in words; empty where everything held."""


class Soak:
    """One log, one engine, runs one after another.

    Args:
        engine: Its own, which is killed.
        folder: For the log and what witnesses it.
        parallel: How many episodes at once.
        seed: For all that is drawn.
        say: Is told how it goes.
    """

    def __init__(
        self, engine: OwnEngine, folder: Path, parallel: int, seed: int, say: Callable[[str], None]
    ) -> None:
        self._engine, self._parallel, self._say = engine, parallel, say
        self._drawn = random.Random(seed)
        self._log, self._heads = folder / "soak.db", folder / "heads"
        self._witness, self._out = folder / "witness", folder / "out"
        self._witness.touch()
        self._heads.touch()
        self._mark = uuid.uuid4().hex
        self._client = engine.client()
        self._process: subprocess.Popen[bytes] | None = None
        self.outcome = Outcome(seed)

    def run(self, seconds: float, rounds: Callable[[int], tuple[int, tuple[Kind, ...]]]) -> Outcome:
        """Runs rounds until the time is over and the last one is done, then looks.

        Args:
            seconds: Least time.
            rounds: For a round's number, how many episodes and what may be killed.
        """
        began = time.monotonic()
        number = 0
        try:
            while time.monotonic() - began < seconds and not self.outcome.found:
                episodes, kinds = rounds(number)
                self._round(number, episodes, kinds)
                number += 1
            self.outcome.seconds = time.monotonic() - began
            self._look()
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            self._client.close()
        return self.outcome

    def _round(self, number: int, episodes: int, kinds: tuple[Kind, ...]) -> None:
        killer = Killer(self._client, self._drawn, kinds)
        self._say(f"round {number}: {episodes} episodes, {', '.join(kinds)} killed")
        self._start(str(_TASK), "--agent", f"python:{_AGENT}:Soaker", "--episodes", str(episodes))
        while not self.outcome.found:
            ended = self._watch(killer)
            if ended == "done":
                break
            if ended == "engine":
                self._engine.start()
            self._start("--resume")
        self.outcome.killed += killer.killed

    def _start(self, *words: str) -> None:
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, str(_ROOT / "longleash.py"), "run", *words),
                    *("--parallel", str(self._parallel), "--retries", "50"),
                    *("--log", str(self._log), "--heads", str(self._heads)),
                    *("--seed", str(self._drawn.randrange(1 << 30))) * (words[0] != "--resume"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=_ROOT,
                env=os.environ
                | {"DOCKER_HOST": self._engine.host, "ENGINE": "none", "COLUMNS": "200"}
                | {WITNESS: str(self._witness), MARK: self._mark},
            )

    def _watch(self, killer: Killer) -> Kind | str:
        """Until the run's process is gone; says why."""
        assert self._process is not None
        process, memory = self._process, _Memory(self._process.pid)
        cause: Kind | None = None
        before, last = self._ended(), time.monotonic()
        due = before + killer.pause()
        while process.poll() is None:
            time.sleep(0.2)
            ended = self._ended()
            memory.sample(ended)
            if ended != before:
                before, last = ended, time.monotonic()
            if time.monotonic() - last > _HANGS_SECONDS:
                self.outcome.found.append(f"nothing ended for {_HANGS_SECONDS:.0f} seconds")
                break
            if cause is None and ended > due:
                kind = killer.choose()
                due = ended + killer.pause()
                if kind == "engine":
                    self._engine.end(signal.SIGKILL)
                elif kind == "run":
                    process.kill()
                else:
                    killer.kill_container(kind)
                    continue
                killer.killed[kind] += 1
                cause = kind
        self._note(memory)
        return self._judged(process.wait() if cause != "engine" else process.poll(), cause)

    def _judged(self, code: int | None, cause: Kind | None) -> Kind | str:
        expected = {None: (0,), "run": (-signal.SIGKILL,), "engine": (2, 3, 0)}[cause]
        if code not in expected:
            tail = self._out.read_text(errors="replace")[-2000:]
            self.outcome.found.append(f"the run ended with {code} after {cause}: {tail}")
        return cause or "done"

    def _ended(self) -> int:
        try:
            with LogReader.open(self._log) as reader:
                rows = reader.select("SELECT count(*) AS n FROM episodes WHERE finished NOT NULL")
                return int(rows[0]["n"])
        except LogError:
            return 0

    def _note(self, memory: _Memory) -> None:
        grown, over = memory.grown()
        if over > self.outcome.measured:
            self.outcome.grown, self.outcome.measured = grown, over

    def _look(self) -> None:
        found = self.outcome.found
        if not self._log.exists():
            return
        found += traces_host.of_log(self._log, self._heads, self._witness)
        found += traces_host.of_engine(self._client)
        found += traces_host.of_machine(self._log, self._mark)
        processes = traces_host.of_engine_processes(self._engine)
        found += processes.held
        (self.outcome.forgotten if self.outcome.killed["engine"] else found).extend(
            processes.forgotten
        )
        if "Traceback" in self._out.read_text(errors="replace"):
            found.append(f"a traceback in what the runs said: {self._out}")
        with LogReader.open(self._log) as reader:
            rows = reader.episodes()
        self.outcome.episodes = len(rows)
        self.outcome.steps = sum(row.steps for row in rows)


class _Memory:
    """How a process's memory goes with the episodes that have ended."""

    def __init__(self, process: int) -> None:
        self._process = psutil.Process(process)
        self._first: int | None = None
        self._samples: list[tuple[int, int]] = []

    def sample(self, ended: int) -> None:
        if self._first is None:
            self._first = ended
        try:
            resident = self._process.memory_info().rss
        except psutil.NoSuchProcess:
            return
        if ended - self._first >= _SETTLED:
            self._samples.append((ended - self._first, resident))

    def grown(self) -> tuple[float, int]:
        """Bytes per 1,000 episodes, and over how many that was seen."""
        if len(self._samples) < 20:
            return 0.0, 0
        tenth = max(1, len(self._samples) // 10)
        early, late = self._samples[:tenth], self._samples[-tenth:]
        episodes = [statistics.median(count for count, _ in part) for part in (early, late)]
        resident = [statistics.median(size for _, size in part) for part in (early, late)]
        over = episodes[1] - episodes[0]
        return (resident[1] - resident[0]) * 1000 / max(over, 1), int(over)
