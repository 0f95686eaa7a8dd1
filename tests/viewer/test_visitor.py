"""The visit that a launch makes to itself before anybody comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.server import ServerConnection, serve

from viewer.visitor import visit

INSIDE = {"Cookie": "key=right"}


class Host:
    """A server of one page, of which a visitor is shown two messages."""

    def __init__(self) -> None:
        self.asked: list[BackMsg] = []
        self.origins: list[str] = []
        self.sent = 0
        self.server = serve(
            self.show,
            "127.0.0.1",
            0,
            subprotocols=["streamlit"],
            process_request=self.look,
        )
        self.port = self.server.socket.getsockname()[1]

    def look(self, connection, request):
        self.origins.append(request.headers["Origin"])
        kept = request.headers.get("Cookie")
        return None if kept == INSIDE["Cookie"] else connection.respond(403, "no")

    def show(self, connection: ServerConnection) -> None:
        asked = BackMsg()
        asked.ParseFromString(connection.recv())
        self.asked.append(asked)
        for told in (ForwardMsg(), ForwardMsg(script_finished=0)):  # Of any other kind, and last.
            connection.send(told.SerializeToString())
            self.sent += 1


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()


def test_a_visitor_asks_for_a_page_from_the_viewers_own_origin_and_stays_to_its_end(host):
    visit(host.port, INSIDE, "replay")
    assert [asked.rerun_script.page_name for asked in host.asked] == ["replay"]
    assert host.origins == [f"http://127.0.0.1:{host.port}"]
    assert host.sent == 2


def test_a_visitor_who_is_not_let_in_says_so(host):
    with pytest.raises(InvalidStatus):
        visit(host.port, {"Cookie": "key=wrong"})
    assert host.asked == []


def test_a_visitor_whom_nobody_answers_says_so(host):
    host.server.shutdown()
    with pytest.raises(OSError, match="refused"):
        visit(host.port, INSIDE)
