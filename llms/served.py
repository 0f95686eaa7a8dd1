"""A model behind an endpoint: asked through its provider's SDK, with patience that has an end."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from pydantic import JsonValue

from episodes.errors import AgentBroke
from episodes.provenance import Model
from llms.background import in_background
from llms.client import Capabilities, Conversation, Drawn, Tool

_RETRIES = 6
_SECONDS = 120.0
_MOST_TOKENS = 4_096
_BROKEN_ANSWERS = 5
# What comes of an answer that is none as the protocol has it.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
_NO_KEY = "none"


class ServedClient(ABC):
    """Asks through an SDK, which tries again with back-off where it makes sense.

    The key is read from the environment, and stands in nothing that is returned or raised.

    Args:
        name: The model's name there.
        url: Another server that speaks the protocol; the provider's own where absent.
        temperature: For drawing; the server's default where absent.
        seconds: The most that one try may take.
        retries: How often it is asked again where no answer came.
    """

    capabilities: Capabilities
    """What the server can do."""
    provider: ClassVar[str]
    """Who speaks the protocol, as agents are named."""
    key_variable: ClassVar[str]
    """The variable that holds the key."""
    sdk: ClassVar[Callable[..., Any]]
    """What makes the SDK's client."""
    gives_up: ClassVar[type[Exception]]
    """What the SDK raises once it tries no more."""
    most_tokens_as: ClassVar[str]
    """What the protocol calls the most that an answer may have."""

    def __init__(
        self,
        name: str,
        url: str | None = None,
        *,
        temperature: float | None = None,
        seconds: float = _SECONDS,
        retries: int = _RETRIES,
    ) -> None:
        self._key = os.environ.get(self.key_variable) or _NO_KEY
        self._name = name
        self._sampling: dict[str, JsonValue] = {self.most_tokens_as: _MOST_TOKENS}
        if temperature is not None:
            self._sampling["temperature"] = temperature
        self._client = _shared(type(self).sdk, self._key, url, seconds, retries)
        self._patience = seconds * (retries + 1)
        self._answered_as: str | None = None
        self._fingerprint: str | None = None

    @property
    def model(self) -> Model:
        """Which model, with what the server says of itself once it has answered."""
        return Model(
            provider=self.provider,
            name=self._name,
            revision=self._answered_as,
            fingerprint=self._fingerprint,
            sampling=self._sampling,
        )

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        """One answer; the same for the same seed only where the server takes one.

        Raises:
            AgentBroke: The server did not answer, however often it was asked.
        """
        broken: Exception | None = None
        for _ in range(_BROKEN_ANSWERS):
            try:
                # The SDK's limit is on each read: one that trickles would be waited for forever.
                asked = in_background(lambda: self._asked(conversation, tool, seed))
                return self._drawn(asked.result(self._patience))
            except (self.gives_up, TimeoutError) as problem:
                broken = problem
                break
            except _BROKEN as problem:
                # The SDK asks again where a server fails, and not where it babbles.
                broken = problem
        said = self._hide(str(broken))[:500]
        raise AgentBroke(f"{self.provider}:{self._name}: {type(broken).__name__}: {said}") from None

    @abstractmethod
    def _asked(self, conversation: Conversation, tool: Tool, seed: int | None) -> Any:
        """The SDK's answer to one question."""

    @abstractmethod
    def _drawn(self, answer: Any) -> Drawn:
        """What that answer says; anything may be missing from it, and raises."""

    def _hide(self, text: str) -> str:
        # A server may send back what it was sent, and an answer ends up in the log.
        return text if self._key == _NO_KEY else text.replace(self._key, "[key]")


@cache
def _shared(sdk: Callable[..., Any], key: str, url: str | None, seconds: float, tries: int) -> Any:
    # One for all episodes: it may be used from many threads, and holds their connections.
    return sdk(api_key=key, base_url=url, timeout=seconds, max_retries=tries)
