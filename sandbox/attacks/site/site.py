"""A hostile site: its page does whatever stands behind the `#` of its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HOSTS = ("attack.test",)
PAGE = Path(__file__).with_name("page.html").read_bytes()
WORKER = b"onfetch = () => {}"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def make() -> tuple[Wsgi, dict[str, Any]]:
    """A fresh one, which keeps nothing."""

    def site(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        worker = environ["PATH_INFO"] == "/worker.js"
        body, kind = (WORKER, "text/javascript") if worker else (PAGE, "text/html")
        start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return site, {}
