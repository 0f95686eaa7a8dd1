"""Who may look: the middleware in front of every page, asset and socket of the viewer.

Loopback is not authentication: any page that a browser on this machine has open can send requests
here. So each launch has a token, which the first link carries and a cookie keeps after that, and
Host and Origin must be the viewer's own.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = {
    "default-src": "'none'",
    # Streamlit's own bundle compiles chart expressions and starts components from blobs.
    "script-src": "'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    # A page snapshot, which has a policy of its own in the document.
    "frame-src": "'self' blob: data:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""What a page of the viewer may load: its own, and nothing from elsewhere."""

_FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_CLOSED = (
    b"This viewer needs the link that `longleash view` printed when it was started: it carries the "
    b"token of this launch. Open it once, and every other link opens too.\n"
)


class Door:
    """Lets in who holds this launch's token, at this host, from this origin.

    Args:
        app: The viewer.
        token: The launch's.
        hosts: The values of Host that are ours, such as `127.0.0.1:8501`.
        scripts: Sources of scripts that a page may hold, as a policy writes them.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: frozenset[str], scripts: tuple[str, ...] = ()
    ) -> None:
        self._app, self._token, self._hosts = app, token, hosts
        policy = _POLICY | {"script-src": " ".join((_POLICY["script-src"], *scripts))}
        text = "; ".join(f"{name} {sources}" for name, sources in policy.items())
        self._headers = ((b"content-security-policy", text.encode()), *_FIXED)
        self._origins = frozenset(f"http://{host}" for host in hosts)
        self._cookie = cookie_name(next(iter(sorted(hosts))))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        if not self._is_ours(scope, headers):
            await _refuse(scope, receive, send, 421, b"This is not a host of the viewer's.\n")
            return
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        given = query.pop("token", None)
        if given is not None and scope["type"] == "http" and self._is_token(given):
            await self._welcome(scope, send, urlencode(query))
            return
        if not self._is_token(self._kept(headers)):
            await _refuse(scope, receive, send, 403, _CLOSED)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in self._headers}
                kept = [pair for pair in message.get("headers", []) if pair[0] not in names]
                message = {**message, "headers": [*kept, *self._headers]}
            await send(message)

        await self._app(scope, receive, guarded)

    def _is_ours(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        if headers.get("host") not in self._hosts:
            return False
        origin = headers.get("origin")
        if origin is not None:
            return origin in self._origins
        # A browser always names the origin of a socket and of a form.
        return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")

    def _is_token(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self._token.encode())

    def _kept(self, headers: Mapping[str, str]) -> str | None:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return None
        return None if morsel is None else morsel.value

    async def _welcome(self, scope: Scope, send: Send, query: str) -> None:
        """Keeps the token in a cookie and leaves the address without it."""
        place = str(scope["path"]) + (f"?{query}" if query else "")
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        # Two slashes at the front would name another host.
        headers = [(b"location", ("/" + place.lstrip("/\\")).encode("latin-1", "replace"))]
        headers.append((b"set-cookie", cookie.encode()))
        await send({"type": "http.response.start", "status": 303, "headers": [*headers, *_FIXED]})
        await send({"type": "http.response.body", "body": b""})


def cookie_name(host: str) -> str:
    """What the cookie is called that keeps the token, for a value of Host."""
    # Cookies know no ports: two viewers on one machine must not overwrite each other's.
    return f"longleash-{host.rpartition(':')[2]}"


def new_token() -> str:
    """A launch's token."""
    return secrets.token_urlsafe(24)


def _headers(scope: Scope) -> dict[str, str]:
    """Each header once; one that comes twice is taken for none of the two."""
    found: dict[str, str] = {}
    for name, value in scope.get("headers", []):
        key = name.decode("latin-1").lower()
        found[key] = value.decode("latin-1") if key not in found else ""
    return found


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, said: bytes) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_FIXED]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said})
