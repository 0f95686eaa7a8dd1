"""How often `longleash drift` cries wolf, and how small a change it sees.

Answers are drawn from made-up models with a seed: most straight from the distributions, some
through a server on loopback, the SDK and the log, so that nothing on the way makes draws depend on
one another. `python benchmarks/drift.py` prints the figures of docs/agents.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from episodes.writer import LogWriter
from llms.openai_client import OpenAIClient
from llms.probes import PROBES
from sandbox.agents.models.probing import DRAWS, record_probing
from taxonomy.drift import ALARM_AT, drift
from taxonomy.sameness_of_models import same

CHOICES = 12
"""How many answers a question has in these models."""
TABLES = 1_999
"""Of each test here: its level is the same for any number, and the power hardly more with more."""


class Made:
    """A model: a distribution over answers for each question.

    Args:
        spread: How even they are: 0.1 answers nearly always the same, 3 nearly anything.
        seed: Of the distributions.
    """

    def __init__(self, spread: float, seed: int = 1) -> None:
        generator = np.random.default_rng(seed)
        self.chances = generator.dirichlet([spread] * CHOICES, len(PROBES))

    def tempered(self, power: float) -> Made:
        """The same at another temperature: its chances to a power, made to sum to one again."""
        made = Made.__new__(Made)
        raised = self.chances**power
        made.chances = raised / raised.sum(axis=1, keepdims=True)
        return made

    def tilted(self, amount: float, generator: np.random.Generator) -> Made:
        """The same in another hour: its log-chances each moved a little, for all draws of it."""
        made = Made.__new__(Made)
        moved = self.chances * np.exp(generator.normal(0, amount, self.chances.shape))
        made.chances = moved / moved.sum(axis=1, keepdims=True)
        return made

    def answers(self, draws: int, generator: np.random.Generator) -> list[list[str]]:
        drawn = (generator.choice(CHOICES, draws, p=chances) for chances in self.chances)
        return [[str(one) for one in row] for row in drawn]


def share(found: int, of: int) -> str:
    interval = binomtest(found, of).proportion_ci(0.95, method="wilson")
    low, high = interval.low, interval.high
    return f"{found} of {of} ({found / of:.2%}; 95% interval {low:.2%} to {high:.2%})"


def alarms(one: Made, other: Made, trials: int, *, before: int = 1, hours: float = 0.0) -> str:
    generator = np.random.default_rng(11)
    found = 0
    for _ in range(trials):
        sides = []
        for model, times in ((one, before), (other, 1)):
            parts = [
                (model.tilted(hours, generator) if hours else model).answers(DRAWS, generator)
                for _ in range(times)
            ]
            sides.append([list(chain(*rows)) for rows in zip(*parts, strict=True)])
        p = same(*sides, tables=TABLES, seed=int(generator.integers(2**31)))
        found += p <= ALARM_AT
    return share(found, trials)


@contextmanager
def serving(model: Made) -> Iterator[str]:
    generator, lock = np.random.default_rng(5), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            question = PROBES.index(asked["messages"][1]["content"])
            with lock:
                drawn = int(generator.choice(CHOICES, p=model.chances[question]))
            function = {"name": "answer", "arguments": json.dumps({"answer": str(drawn)})}
            call = {"id": "c", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            answer = {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "made",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            }
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def served(model: Made, times: int) -> str:
    """The whole way: a served model is probed so often, and its log is followed."""
    with tempfile.TemporaryDirectory() as folder, serving(model) as url:
        log = Path(folder) / "drift.db"
        client = OpenAIClient("made", url)
        with LogWriter.open(log) as writer:
            for _ in range(times):
                record_probing("openai:made", client, writer.append)
        [found] = drift([log])
    return share(sum(one.alarm for one in found.probings), times - 1)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--trials", type=int, default=700)
    asked.add_argument("--served", type=int, default=100)
    given = asked.parse_args()
    usual, sure = Made(0.5), Made(0.05)
    few = given.trials // 10
    print(f"{len(PROBES)} questions, {DRAWS} draws each, an alarm at p <= {ALARM_AT}")
    print("False alarms, where nothing changed:")
    print("  against one probing before:   ", alarms(usual, usual, given.trials))
    print("  against five before:          ", alarms(usual, usual, given.trials, before=5))
    print("  a model that is nearly certain:", alarms(sure, sure, given.trials))
    for hours in (0.2, 0.5, 1.0):
        told = alarms(usual, usual, few, before=5, hours=hours)
        print(f"  log-chances that move by {hours} from one probing to the next: {told}")
    print("  probed through a server:      ", served(usual, given.served))
    print("Alarms, where something changed, against five probings before:")
    for power in (0.7, 0.5, 1.43, 2.0):
        told = alarms(usual, usual.tempered(power), few, before=5)
        print(f"  temperature 1 -> {1 / power:.2f}: {told}")
    for amount in (0.5, 1.0):
        other = usual.tilted(amount, np.random.default_rng(3))
        told = alarms(usual, other, few, before=5)
        print(f"  log-chances that moved by {amount} once and for all: {told}")
    print("  another model:                ", alarms(usual, Made(0.5, seed=2), few, before=5))


if __name__ == "__main__":
    main()
