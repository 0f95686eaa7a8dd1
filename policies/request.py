"""One request to a network, as the browser, a program or the egress proxy means to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Purpose = Literal["page", "resource", "download", "upload", "form"]
"""What a request is for; all but the first two have a say of their own in the policy."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request that is to be judged, and once more when its answer's head is there."""

    url: str
    """Where to, as written."""
    method: str = "GET"
    """The method, in capitals."""
    purpose: Purpose = "resource"
    """What it is for."""
    content_type: str | None = None
    """The body's type without parameters, of what is sent or comes back; None where not known."""
    size: int | None = None
    """The body's bytes, likewise."""
    addresses: tuple[str, ...] = ()
    """The addresses that the host's name led to, where it has been looked up."""
