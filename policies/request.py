"""One request to a network, as the browser, a program or the egress proxy means to make it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from episodes.record import Count, Record

Purpose = Literal["page", "resource", "download", "upload", "form"]
"""What a request is for; all but the first two have a say of their own in the policy."""


class WebRequest(Record):
    """A request that is to be judged, and once more when its answer's head is there."""

    kind: Literal["request"] = "request"
    url: Annotated[str, Field(examples=["https://example.com/"])]
    """Where to, as written."""
    method: Annotated[str, Field(examples=["POST"])] = "GET"
    """The method, in capitals."""
    purpose: Annotated[Purpose, Field(examples=["page"])] = "resource"
    """What it is for."""
    content_type: Annotated[str | None, Field(examples=["text/html"])] = None
    """The body's type without parameters, of what is sent or comes back; absent if not known."""
    size: Annotated[Count | None, Field(examples=[1024])] = None
    """The body's bytes, likewise."""
    addresses: Annotated[tuple[str, ...], Field(examples=[["93.184.216.34"]])] = ()
    """The addresses that the host's name led to, where it has been looked up."""
