"""How a command adds to a log: through the live writer, or as the writer where there is none."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from episodes import errors
from episodes.entries import BODY, Body, Entry
from episodes.errors import LogBusy, LogError, UsageError
from episodes.opening import check_path
from episodes.packing import spelt_out
from episodes.server import MESSAGE_BYTES, address_of, read_line
from episodes.writer import LogWriter

_PATIENCE_SECONDS = 10.0
# Between taking its lock and serving its socket, a writer is not to be reached for a moment.
_RETRY_SECONDS = 0.05


def ask(path: Path, message: dict[str, Any]) -> dict[str, Any] | None:
    """Sends one message to a log's live writer.

    Args:
        path: The log.
        message: Its `op` and what that takes.

    Returns:
        The answer; nothing where no writer is alive.

    Raises:
        LogError: The writer does not answer in time, or refused; the error is the one it named.
    """
    text = to_json(message) + b"\n"
    if len(text) > MESSAGE_BYTES:
        raise UsageError(f"{path}: too much at once: send at most {MESSAGE_BYTES} bytes")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            line = _exchange(path, text)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except BlockingIOError as problem:
            # Its queue of clients is full for the moment; nothing was sent.
            if time.monotonic() > deadline:
                raise LogBusy(f"{path}: its writer has too many clients; try again") from problem
            time.sleep(_RETRY_SECONDS)
            continue
        except OSError as problem:
            raise LogError(f"{path}: its writer does not answer: {problem}") from problem
        if not line.endswith(b"\n"):
            raise LogError(f"{path}: its writer ended before it answered; try again")
        answer: dict[str, Any] = from_json(line)
        if answer["ok"]:
            return answer
        if answer["error"] != "LogBusy" or time.monotonic() > deadline:
            raise getattr(errors, answer["error"], LogError)(answer["message"])
        time.sleep(_RETRY_SECONDS)


def _exchange(path: Path, text: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        with address_of(path) as address:
            connection.connect(address)
        # Who is turned away before all was said can still read why.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(text)
        return read_line(connection, MESSAGE_BYTES, _PATIENCE_SECONDS)


class Appender:
    """Appends through whatever writer there is. Made by `appender`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: LogWriter | None = None

    def append(self, chain: str, *bodies: Body) -> tuple[Entry, ...]:
        """Adds entries to a chain, all or none, and returns once they are durable.

        Through another process's writer only annotations and `StopAsked` are taken.

        Raises:
            LogBusy: A writer holds the log and serves no socket.
            LongleashError: As `LogWriter.append`.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        texts = [_json(body) for body in bodies]
        while self._writer is None:
            answer = ask(
                self._path,
                {"op": "append", "chain": chain, "bodies": [from_json(text) for text in texts]},
            )
            if answer is not None:
                return tuple(
                    Entry.model_validate_json(to_json({**entry, "body": from_json(text)}))
                    for entry, text in zip(answer["entries"], texts, strict=True)
                )
            try:
                self._writer = LogWriter.open(self._path)
            except LogBusy:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
        return self._writer.append(chain, *bodies)

    def close(self) -> None:
        """Gives the log back where this was its writer."""
        if self._writer is not None:
            self._writer.close()


@contextmanager
def appender(path: Path | str) -> Iterator[Appender]:
    """A way to append to an existing log, whether or not a run is writing to it.

    Args:
        path: The log's file.

    Raises:
        NotALog: There is no log at the path.
    """
    path = Path(path).absolute()
    check_path(path, writing=False)
    opened = Appender(path)
    try:
        yield opened
    finally:
        opened.close()


def _json(body: Body) -> bytes:
    try:
        return BODY.dump_json(body)
    except PydanticSerializationError:
        return BODY.dump_json(spelt_out(body))
