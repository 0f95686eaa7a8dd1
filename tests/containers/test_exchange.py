"""The host's end of the line to the proxy, at the other end of which anything may sit."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from containers.exchange import Exchange
from episodes.errors import ChannelBroken, GuestGone

STDOUT = 1


def said(text: bytes) -> bytes:
    return bytes([STDOUT, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


@pytest.fixture
def ends():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def heard(message):
    if "raise" in message:
        raise OverflowError("no number that anything has")


@pytest.fixture
def line(ends):
    opened = Exchange(ends[0], "proxy", heard)
    yield opened
    opened.close()


def test_a_request_gets_its_reply(line, ends):
    with ThreadPoolExecutor() as other:
        asked = other.submit(line.request, "hello", timeout=60)
        assert json.loads(ends[1].recv(1000)) == {"id": 1, "op": "hello"}
        ends[1].sendall(said(b'{"id":1,"ok":true,"answer":5}\n'))
        assert asked.result()["answer"] == 5


@pytest.mark.parametrize(
    "text",
    [
        b'{"raise":1}\n',
        b"[1]\n",
        b"5\n",
        b"null\n",
        b'"id"\n',
        b'{"id":[],"ok":true}\n',
        b'{"id":1.0,"ok":true}\n',
        b'{"id":true,"ok":true}\n',
        b'{"id":7,"ok":true}\n',
        b"[" * 100_000 + b"\n",
        b"{" * 5_000 + b"\n",
        b"\xff\n",
        b"x" * 300_000,
    ],
)
def test_what_is_no_message_ends_the_line_at_once_and_keeps_nobody_waiting(line, ends, text):
    ends[1].sendall(said(text))
    with pytest.raises((GuestGone, ChannelBroken), match="is gone"):
        line.request("hello", timeout=60)
    assert line.gone is not None


def test_no_reader_is_left_where_the_lines_number_goes_to_another_file_at_once():
    kept = []
    for _ in range(300):
        near, far = socket.socketpair()
        Exchange(near, "hung-up", lambda _: None).close()
        kept += [far, *socket.socketpair()]
    for _ in range(100):
        left = [one for one in threading.enumerate() if one.name == "hung-up-line"]
        if not left:
            break
        time.sleep(0.05)
    for one in kept:
        one.close()
    assert left == []
