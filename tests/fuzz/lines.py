"""Both ends of each line between the host and its containers, given anything at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

from docker.types import Mount

from containers.browser import wire as browser_wire
from containers.channel import Channel
from containers.egress.host import Host
from containers.exchange import Exchange
from containers.guest.wire import Wire
from episodes.actions import ACTION, Action
from episodes.entries import EpisodeStarted, Noted
from episodes.errors import EnvironmentFault
from episodes.provenance import Provenance
from episodes.writer import LogWriter
from policies.loading import parse_policy
from sandbox.boxes import browser_calls, guest_calls
from sandbox.boxes.downloads import Downloads
from sandbox.clock import MonotonicClock
from sandbox.egress.door import Door
from sandbox.egress.doors import Doors
from sandbox.ledger import Ledger
from sandbox.stop_switch import StopSwitch
from sandbox.throttle import Buckets, Throttle

_MOST = 1 << 17
_LONGEST = 1 << 16
_SECONDS = 20.0
_POLICY = b"""
version: 1
name: fuzzed
tools: [shell, browser, files]
web:
  rules:
    - {id: ok, effect: allow, hosts: ["*.test"], types: ["text/*"], largest: 1000}
  downloads: allow
obligations: {redact: [email], keep_bodies: [sent, received]}
"""
_ACTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "shell", "command": "x"},
    {"kind": "read_file", "path": "x"},
    {"kind": "write_file", "path": "x", "data": ""},
    {"kind": "start_process", "name": "p", "command": "x"},
    {"kind": "read_process", "name": "p"},
    {"kind": "stop_process", "name": "p"},
)


def channel(data: bytes) -> None:
    """A hostile guest, against the host: it says `data` and hangs up.

    The first byte says whether that comes as Docker frames it, or as it is.
    """
    near, far = socket.socketpair()
    line = Channel(near, name="fuzzed", max_line=_LONGEST)
    try:
        numbers = [line.send("hello") for _ in range(3)]
        _say(far, _framed(data[1:]) if data[:1] < b"\x80" else data[1:])
        for number in numbers:
            with contextlib.suppress(EnvironmentFault):
                reply = line.receive(number, timeout=_SECONDS)
                assert reply["id"] == number
                assert isinstance(reply["ok"], bool)
        assert len(line.stderr) <= 4 * 8192
        # It is over either way: nothing may be taken from a guest that has gone.
        with contextlib.suppress(EnvironmentFault):
            line.request("hello", timeout=_SECONDS)
            raise AssertionError("a guest that had gone was believed")
    finally:
        line.close()
        far.close()


def reply(data: bytes) -> None:
    """A guest that was taken over answers as the protocol has it, with anything in its fields."""
    said = _object(data)
    if said is None:
        return
    for action in _actions():
        with contextlib.suppress(EnvironmentFault):
            guest_calls.observation_of(action, said, "kill").model_dump_json()
    with contextlib.suppress(EnvironmentFault), guest_calls.believed():
        guest_calls.exported(said["env"])
    with contextlib.suppress(EnvironmentFault):
        browser_calls.looked(said)
    with contextlib.suppress(EnvironmentFault):
        browser_calls.page_of(said, (), ()).model_dump_json()
    browser_calls.kept_of(said)
    browser_calls.failed({"ok": False, **said})
    Downloads(_policy()).deliver(said.get("downloads"), None)


def proxy(data: bytes) -> None:
    """A hostile egress proxy, against the host that answers for an episode."""
    answers: list[dict[str, Any]] = []
    doors = Doors(answers.append)
    doors.add("d000000", _door())
    near, far = socket.socketpair()
    line = Exchange(near, "fuzzed", doors.heard)
    try:
        _say(far, _framed(data))
        _until(lambda: line.gone is not None)
    finally:
        line.close()
        far.close()
        doors.close()
    for answer in answers:
        json.dumps(answer)
        # What it is told either denies, with a rule, or allows what is on record.
        assert "wait" in answer or answer["allow"] or answer["rule"]
    _log().append("annotations", Noted(who="fuzz", text="the log still takes what comes"))


def guest(data: bytes) -> None:
    """A damaged host, against the guest's end: it hears requests, or ends."""
    source, sink = os.pipe()
    try:
        os.write(sink, data[:_LONGEST])
        os.close(sink)
        wire = Wire(source, -1)
        # Whatever is raised ends the guest, and with PID 1 all that is in its container.
        with contextlib.suppress(Exception):
            while wire.receive() is not None:
                continue
    finally:
        os.close(source)


def browser(data: bytes) -> None:
    """The same, of the browser's guest."""
    asyncio.run(_drained(browser_wire.requests, data))


def egress(data: bytes) -> None:
    """The same, of the egress proxy."""
    asyncio.run(_drained(Host().orders, data))


async def _drained(read: Callable[[Any], AsyncIterator[Any]], data: bytes) -> None:
    source, sink = os.pipe()
    os.write(sink, data[:_LONGEST])
    os.close(sink)
    with os.fdopen(source, "rb") as opened, contextlib.suppress(Exception):
        async for _ in read(opened):
            continue


def _framed(data: bytes) -> bytes:
    return b"\x01\0\0\0" + len(data).to_bytes(4, "big") + data


def _say(end: socket.socket, data: bytes) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _MOST)
    end.setblocking(False)
    with contextlib.suppress(OSError):
        end.send(data[:_MOST])
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_WR)


def _until(done: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(int(_SECONDS * 200)):
        if done():
            return
        waiting.wait(0.005)
    raise AssertionError("it hangs")


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return {"ok": True, **said} if isinstance(said, dict) else None


@cache
def _actions() -> tuple[Action, ...]:
    return tuple(ACTION.validate_python(one) for one in _ACTIONS)


@cache
def _policy() -> Any:
    return parse_policy(_POLICY, "fuzzed.yaml")


@cache
def _log() -> LogWriter:
    folder = tempfile.TemporaryDirectory(prefix="longleash-fuzz-")
    _KEPT.append(folder)
    log = LogWriter.open(Path(folder.name) / "fuzz.db")
    began = EpisodeStarted(
        run="r",
        slot=0,
        attempt=0,
        task="t",
        agent="a",
        policy="p",
        instruction="i",
        provenance=Provenance(engine_version="0"),
    )
    log.append("episode:e", began)
    return log


_KEPT: list[object] = []


def _door() -> Door:
    mount = Mount("/nowhere", None, type="tmpfs")
    door = Door("shell", mount, "", lambda: None, lambda: None, lambda *_: None)
    throttle = Throttle(_policy(), "e", Buckets(), StopSwitch())
    door.begin("e", _policy(), _log(), throttle, Ledger(_policy().budgets, MonotonicClock()))
    return door
