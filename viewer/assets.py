"""Streamlit's own files, on their way to a browser that has none of them yet.

A first visit loads a hundred small scripts, each found only when another one has run. Here a page
names at once what it will need, and the files come without a stack of routers around each.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_IMPORTED = re.compile(rb'(?:from|import)\s*"\./([\w.$-]+\.js)"')
_HEAD_BYTES = 20_000
"""A chunk's imports stand at its beginning."""

# In the page itself, since a script of its own would come behind all those that the page names, and
# hold up every one of them.
BASE_SCRIPT = (Path(__file__).parent / "start.js").read_bytes()
"""A script that stands in each page, as the page's policy has to know it."""
_HEAD = b"<head>"
_BASE_TAG = b"<script>" + BASE_SCRIPT + b"</script>"
# Streamlit leaves an eighth of a small screen empty above what a page says.
_LOOKS = b"<style>[data-testid=stMainBlockContainer] { padding-top: 5rem !important }</style>"

# The app's own first: it runs while what only an element needs is still on its way.
_APP = ("index.",)
_TABLE = ("Selectbox.", "TextInput.", "DataFrame.")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "/": (*_APP, "BidiComponent.", "ArrowVegaLiteChart."),
    "/replay": (*_APP, "BidiComponent."),
    "/episodes": (*_APP, *_TABLE),
}
"""For each page the scripts of its elements, by how their names begin."""


class Assets:
    """Serves Streamlit's files, and says with each page which of them it needs.

    Args:
        app: What answers everything else.
        static: The folder of Streamlit's page and its files.
    """

    def __init__(self, app: ASGIApp, static: Path) -> None:
        self._app = app
        files = (path for path in (static / "static").rglob("*") if path.is_file())
        # Only these, by their whole names: no path is put together from what a request says.
        self._files = {f"/{path.relative_to(static).as_posix()}": path for path in files}
        scripts = static / "static" / "js"
        self._links = {
            page: ", ".join(
                f"</static/js/{name}>; rel=modulepreload; crossorigin"
                for name in needed_scripts(scripts, beginnings)
            ).encode()
            for page, beginnings in _NEEDED.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        path = scope.get("path", "")
        if scope["type"] == "http" and scope["method"] == "GET" and path in self._files:
            await _give(self._files[path], send)
        elif scope["type"] == "http" and scope["method"] == "GET" and "." not in path:
            # Only pages have no dot in their names, and what is packed cannot be added to.
            bare = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            page = _Page(send, self._links.get(path, b""))
            await self._app({**scope, "headers": bare}, receive, page.pass_on)
        else:
            await self._app(scope, receive, send)


class _Page:
    """A page on its way: told what it will need, and where its server is.

    Args:
        send: Where it goes.
        links: The scripts that it will need, as a `Link` header names them.
    """

    def __init__(self, send: Send, links: bytes) -> None:
        self._send, self._links = send, links
        self._start: Message | None = None
        self._body = b""

    async def pass_on(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(_HEAD, _HEAD + _BASE_TAG + _LOOKS, 1)
        headers = [pair for pair in start["headers"] if pair[0] not in (b"content-length", b"etag")]
        headers.append((b"content-length", str(len(body)).encode()))
        if self._links:
            headers.append((b"link", self._links))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind = dict(start.get("headers", [])).get(b"content-type", b"")
    return start["status"] == 200 and bytes(kind).startswith(b"text/html")


def needed_scripts(folder: Path, beginnings: Iterable[str]) -> list[str]:
    """The scripts whose names begin so, with all that they import, nothing twice.

    Args:
        folder: Where the scripts lie.
        beginnings: Each of one script's name; one that no script has is left out, since another
            version of Streamlit may have cut its scripts otherwise.
    """
    waiting = [path.name for one in beginnings for path in sorted(folder.glob(f"{one}*.js"))]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        path = folder / name
        if name in found or not path.is_file():
            continue
        found[name] = None
        with path.open("rb") as file:
            waiting += [one.decode() for one in _IMPORTED.findall(file.read(_HEAD_BYTES))]
    return list(found)


async def _give(path: Path, send: Send) -> None:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    await _answer(_content(path), kind, send)


async def _answer(body: bytes, kind: str, send: Send) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        # Each of Streamlit's names holds a hash of what is in the file, and ours never changes.
        (b"cache-control", b"private, max-age=31536000, immutable"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _content(path: Path) -> bytes:
    # Read where it is asked for: a thread for each of a hundred small files takes longer than they.
    return path.read_bytes()
