"""How Docker sends two streams over one connection, undone."""

from __future__ import annotations

from collections.abc import Iterator

STDOUT, STDERR = 1, 2
_HEADER = 8


class Frames:
    """Takes what arrives, cut anywhere, and says which stream each part belongs to.

    A frame is eight bytes (the stream's number, three zeros, the length as a big-endian integer of
    four bytes), then that many bytes.
    """

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0
        self._stream = 0

    def split(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The parts in `data`, in order.

        Yields:
            The stream (`STDOUT` or `STDERR`) and bytes of it. Nothing is kept but a header that is
            not whole yet: a length that is only claimed costs nothing.

        Raises:
            ValueError: A header that Docker would not send.
        """
        view = memoryview(data)
        while view:
            if self._left == 0:
                missing = _HEADER - len(self._header)
                self._header += view[:missing]
                view = view[missing:]
                if len(self._header) == _HEADER:
                    self._begin(bytes(self._header))
                    self._header.clear()
                continue
            part = view[: self._left]
            view = view[len(part) :]
            self._left -= len(part)
            yield self._stream, bytes(part)

    def _begin(self, header: bytes) -> None:
        if header[0] not in (STDOUT, STDERR) or any(header[1:4]):
            raise ValueError(f"a frame header {header!r}")
        self._stream, self._left = header[0], int.from_bytes(header[4:], "big")
