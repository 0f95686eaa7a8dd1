"""An agent that draws its actions, and keeps outside of the log which results it was shown."""

from __future__ import annotations

import os
import random
import uuid

from episodes.actions import (
    Action,
    Finish,
    ReadFile,
    RunCommand,
    StartProcess,
    StopProcess,
    WriteFile,
)
from sandbox.agents.agent import View

WITNESS = "LONGLEASH_SOAK_WITNESS"
"""A variable that names the file of the tokens that were shown, one a line."""


class Soaker:
    """A dozen actions of every kind. Each result that holds the token it asked for is witnessed."""

    def __init__(self, seed: int) -> None:
        # Tokens differ from attempt to attempt; what is done is the seed's.
        self._drawn = random.Random(seed)
        self._token = ""
        self._left = self._drawn.randrange(8, 17)
        self._witness = os.open(os.environ[WITNESS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def propose(self, view: View) -> Action:
        """The next action."""
        if view.history and self._token in view.history[-1].observation.model_dump_json():
            # One write, so that whoever dies leaves a whole line or none.
            os.write(self._witness, f"{self._token}\n".encode())
        self._token = uuid.uuid4().hex
        self._left -= 1
        if self._left < 0:
            os.close(self._witness)
            return Finish(answer=self._token)
        if self._left == 0:
            return RunCommand(command=f"touch done; echo {self._token}")
        return self._draw()

    def _draw(self) -> Action:
        token = self._token
        return self._drawn.choice(
            (
                RunCommand(command=f"echo {token}"),
                RunCommand(command=f"echo {token} | tail -n 1; sleep 0.2"),
                RunCommand(command=f"curl -sS -m 10 https://soak.test/say/{token}"),
                RunCommand(command=f"curl -sS -m 10 https://elsewhere.test/say/{token}"),
                RunCommand(command=f"head -c 40000 /dev/urandom | wc -c; echo {token}"),
                RunCommand(command=f"sleep 30 & echo {token}"),
                RunCommand(command=f"perl -e 'print {token}'"),
                StartProcess(name=f"p{self._left}", command=f"echo {token}; sleep 20"),
                StopProcess(name=f"p{self._left + 1}"),
                WriteFile(path=f"f{self._left}", data=token.encode()),
                ReadFile(path=f"f{self._left + 1}"),
            )
        )
