"""Root's eye in a container: a shell that tries conditions there, apart from the agent's."""

from __future__ import annotations

import uuid
from typing import Any, cast

import docker
from docker.errors import APIError

from episodes.errors import EnvironmentFault

_HEADER = 8
_SECONDS = 20.0


class Looker:
    """A shell of root's in a running container, with the capabilities that the container has.

    It stays open, since a program that is started anew for each question takes longer than what
    it is to see may last, and cannot start at all where no process is left. What it answers comes
    from builtins wherever that may be so.

    Args:
        client: The engine.
        container: Where to look.
        user: Whose eye it is.
    """

    def __init__(self, client: docker.DockerClient, container: str, user: str = "0:0") -> None:
        self._client, self._container, self._user = client, container, user
        self._open()

    def _open(self) -> None:
        api = self._client.api
        made = api.exec_create(
            self._container, ["/bin/sh"], stdin=True, user=self._user, workdir="/"
        )
        self._stream = cast(Any, api.exec_start(made["Id"], socket=True))
        self._socket = self._stream._sock
        self._socket.settimeout(_SECONDS)
        # Root without the right to look into others' files and processes asks as their owner.
        self._try('mine() { setpriv --reuid 10001 --regid 10001 --clear-groups sh -c "$1"; }')

    def sees(self, condition: str) -> bool:
        """Whether a condition of the shell holds; `mine TEXT` tries one as the agent's user.

        Raises:
            EnvironmentFault: The container is gone.
        """
        try:
            return self._try(condition)
        except OSError:
            # A shell that could not fork ends: that is no answer yet.
            self.close()
        try:
            self._open()
            return self._try(condition)
        except (OSError, APIError) as problem:
            raise EnvironmentFault(f"root's shell in the container is gone: {problem}") from problem

    def _try(self, condition: str) -> bool:
        mark = uuid.uuid4().hex.encode()
        text = f"{{ {condition}\n}} >/dev/null 2>&1 </dev/null; echo {mark.decode()} $?\n"
        said = b""
        self._socket.sendall(text.encode())
        while mark not in said or not said.endswith(b"\n"):
            said += self._frame()
        return int(said.rpartition(mark)[2]) == 0

    def _frame(self) -> bytes:
        header = self._read(_HEADER)
        return self._read(int.from_bytes(header[4:], "big"))

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise OSError("it ended")
            data += part
        return data

    def close(self) -> None:
        """Ends the shell."""
        self._socket.close()
        self._stream.close()
