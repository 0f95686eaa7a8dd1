"""HAR 1.2 (HTTP Archive, as Web tools read it): the requests of episodes, with their verdicts.

What the format has no place for goes into fields whose names begin with an underscore, which it
leaves to whoever writes it. Headers are not on record, so there are none.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from episodes import __version__
from episodes.chain import episode_chain
from episodes.exporting.held import Held
from episodes.interventions import shaped_from
from episodes.trajectory import Trajectory
from episodes.web import WebExchange, exchanges

_UNKNOWN = -1
"""What the format wants for a number that nobody knows."""

_NO_VERSION = "unknown"


def har(log: Held, episodes: Sequence[str]) -> Iterator[str]:
    """One archive of all of them, as JSON: a page a step, an entry a request.

    Args:
        log: Where they are.
        episodes: Their ids.

    Raises:
        LogDamaged: An entry is gone or was changed.
    """
    pages: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for episode in episodes:
        asked = exchanges(log.entries(episode_chain(episode)))
        causing = {exchange.step for exchange in asked}
        held = log.trajectory(episode)
        pages += _pages(held, causing)
        entries += [_entry(episode, exchange, shaped_from(held)) for exchange in asked]
    creator = {"name": "longleash", "version": __version__}
    archive = {"version": "1.2", "creator": creator, "pages": pages, "entries": entries}
    # ASCII: no byte of it can steer a terminal.
    yield json.dumps({"log": archive}, indent=1)


def _pages(trajectory: Trajectory, causing: set[int | None]) -> Iterator[dict[str, Any]]:
    for step in trajectory.steps:
        if step.index in causing:
            yield {
                "startedDateTime": step.at.isoformat(),
                "id": _page(trajectory.episode, step.index),
                "title": f"{trajectory.started.task}, step {step.index}: {step.action.kind}",
                "pageTimings": {},
            }


def _page(episode: str, step: int) -> str:
    return f"{episode}/{step}"


def _entry(episode: str, exchange: WebExchange, shaped: int | None) -> dict[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 3)
    blocked = round(exchange.waited * 1000, 3)
    entry: dict[str, Any] = {
        "startedDateTime": exchange.at.isoformat(),
        "time": round(blocked + milliseconds, 3),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        # One time is on record, from head to end.
        "timings": {"blocked": blocked, "send": 0, "wait": milliseconds, "receive": 0},
        "_episode": episode,
        "_step": exchange.step,
        "_number": exchange.number,
        "_who": exchange.who,
        "_verdict": exchange.verdict,
        "_rule": exchange.rule_id,
        "_reason": exchange.reason,
        "_ended": exchange.ended,
        "_frames": exchange.frames,
        "_problem": exchange.problem,
        "_shaped": shaped is not None and exchange.step is not None and exchange.step >= shaped,
    }
    if exchange.step is not None:
        entry["pageref"] = _page(episode, exchange.step)
    if len(exchange.addresses) == 1:
        entry["serverIPAddress"] = exchange.addresses[0]
    return entry


def _request(exchange: WebExchange) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": _NO_VERSION,
        "cookies": [],
        "headers": [],
        "queryString": _query(exchange.url),
        "headersSize": _UNKNOWN,
        "bodySize": exchange.sent,
    }
    if exchange.sent_body:
        text = exchange.sent_body.decode(errors="backslashreplace")
        request["postData"] = {"mimeType": "", "text": text}
    return request


def _query(url: str) -> list[dict[str, str]]:
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        # It was asked for all the same, and denied.
        return []
    return [{"name": name, "value": value} for name, value in pairs]


def _response(exchange: WebExchange) -> dict[str, Any]:
    # As browsers write it: no answer has the status 0.
    status = exchange.status or 0
    content: dict[str, Any] = {"size": exchange.received, "mimeType": exchange.content_type}
    if exchange.received_body:
        content["text"] = base64.b64encode(exchange.received_body).decode()
        content["encoding"] = "base64"
    return {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": _NO_VERSION,
        "cookies": [],
        "headers": [],
        "content": content,
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": exchange.received,
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
