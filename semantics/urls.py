"""URLs in one canonical form, as a browser reads them (WHATWG URL Standard, by way of ada)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import ada_url

LONGEST = 8192
"""The longest URL that is read, in characters."""

_OWN_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21}
_REFUSED = re.compile(r"[^\x21-\x7e\xa1-\ud7ff\ue000-\U0010ffff]")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_.-]+\Z|\[[0-9a-f:.]+\]\Z")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in canonical form.

    What is said of host, port, path and query holds for http, https, ws and wss; of any other
    scheme, browsers differ on all but its name.
    """

    scheme: str
    """In small letters, without the colon."""
    host: str
    """In small letters and punycode, without a dot at its end; an address in its shortest form, one
    of version 6 in brackets; empty where the scheme has none."""
    port: int | None
    """The port, the scheme's own one where none is written; None where the scheme has none."""
    path: str
    """Without dot segments; only what has to be percent-encoded is, in capitals."""
    query: str
    """What follows the question mark; empty where there is none."""
    credentials: bool = False
    """Whether a user name or a password was written."""

    def __str__(self) -> str:
        """The URL, without credentials and fragment."""
        own = self.port == _OWN_PORTS.get(self.scheme)
        place = f"//{self.host}{'' if own else f':{self.port}'}" if self.host else ""
        return f"{self.scheme}:{place}{self.path}" + (f"?{self.query}" if self.query else "")


def canonical_url(text: str) -> Url:
    """Reads a URL as a browser does, except that nothing is stripped from it.

    Args:
        text: An absolute URL.

    Returns:
        Its canonical form; `str` of it is a URL whose canonical form is the same.

    Raises:
        ValueError: It is none, too long, or holds blanks or control characters; or its host has
            characters that no host has and browsers write in different ways.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the URL has over {LONGEST} characters; write a shorter one")
    refused = _REFUSED.search(text)
    if refused:
        raise ValueError(
            f"the URL holds {refused.group()!r} at {refused.start()}, which belongs in none; "
            "write it as %XX"
        )
    try:
        read = ada_url.URL(text)
    except ValueError:
        raise ValueError(
            f"{text[:200]!r} is no absolute URL; write e.g. 'https://example.com/'"
        ) from None
    scheme = read.protocol.removesuffix(":")
    port = int(read.port) if read.port else _OWN_PORTS.get(scheme)
    return Url(
        scheme,
        _host(read.hostname, scheme),
        port,
        # Where the standard leaves a character as it is and Chromium encodes it, it is encoded.
        _plain(read.pathname).replace("|", "%7C"),
        _plain(read.search.removeprefix("?")).replace("'", "%27"),
        bool(read.username or read.password),
    )


def _host(host: str, scheme: str) -> str:
    bare = host.removesuffix(".")
    if scheme in _OWN_PORTS and not _HOST.match(bare):
        raise ValueError(f"the URL's host {host[:100]!r} is none; write a name or an address")
    if bare.endswith("."):
        raise ValueError(f"{host!r} ends in several dots; write the host without them")
    return bare


def _plain(text: str) -> str:
    """Percent-encodes in one way: no letter that need not be is, and the rest is in capitals."""

    def straight(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if _UNRESERVED.match(character) else f"%{found[1].upper()}"

    return _ENCODED.sub(straight, text)
