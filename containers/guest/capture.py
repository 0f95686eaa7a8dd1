"""Output in constant memory: its head and its tail are kept, all of it is counted."""

from __future__ import annotations

from .wire import to_base64


class Capture:
    """What one stream said.

    Args:
        limit: Bytes kept in all, half of them from the start.
    """

    __slots__ = ("_head", "_head_limit", "_tail", "_tail_limit", "size")

    def __init__(self, limit: int) -> None:
        self._head_limit = limit // 2
        self._tail_limit = limit - self._head_limit
        self._head = bytearray()
        self._tail = bytearray()
        self.size = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        self._tail += data
        # Trimmed at twice its size, so that a flood costs one copy for each byte and no more.
        if len(self._tail) > 2 * self._tail_limit:
            del self._tail[: len(self._tail) - self._tail_limit]

    def take(self, limit: int | None = None) -> dict[str, object]:
        """All since the last `take`, as the channel carries it; starts anew.

        Args:
            limit: Bytes to give at most, where that is less than is kept.

        Returns:
            `head` and `tail` (base64) and `size` (bytes in all). A stream that fits is all head.
        """
        head, tail, size = self._head, self._tail, self.size
        self._head, self._tail, self.size = bytearray(), bytearray(), 0
        kept = self._head_limit + self._tail_limit
        if size <= kept:
            head = tail = head + tail
        most = kept if limit is None else min(limit, kept)
        if size <= most:
            tail = bytearray()
        else:
            head, tail = head[: most // 2], tail[len(tail) - (most - most // 2) :]
        return {"head": to_base64(head), "tail": to_base64(tail), "size": size}

    def first(self, limit: int) -> bytes:
        """The first bytes, for a capture that was made large enough for them."""
        return bytes((self._head + self._tail)[:limit])
