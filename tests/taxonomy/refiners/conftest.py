"""A server on loopback that answers as a judge's endpoint would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-canary-3c0e8b71d2"


class Endpoint:
    """Answers each question as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda _: (500, b"")
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append(body)
                endpoint.keys.add(self.headers["Authorization"].removeprefix("Bearer "))
                status, data = endpoint.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                # The client's own back-off would make these tests slow.
                self.send_header("Retry-After-Ms", "5")
                self.end_headers()
                # Who would not wait any longer is gone.
                with suppress(ConnectionError):
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def says(self, arguments: Any, **usage: Any) -> None:
        """From now on this verdict, whatever is asked."""
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)

        def answer(body: dict[str, Any]) -> tuple[int, bytes]:
            return 200, self.completion(text, body["tools"][0]["function"]["name"], **usage)

        self.answer = answer

    @staticmethod
    def completion(arguments: str, tool: str = "verdict", **usage: Any) -> bytes:
        called = {"name": tool, "arguments": arguments}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": called}],
        }
        counts = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
        return json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "small",
                "system_fingerprint": "fp_9",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": counts | usage,
            }
        ).encode()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> Iterator[Endpoint]:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def doubtful(make: Any) -> Any:
    """Two steps of which the rules cannot tell the second: a grounded action that failed."""
    return make.episode(
        make.shell("ls /workspace", "data.csv\ntool\n"),
        make.shell("./tool data.csv", err="tool: cannot go on\n", code=3),
        instruction="Run ./tool on data.csv.",
        success=True,
    )


@pytest.fixture
def log(make: Any, doubtful: Any, tmp_path: Path) -> Path:
    path: Path = make.log(tmp_path / "x.db", doubtful)
    return path
