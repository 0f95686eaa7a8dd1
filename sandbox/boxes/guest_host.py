"""One container with a guest of ours in it, and the line to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import docker
import requests
from docker.errors import DockerException, NotFound

from containers.channel import Channel
from episodes.errors import ChannelBroken, EnvironmentFault, GuestGone, GuestRefused
from sandbox.boxes.engine_errors import engine_errors
from sandbox.boxes.orphans_host import remove

GRACE_SECONDS = 10.0
"""How long a guest may take beyond what it was given for an operation."""

_START_SECONDS = 30.0


class Guest:
    """A container that was created, and is this one's to remove.

    Args:
        client: The engine.
        container: The container's id.
        kind: What to call it in errors.
    """

    def __init__(self, client: docker.DockerClient, container: str, kind: str = "guest") -> None:
        self._client, self.container, self._kind = client, container, kind
        self._channel: Channel | None = None
        self._lock = threading.Lock()
        self._cancelled = False
        self._running: int | None = None
        self._closed = False

    def open(self, settings: Mapping[str, Any], within: float = _START_SECONDS) -> tuple[Any, Any]:
        """Starts the container and tells its guest what holds.

        Args:
            settings: What `configure` is told.
            within: How long each answer may take, in seconds.

        Returns:
            The guest's answers to `hello` and to `configure`.

        Raises:
            EnvironmentFault: The guest did not come up.
        """
        with engine_errors():
            attached = self._client.api.attach_socket(
                self.container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
            self._channel = Channel(attached, name=f"{self._kind} of {self.container[:12]}")
            # Asked before it runs: the guest reads both while the engine is still saying so.
            hello_number = self._channel.send("hello")
            configure_number = self._channel.send("configure", **settings)
            self._client.api.start(self.container)
        return self._answer("hello", hello_number, within), self._answer(
            "configure", configure_number, within
        )

    def granted(self, operation: str, within: float = _START_SECONDS, /, **arguments: Any) -> Any:
        """An operation of ours, which no agent can make fail by what it asks.

        Raises:
            EnvironmentFault: It failed, or the guest is gone.
        """
        return _done(operation, self.ask(operation, within, **arguments))

    def ask(
        self,
        operation: str,
        within: float,
        record: Callable[[], None] | None = None,
        /,
        **arguments: Any,
    ) -> Any:
        """An operation's answer; with `record`, of one that is held until it returned.

        Raises:
            EnvironmentFault: The guest is gone, or broke the protocol.
        """
        assert self._channel is not None
        try:
            with self._explained():
                number = self._channel.send(operation, **arguments)
                with self._lock:
                    self._running = number
                    cancelled = self._cancelled
                if cancelled:
                    # Pressed between two actions: this one must not outlive it.
                    self._cancel(number)
                if record is not None:
                    self._go(number, record)
                return self._channel.receive(number, timeout=within)
        finally:
            self._running = None

    def cancel(self) -> None:
        """Ends what is running now, and what is asked for later; from any thread."""
        with self._lock:
            self._cancelled = True
            running = self._running
        if running is not None:
            self._cancel(running)

    def break_down(self) -> None:
        """Kills the container from outside."""
        with engine_errors():
            self._client.api.kill(self.container)

    def close(self) -> bool:
        """Removes the container; returns whether it was this call that did."""
        with self._lock:
            if self._closed:
                return False
            self._closed = True
        if self._channel is not None:
            self._channel.close()
        with engine_errors():
            remove(self._client, self.container)
        return True

    def _answer(self, operation: str, number: int, within: float) -> Any:
        assert self._channel is not None
        with self._explained():
            return _done(operation, self._channel.receive(number, timeout=within))

    def _go(self, number: int, record: Callable[[], None]) -> None:
        assert self._channel is not None
        try:
            record()
        except BaseException:
            # It never began. Who is told of that must not meet its answer later.
            with suppress(EnvironmentFault):
                self._channel.cancel(number)
                self._channel.receive(number, timeout=GRACE_SECONDS)
            raise
        self._channel.go(number)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Adds what the engine knows to what the channel says of a guest's end."""
        try:
            yield
        except (GuestGone, ChannelBroken) as fault:
            raise type(fault)(f"{fault}; {self._cause()}") from fault

    def _cancel(self, number: int) -> None:
        assert self._channel is not None
        with suppress(EnvironmentFault):
            # A guest that is gone runs nothing; who waits for it is told of that.
            self._channel.cancel(number)

    def _cause(self) -> str:
        """What the engine knows of a container whose guest is gone."""
        try:
            state = self._client.api.inspect_container(self.container)["State"]
        except NotFound:
            return "its container was removed"
        except (DockerException, requests.RequestException) as problem:
            return f"the engine does not answer: {problem}"
        if state.get("OOMKilled"):
            return "its container ran out of memory"
        if state.get("Running"):
            return "its container still runs"
        return f"its container ended with {state.get('ExitCode')}"


def _done(operation: str, reply: Any) -> Any:
    if not reply["ok"]:
        raise GuestRefused(f"{operation}: {reply.get('error')}: {reply.get('message')}")
    return reply
