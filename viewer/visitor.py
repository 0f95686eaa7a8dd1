"""The first visit to a launch, made by the launch itself, so that no person waits for it.

A first page imports, compiles and asks what every later one finds done: a third of a second on the
server alone. To go the way of a browser, through door and socket, is to have done all of it.
"""

from __future__ import annotations

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

_SECONDS = 60.0


def visit(port: int, headers: dict[str, str], page: str = "") -> None:
    """Opens a page as a browser would, and leaves when all of it has come.

    Args:
        port: The viewer's, on loopback.
        headers: What lets the visitor in.
        page: The page's path; the first one where absent.

    Raises:
        OSError: Nobody is there, or the page took longer than a minute.
        websockets.exceptions.WebSocketException: The viewer would not talk to it.
    """
    address = f"127.0.0.1:{port}"
    wanted = BackMsg()
    wanted.rerun_script.page_name = page
    with connect(
        f"ws://{address}/_stcore/stream",
        origin=Origin(f"http://{address}"),
        additional_headers=headers,
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        proxy=None,
    ) as socket:
        socket.send(wanted.SerializeToString())
        come = ForwardMsg()
        while come.WhichOneof("type") != "script_finished":
            come.ParseFromString(socket.recv(_SECONDS))
