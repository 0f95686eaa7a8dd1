"""Streamable HTTP on this machine alone, for who holds the token."""

from __future__ import annotations

import hmac
import os
import secrets
import signal
import socket

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from episodes.errors import UsageError
from sandbox.driven.backends import tell
from sandbox.driven.mcp_server import SESSION_HEADER, McpServer
from sandbox.driven.run import DrivenRun

TOKEN_VARIABLE = "LONGLEASH_MCP_TOKEN"  # noqa: S105 - the variable's name
"""The variable that holds the token, for clients that keep it in a file."""

PATH = "/mcp"
_LOOPBACK = "127.0.0.1"
_SHORTEST_TOKEN = 20
_GRACE_SECONDS = 5
"""How long whoever waits for an answer is waited for at the end."""
_OK = range(200, 300)


def serve_http(run: DrivenRun, port: int, most: int, token: str | None = None) -> None:
    """Serves until it is interrupted or the run is stopped.

    Args:
        run: What it serves; it is closed when this returns.
        port: Where to listen, on loopback; 0 for any that is free.
        most: How many episodes at once.
        token: What clients have to send; one is made, and told, where absent.

    Raises:
        UsageError: The port is taken.
    """
    try:
        listening = socket.create_server((_LOOPBACK, port))
    except OSError as problem:
        run.close("never served")
        raise UsageError(f"--port {port}: {problem.strerror}; name another") from problem
    at = listening.getsockname()[1]
    tell(f"MCP at http://{_LOOPBACK}:{at}{PATH}. Ctrl-C ends it.")
    served = uvicorn.Server(
        uvicorn.Config(
            make_app(run, at, most, token or _new_token()),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    # Uvicorn raises what it caught again once it is done; by then it has been obeyed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    served.run(sockets=[listening])


def make_app(run: DrivenRun, port: int, most: int, token: str) -> ASGIApp:
    """The application that is served.

    Args:
        run: What it serves.
        port: Where it will be, for the hosts that are its own.
        most: How many episodes at once.
        token: What clients have to send.
    """

    async def stopped() -> None:
        # A stream of events is cut off as soon as the server is told to end, whatever its grace: an
        # episode's last answer would come or not, by who is faster.
        await ending.answered()
        os.kill(os.getpid(), signal.SIGTERM)

    server = McpServer(run, most=most, http=True, stopped=stopped)
    hosts = [f"{_LOOPBACK}:{port}", f"localhost:{port}"]
    app = server.server.streamable_http_app(
        streamable_http_path=PATH,
        session_idle_timeout=run.terms.policy.limits.episode_seconds,
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )
    ending = Ending(app, server)
    return Guarded(ending, token, frozenset(hosts))


def token_from_environment() -> str | None:
    """The token that the user has chosen.

    Raises:
        UsageError: It is too short to be one.
    """
    token = os.environ.get(TOKEN_VARIABLE)
    if token is not None and len(token) < _SHORTEST_TOKEN:
        raise UsageError(
            f"{TOKEN_VARIABLE}: {len(token)} characters can be guessed; take at least "
            f"{_SHORTEST_TOKEN}, or leave it out and one is made"
        )
    return token


class Guarded:
    """Lets in who holds the token, at a host and from an origin that are ours.

    Any page that a browser on this machine has open can send requests to loopback.

    Args:
        app: What is behind.
        token: What has to be sent as a bearer's.
        hosts: The values of Host that are ours.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(Headers(scope=scope))
        if refusal is not None and scope["type"] == "http":
            await refusal(scope, receive, send)
        elif refusal is None:
            await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return PlainTextResponse("This is not a host of the sandbox's.\n", 421)
        origins = headers.getlist("origin")
        if origins and origins not in [[f"http://{host}"] for host in self._hosts]:
            return PlainTextResponse("Pages from elsewhere may not ask.\n", 403)
        given = headers.getlist("authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), self._wanted):
            said = "Send the token that `longleash serve mcp` told, as `Authorization: Bearer`.\n"
            return PlainTextResponse(said, 401, {"www-authenticate": "Bearer"})
        return None


class Ending:
    """Tells the server when a client has ended its session, and knows who waits for an answer.

    Args:
        app: What is behind.
        server: Who is told.
    """

    def __init__(self, app: ASGIApp, server: McpServer) -> None:
        self._app, self._server = app, server
        self._asked: set[anyio.Event] = set()

    async def answered(self) -> None:
        """Returns once nobody waits for an answer any more, or some seconds later."""
        with anyio.move_on_after(_GRACE_SECONDS):
            while self._asked:
                await next(iter(self._asked)).wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        over = anyio.Event()
        # Each message of a client's is a POST of its own, over when its answer has gone out; a GET
        # stays open for what the server has to say, which is nothing here.
        if scope["type"] == "http" and scope["method"] == "POST":
            self._asked.add(over)
        try:
            await self._app(scope, receive, watched)
        finally:
            self._asked.discard(over)
            over.set()
        if scope["type"] == "http" and scope["method"] == "DELETE" and status in _OK:
            with anyio.CancelScope(shield=True):
                await self._server.end(Headers(scope=scope).get(SESSION_HEADER, ""))


def _new_token() -> str:
    token = secrets.token_urlsafe(24)
    tell(f"Authorization: Bearer {token}")
    tell(f"Set {TOKEN_VARIABLE} to keep one token for all launches.")
    return token
