"""The viewer's server: Streamlit behind the door, on one port of this machine."""

from __future__ import annotations

import base64
import contextlib
import gc
import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn
from websockets.exceptions import WebSocketException

from episodes.errors import LongleashError, UsageError
from episodes.facts import Facts
from episodes.search import Search
from viewer.assets import BASE_SCRIPT, Assets
from viewer.checker_host import check_for_ever
from viewer.door import Door, cookie_name, new_token
from viewer.opened import VARIABLE
from viewer.visitor import visit

APP = Path(__file__).parent / "app.py"
_IDLE_SECONDS = 2.0
_FIRST_PAGES = ("", "episodes", "replay")
"""Which pages are visited before anybody comes: where most people begin."""


def serve(log: Path, port: int, say: Callable[[str], None], token: str | None = None) -> None:
    """Shows a log until it is interrupted.

    Args:
        log: The log's file.
        port: Where to listen, on loopback; 0 for any that is free.
        say: Gets the link that opens it.
        token: The launch's; a fresh one where absent.

    Raises:
        UsageError: The port is taken.
    """
    from starlette.middleware import Middleware
    from streamlit.web import bootstrap
    from streamlit.web.server.starlette.starlette_app import App

    listening = _listen(port)
    port = listening.getsockname()[1]
    os.environ[VARIABLE] = str(log.absolute())
    token = token or new_token()
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    # What Streamlit would send, ask or watch on its own is off; what it shows of an error is not
    # for the page, where its text would be an agent's.
    bootstrap.load_config_options(
        {
            "browser.gatherUsageStats": False,
            "client.showErrorDetails": "none",
            "client.showErrorLinks": False,
            "client.toolbarMode": "minimal",
            "runner.magicEnabled": False,
            "server.address": "127.0.0.1",
            "server.fileWatcherType": "none",
            "server.headless": True,
            "server.maxUploadSize": 1,
            "server.port": port,
            "server.enableCORS": True,
            "server.enableXsrfProtection": True,
        }
    )
    door = Middleware(Door, token=token, hosts=hosts, scripts=_own_scripts())
    app = App(APP, middleware=[door, Middleware(Assets, static=_static())])
    threading.Thread(target=_index, args=(log,), name="search-index", daemon=True).start()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_per_message_deflate=False,  # It never leaves the machine.
        )
    )
    told = (server, log, port, token, say)
    threading.Thread(target=_announce, args=told, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _announce(
    server: uvicorn.Server, log: Path, port: int, token: str, say: Callable[[str], None]
) -> None:
    """Says the link once it leads somewhere, with what pages need done; then watches the log."""
    # The facts of a large log take minutes for its first time, and a page waits for them.
    with contextlib.suppress(LongleashError, OSError), Facts(log):
        pass
    while not server.started:
        time.sleep(0.02)
    key = {"Cookie": f"{cookie_name(f'127.0.0.1:{port}')}={token}"}
    for page in _FIRST_PAGES:
        with contextlib.suppress(OSError, WebSocketException):
            visit(port, key, page)
    # Streamlit looks through all of memory for what can be freed after each run of a page, a tenth
    # of a second in which nothing is sent. What is there by now stays: it need not be looked at.
    gc.collect()
    gc.freeze()
    say(f"http://127.0.0.1:{port}/?token={token}")
    check_for_ever(log)


def _own_scripts() -> tuple[str, ...]:
    """The hashes of the scripts that stand in a page, for the door's policy."""
    page = (_static() / "index.html").read_bytes()
    found = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    found.append(BASE_SCRIPT)
    digests = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in found)
    return tuple(f"'sha256-{digest}'" for digest in digests)


def _static() -> Path:
    """Streamlit's own page and files."""
    import streamlit

    return Path(streamlit.__file__).parent / "static"


def _listen(port: int) -> socket.socket:
    # The protocol is named, since asyncio looks for it: without it the sockets wait with small
    # packets for an answer to the one before, some 40 ms each, and every frame is small.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        # From here on a browser is not turned away; it waits for the first answer.
        listening.listen(128)
    except OSError as problem:
        listening.close()
        raise UsageError(
            f"port {port} cannot be listened on ({problem.strerror}); another viewer may run "
            "there: give --port 0 for any that is free"
        ) from problem
    return listening


def _index(log: Path) -> None:
    """Keeps the search index up with the log, a little at a time so that pages go first."""
    while True:
        with contextlib.suppress(LongleashError, OSError), Facts(log) as facts:
            search = Search(facts)
            while True:
                time.sleep(0.02 if search.advance() else _IDLE_SECONDS)
        time.sleep(_IDLE_SECONDS)
