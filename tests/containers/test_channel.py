"""The host's end of the line, at the other end of which anything may sit."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import tracemalloc

import pytest

from containers.channel import Channel
from containers.guest.wire import Wire
from episodes.errors import ChannelBroken, GuestGone

STDOUT, STDERR = 1, 2


def frame(payload: bytes, stream: int = STDOUT) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def line(**reply) -> bytes:
    return json.dumps(reply).encode() + b"\n"


@pytest.fixture
def ends():
    host, guest = socket.socketpair()
    yield host, guest
    host.close()
    guest.close()


@pytest.fixture
def channel(ends):
    return Channel(ends[0], max_line=1 << 20)


@pytest.fixture
def guest(ends):
    return ends[1]


def test_a_request_is_a_line_and_its_reply_comes_back(channel, guest):
    guest.sendall(frame(line(id=1, ok=True, answer=42)))
    assert channel.request("hello", value="x\n\udcff")["answer"] == 42
    sent = guest.recv(1000)
    assert sent.count(b"\n") == 1
    assert json.loads(sent) == {"id": 1, "op": "hello", "value": "x\n\udcff"}


def test_what_comes_along_as_it_is_arrives_as_it_is_wherever_it_is_cut(channel, guest):
    payload = b'\n{"id":9,"op":"exit"}\n' + bytes(range(256)) * 3000
    sent = bytearray()
    reading = threading.Thread(target=lambda: sent.extend(read_all(guest, len(payload) + 200)))
    reading.start()
    channel.send("restore", payload=payload, cwd="/x")
    channel.send("hello", payload=b"")
    channel.send("list")
    reading.join()
    for cut in (17, 70, 40_000):
        reader, writer = os.pipe()
        wire = Wire(reader, 1)
        found = []
        for at in range(0, len(sent), cut):
            os.write(writer, sent[at : at + cut])
            found += wire.receive()
        os.close(writer)
        os.close(reader)
        assert [one["op"] for one in found] == ["restore", "hello", "list"]
        assert (found[0]["payload"], found[0]["cwd"]) == (payload, "/x")
        assert found[1]["payload"] == b""


def read_all(guest, most):
    got = b""
    guest.settimeout(2)
    with contextlib.suppress(TimeoutError):
        while len(got) < most:
            got += guest.recv(1 << 16)
    return got


def test_a_refusal_is_a_reply_and_not_an_error(channel, guest):
    guest.sendall(frame(line(id=1, ok=False, error="not_found", message="no")))
    assert channel.request("read_file") == {
        "id": 1,
        "ok": False,
        "error": "not_found",
        "message": "no",
    }


def test_frames_may_be_cut_anywhere(channel, guest):
    whole = (
        frame(line(id=1, ok=True)[:5]) + frame(b"noise", STDERR) + frame(line(id=1, ok=True)[5:])
    )
    thread = threading.Thread(target=lambda: [guest.sendall(bytes([b])) for b in whole])
    thread.start()
    assert channel.request("hello")["ok"]
    thread.join()
    assert channel.stderr == "noise"


def test_replies_may_come_in_any_order(channel, guest):
    first, second = channel.send("run"), channel.send("hello")
    guest.sendall(frame(line(id=second, ok=True, n=2) + line(id=first, ok=True, n=1)))
    assert channel.receive(first)["n"] == 1
    assert channel.receive(second)["n"] == 2


def test_another_thread_cancels_while_one_waits(channel, guest):
    number = channel.send("run")
    waited = {}
    thread = threading.Thread(target=lambda: waited.update(channel.receive(number, timeout=20)))
    thread.start()
    answers = threading.Thread(
        target=lambda: (
            guest.sendall(frame(line(id=number + 1, ok=True, cancelled=True))),
            guest.sendall(frame(line(id=number, ok=True, cancelled=True))),
        )
    )
    guest.recv(1000)
    cancelled = threading.Thread(target=lambda: channel.cancel(number, timeout=20))
    cancelled.start()
    assert b'"cancel"' in guest.recv(1000)
    answers.start()
    for each in (thread, cancelled, answers):
        each.join(20)
    assert waited["cancelled"]


def test_many_threads_each_get_their_own_reply(channel, guest):
    def serve():
        with guest.makefile("rb") as requests:
            for _ in range(200):
                request = json.loads(requests.readline())
                guest.sendall(frame(line(id=request["id"], ok=True, echo=request["n"])))

    server = threading.Thread(target=serve)
    server.start()
    wrong = []

    def ask(base):
        asked = range(base, base + 25)
        wrong.extend(n for n in asked if channel.request("echo", n=n)["echo"] != n)

    threads = [threading.Thread(target=ask, args=(100 * k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    server.join(30)
    assert wrong == []


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("a stream that is none", frame(line(id=1, ok=True), stream=7)),
        ("stdin's stream", frame(line(id=1, ok=True), stream=0)),
        ("padding that is not zero", b"\x01\x00\x01\x00\x00\x00\x00\x01x"),
        ("no JSON", frame(b"hello\n")),
        ("an empty line", frame(b"\n")),
        ("no object", frame(b"[1]\n")),
        ("bytes that are no text", frame(b"\xff\xfe\n")),
        ("no id", frame(line(ok=True))),
        ("an id that is no number", frame(line(id="1", ok=True))),
        ("an id that is a truth", frame(line(id=True, ok=True))),
        ("another id", frame(line(id=2, ok=True))),
        ("no ok", frame(line(id=1))),
        ("an ok that is no truth", frame(line(id=1, ok="yes"))),
        ("brackets without end", frame(b"[" * 100_000 + b"\n")),
        ("a number without end", frame(b'{"id":1,"ok":true,"n":' + b"9" * 10_000 + b"}\n")),
        ("more values than anything means", frame(b"[" + b"1," * 300_000 + b"1]\n")),
        ("more texts than anything means", frame(b'["' + b'","' * 300_000 + b'"]\n')),
        (
            "more quotes than anything means",
            frame(b"[," + b'"' * 900_000 + b"," * 100_000 + b"]\n"),
        ),
        ("a line without end", frame(b"x" * (2 << 20))),
        ("a line that is too long", frame(b'"' + b"x" * (2 << 20) + b'"\n')),
    ],
)
def test_what_is_no_reply_breaks_the_channel_for_good(channel, guest, what, data):
    def send():
        with contextlib.suppress(OSError):
            guest.sendall(data)

    sender = threading.Thread(target=send)
    sender.start()
    with pytest.raises(ChannelBroken):
        channel.request("hello", timeout=20)
    channel.close()
    sender.join(20)
    with pytest.raises(ChannelBroken):
        channel.request("hello")


def test_a_text_may_hold_any_number_of_what_parts_values(channel, guest):
    value = ',[{"\\' * 90_000
    sender = threading.Thread(target=lambda: guest.sendall(frame(line(id=1, ok=True, value=value))))
    sender.start()
    assert channel.request("hello", timeout=20)["value"] == value
    sender.join(20)


def test_a_reply_that_comes_twice_breaks_the_channel(channel, guest):
    guest.sendall(frame(line(id=1, ok=True) * 2))
    with pytest.raises(ChannelBroken):
        channel.request("hello")


def test_a_reply_before_its_request_breaks_the_channel(channel, guest):
    guest.sendall(frame(line(id=2, ok=True)) + frame(line(id=1, ok=True)))
    with pytest.raises(ChannelBroken):
        channel.request("hello")


def test_a_length_that_is_claimed_costs_no_memory(channel, guest):
    guest.sendall(b"\x01\x00\x00\x00\xff\xff\xff\xff" + line(id=1, ok=True))
    tracemalloc.start()
    try:
        assert channel.request("hello")["ok"]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_stderr_without_end_is_kept_in_little(channel, guest):
    sender = threading.Thread(
        target=lambda: (
            [guest.sendall(frame(b"x" * 60_000, STDERR)) for _ in range(100)],
            guest.sendall(frame(b"the end", STDERR) + frame(line(id=1, ok=True))),
        )
    )
    sender.start()
    assert channel.request("hello", timeout=20)["ok"]
    sender.join(20)
    assert len(channel.stderr) <= 8192
    assert channel.stderr.endswith("the end")


def test_silence_is_given_up_after_its_time(channel):
    with pytest.raises(ChannelBroken, match=r"within 0\.05 s"):
        channel.request("hello", timeout=0.05)


def test_a_trickle_does_not_put_the_time_off(channel, guest):
    stop = threading.Event()

    def trickle():
        while not stop.wait(0.01):
            guest.sendall(frame(b" "))

    thread = threading.Thread(target=trickle)
    thread.start()
    with pytest.raises(ChannelBroken, match="within"):
        channel.request("hello", timeout=0.2)
    stop.set()
    thread.join(20)


def test_a_guest_that_ends_is_gone_with_its_last_words(channel, guest):
    guest.sendall(frame(b"MemoryError\x1b[2J\n", STDERR))
    guest.close()
    with pytest.raises(GuestGone, match="MemoryError") as caught:
        channel.request("hello")
    assert "\x1b" not in str(caught.value)


def test_everyone_who_waits_learns_that_the_guest_is_gone(channel, guest):
    numbers = [channel.send("run") for _ in range(3)]
    gone = []

    def wait(number):
        with pytest.raises(GuestGone):
            channel.receive(number, timeout=20)
        gone.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    guest.close()
    for thread in threads:
        thread.join(20)
    assert sorted(gone) == numbers


def test_a_channel_that_was_closed_says_so(channel):
    channel.close()
    channel.close()
    with pytest.raises(GuestGone, match="closed"):
        channel.request("hello")
