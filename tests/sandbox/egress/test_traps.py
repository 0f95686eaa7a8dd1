"""What is known to slip through mitmproxy as it comes, each beside what may pass."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import time
from collections.abc import Callable

import pytest

from episodes.errors import EnvironmentFault
from policies.policy import Policy

pytestmark = pytest.mark.docker

CUT = (ssl.SSLError, ConnectionError)
OK = b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n\r\n"


def test_an_allowed_request_reaches_its_server_and_is_on_record(outside):
    assert outside.ask(OK).endswith(b"hello")
    (request,) = outside.requested()
    assert outside.origin.requests[0].startswith(b"GET /ok/1 HTTP/1.1\r\n")
    assert (request.step, request.who, request.method) == (3, "shell", "GET")
    assert (request.url, request.decision.rule_id) == ("http://shop.test/ok/1", "ok")
    assert request.addresses == (outside.origin.address,)


def test_a_denied_request_reaches_nobody_and_is_told_the_rule(outside):
    said = outside.ask(b"GET http://shop.test/no HTTP/1.1\r\nHost: shop.test\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 403")
    told = json.loads(said.partition(b"\r\n\r\n")[2])
    assert told["denied"] is True
    assert told["rule"] == "default"
    assert outside.origin.connections == 0
    assert [one.decision.verdict for one in outside.requested()] == ["deny"]


def test_a_tunnel_to_a_denied_host_is_not_dialled(outside):
    said = outside.ask(b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 403")
    assert outside.origin.connections == 0


def test_a_tunnel_to_an_allowed_host_is_not_dialled_before_a_request(outside):
    with outside.connect() as near:
        near.sendall(b"CONNECT shop.test:80 HTTP/1.1\r\nHost: shop.test:80\r\n\r\n")
        assert b" 200 " in near.recv(65536)
        assert outside.origin.connections == 0
        near.sendall(b"GET /ok/1 HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        assert b"hello" in outside.read(near)
    assert outside.origin.connections == 1


def test_ssh_in_a_tunnel_goes_nowhere(outside):
    with outside.connect() as near:
        near.sendall(b"CONNECT shop.test:80 HTTP/1.1\r\nHost: shop.test:80\r\n\r\n")
        assert b" 200 " in near.recv(65536)
        near.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        near.recv(65536)
    assert outside.origin.connections == 0


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: other.test\r\n",
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\nHost: shop.test\r\n",
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n other.test\r\n",
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\nX-A: b\r\n c\r\n",
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test:81\r\n",
        b"GET http://shop.test/ok/1 HTTP/1.1\r\n",
        b"GET https://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n",
        b"get http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n",
        b"GET http://shop.test/ok/../no HTTP/1.1\r\nHost: shop.test\r\n",
        b"GET http://shop.test/ok/%2e%2e/no HTTP/1.1\r\nHost: shop.test\r\n",
        b"GET http://169.254.169.254/ok/1 HTTP/1.1\r\nHost: 169.254.169.254\r\n",
        b"TRACE http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n",
    ],
)
def test_a_head_that_means_another_place_or_method_reaches_nobody(outside, head):
    said = outside.ask(head + b"\r\n")
    assert b"hello" not in said
    assert outside.origin.connections == 0


def test_a_path_is_sent_as_it_was_judged(outside):
    assert b"hello" in outside.ask(
        b"GET http://shop.test/ok/./a/../%62?q=1 HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    )
    assert outside.origin.requests[0].startswith(b"GET /ok/b?q=1 HTTP/1.1\r\n")


def test_inside_tls_the_host_header_has_to_be_the_tunnels(outside):
    outside.door.add_site("shop.test", outside.origin.address, outside.origin.tls_port)
    for head in (
        b"GET /ok/1 HTTP/1.1\r\nHost: other.test\r\n\r\n",
        b"GET http://other.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    ):
        with outside.tunnel() as near:
            near.sendall(head)
            assert b"hello" not in near.recv(65536)
    assert outside.origin.connections == 0
    with outside.tunnel() as near:
        near.sendall(b"GET /ok/1 HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        assert b" 200 " in near.recv(65536)
    assert outside.origin.connections == 1


def test_tls_that_names_another_host_than_the_tunnel_is_cut(outside):
    outside.trusted.check_hostname = False
    with pytest.raises(CUT):
        outside.tunnel("shop.test", "other.test")
    assert [one.decision.rule_id for one in outside.requested()] == ["proxy.sni"]


def test_the_authoritys_certificate_is_sent_along(outside):
    outside.door.add_site("shop.test", outside.origin.address, outside.origin.tls_port)
    with outside.tunnel() as near:
        chain = near._sslobj.get_unverified_chain()
    assert len(chain) == 2


def test_only_a_websocket_may_switch_protocols(outside):
    outside.origin.answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\nsecret"
    )
    said = outside.ask(
        b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n"
        b"Connection: Upgrade\r\nUpgrade: other\r\n\r\n"
    )
    assert b"101" not in said
    assert b"secret" not in said
    assert b"upgrade: other" not in outside.origin.requests[0].lower()


def test_a_websocket_is_judged_at_its_handshake_and_counted(outside):
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key
    outside.origin.answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi"
    )
    head = b"GET http://shop.test/%s HTTP/1.1\r\nHost: shop.test\r\n"
    assert b" 403 " in outside.ask(head % b"no" + upgrade + b"\r\n")
    assert b" 101 " in outside.ask(head % b"ok/1" + upgrade + b"\r\n")
    denied, allowed = outside.requested()
    assert (denied.decision.verdict, denied.url) == ("deny", "ws://shop.test/no")
    assert (allowed.decision.verdict, allowed.url) == ("allow", "ws://shop.test/ok/1")


def test_messages_of_a_websocket_are_counted_and_capped(opened, policy):
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    head = b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n"
    handshake = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    outside = opened(policy.model_copy(update={"budgets": {"bytes_in": 1000}}))
    # The first of these messages is within what the episode has left, and the tenth is not.
    outside.origin.answer = handshake + (b"\x81\x7d" + b"m" * 125) * 40
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key
    got = b""
    with outside.connect() as near:
        near.sendall(head + upgrade + b"\r\n")
        try:
            while more := near.recv(65536):
                got += more
        except ConnectionError:
            pass
    assert b" 101 " in got
    assert got.count(b"m") <= 1000 + 125
    (responded,) = outside.responded()
    assert (responded.status, responded.problem) == (101, "the WebSocket's limit")
    assert 0 < responded.frames <= 9
    assert responded.received == responded.frames * 125


def test_a_large_body_that_is_denied_costs_no_memory_and_does_not_hang(outside):
    before = _memory(outside)
    block = b"x" * (1 << 20)
    with outside.connect() as near:
        near.sendall(
            b"POST http://shop.test/no HTTP/1.1\r\nHost: shop.test\r\nContent-Length: %d\r\n\r\n"
            % (300 << 20)
        )
        sent = _send(near, block, 300)
    assert sent < 300 << 20
    assert outside.origin.connections == 0
    assert _memory(outside) - before < 40 << 20


def test_a_large_answer_is_passed_on_in_constant_memory(outside):
    size = 300 << 20
    outside.origin.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    before, got = _memory(outside), 0
    with outside.connect() as near:
        near.sendall(OK)
        while got < size:
            got += len(near.recv(1 << 20))
    assert _memory(outside) - before < 40 << 20


def test_an_answer_of_another_type_or_too_large_is_withheld(opened, policy):
    web = policy.web.model_dump()
    web["rules"] = [{**web["rules"][0], "types": ("text/html",), "largest": 1000}]
    narrow = policy.model_copy(update={"web": web})
    outside = opened(narrow)
    for kind, size, passes in (
        (b"text/html", 1000, True),
        (b"text/html", 1001, False),
        (b"image/png", 10, False),
    ):
        outside.origin.answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, size)
            + b"x" * size
        )
        said = outside.ask(OK)
        assert (b" 200 " in said, b"xxx" in said) == (passes, passes)
    outside.origin.answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"x" * 100_000
    assert outside.ask(OK).count(b"x") <= 1000 + 10


def test_a_private_address_is_refused_unless_it_is_named(
    opened: Callable[[Policy], object], policy: Policy
):
    web = policy.web.model_copy(update={"private": ()})
    outside = opened(policy.model_copy(update={"web": web.model_dump()}))
    assert b" 403 " in outside.ask(OK)
    assert outside.origin.connections == 0
    assert outside.requested()[-1].decision.rule_id == "web.private"


def test_nothing_passes_a_door_without_an_episode(outside):
    outside.door.end()
    assert b"proxy.closed" in outside.ask(OK)
    assert outside.origin.connections == 0


def test_where_the_proxy_died_nothing_leaves_and_the_episode_hears_of_it(outside):
    assert b"hello" in outside.ask(OK)
    outside.client.api.kill(outside.egress.shared())
    with pytest.raises(EnvironmentFault, match="nothing leaves"):
        _until_it_is_known(outside)
    with pytest.raises(ConnectionRefusedError):
        outside.connect()


def test_a_bridge_that_changes_its_address_keeps_nobody_waiting(outside):
    assert b"hello" in outside.ask(OK)
    with _lowest_of(_bridge(outside)):
        assert b"hello" in outside.ask(OK)
    assert b"hello" in outside.ask(OK)


def _bridge(outside) -> str:
    options = outside.client.api.inspect_network("bridge")["Options"]
    return str(options["com.docker.network.bridge.name"])


@contextlib.contextmanager
def _lowest_of(bridge: str):
    """As if a container were there whose address a bridge takes that has none of its own."""
    ends = ["ip", "link", "add", "ll-low", "address", "02:00:00:00:00:01", "type", "veth"]
    subprocess.run([*ends, "peer", "name", "ll-far"], check=True)
    try:
        subprocess.run(["ip", "link", "set", "ll-low", "master", bridge, "up"], check=True)
        yield
    finally:
        subprocess.run(["ip", "link", "delete", "ll-low"], check=True)


def _until_it_is_known(outside) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        outside.door.take_requests()
        time.sleep(0.05)


def _send(near, block: bytes, times: int) -> int:
    """How many bytes were taken before the other end hung up."""
    sent = 0
    try:
        for _ in range(times):
            near.sendall(block)
            sent += len(block)
    except OSError:
        return sent
    return sent


def _memory(outside) -> int:
    usage = outside.client.api.stats(outside.egress.shared(), stream=False)["memory_stats"]
    return int(usage["usage"]) - int(usage["stats"].get("total_inactive_file", 0))


@pytest.mark.parametrize("keeps", [(), ("sent",), ("sent", "received")])
def test_how_bodies_began_is_kept_where_the_policy_wants_it(opened, policy, keeps):
    duties = {"keep_bodies": keeps, "redact_patterns": ("hunter*",)}
    outside = opened(policy.model_copy(update={"obligations": duties}))
    outside.origin.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    head = b"POST http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 20\r\n\r\n"
    outside.ask(head + b"password=hunter2 end")
    (responded,) = outside.responded()
    assert (responded.sent, responded.received) == (20, 100_000)
    assert (b"password=" in responded.sent_body) == ("sent" in keeps)
    assert b"hunter2" not in responded.sent_body
    assert responded.received_body == (b"x" * 65536 if "received" in keeps else b"")


def test_an_answer_whose_type_is_no_text_ends_nobodys_way_out(outside):
    outside.origin.answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/\xff\xfe\r\nContent-Length: 5\r\n\r\nhello"
    )
    ask = b"GET http://shop.test/ok/1 HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    assert b"hello" in outside.ask(ask)
    assert [one.content_type for one in outside.responded()] == [r"text/\udcff\udcfe"]
    assert b"hello" in outside.ask(ask)
