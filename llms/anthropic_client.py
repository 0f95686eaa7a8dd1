"""A model behind Anthropic's own API: its compatible layer for others' SDKs leaves out too much."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any, cast

import anthropic

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


class AnthropicClient:
    """Asks through the anthropic SDK, which tries again with back-off where it makes sense.

    The key is read from the environment, `ANTHROPIC_API_KEY`.

    Args:
        name: The model's name.
        url: Another server that speaks the protocol; Anthropic's own where absent.
        temperature: For drawing; the server's default where absent.
        seconds: The most that one try may take.
        retries: How often it is asked again where no answer came.
    """

    capabilities = Capabilities(
        log_probabilities=False, resampling=True, seed=False, structured=True
    )

    def __init__(
        self,
        name: str,
        url: str | None = None,
        *,
        temperature: float | None = None,
        seconds: float = _SECONDS,
        retries: int = _RETRIES,
    ) -> None:
        self._key = os.environ.get("ANTHROPIC_API_KEY") or "none"
        self._name = name
        self._sampling: dict[str, Any] = {"max_tokens": _MOST_TOKENS}
        if temperature is not None:
            self._sampling["temperature"] = temperature
        self._client = _sdk(self._key, url, seconds, retries)
        self._patience = seconds * (retries + 1)
        self._answered_as: str | None = None

    @property
    def model(self) -> Model:
        """Which model; the name that answered is its revision."""
        return Model(
            provider="anthropic",
            name=self._name,
            revision=self._answered_as,
            sampling=self._sampling,
        )

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        """One answer; the server takes no seed.

        Raises:
            AgentBroke: The server did not answer, however often it was asked.
        """
        broken: Exception | None = None
        for _ in range(_BROKEN_ANSWERS):
            try:
                # The SDK's limit is on each read: one that trickles would be waited for forever.
                asked = in_background(lambda: self._asked(conversation, tool))
                return self._drawn(asked.result(self._patience))
            except (anthropic.AnthropicError, TimeoutError) as problem:
                broken = problem
                break
            except _BROKEN as problem:
                # The SDK asks again where a server fails, and not where it babbles.
                broken = problem
        said = self._hide(str(broken))[:500]
        raise AgentBroke(f"anthropic:{self._name}: {type(broken).__name__}: {said}") from None

    def _asked(self, conversation: Conversation, tool: Tool) -> Any:
        return self._client.messages.create(
            **self._sampling,
            model=self._name,
            system=conversation.system,
            messages=cast("Any", _messages(conversation, tool.name)),
            tools=[
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                }
            ],
            tool_choice={"type": "tool", "name": tool.name},
        )

    def _drawn(self, message: Any) -> Drawn:
        self._answered_as = self._hide(message.model or "") or self._answered_as
        called = [block.input for block in message.content if block.type == "tool_use"]
        text = "".join(block.text for block in message.content if block.type == "text")
        return Drawn(
            self._hide(json.dumps(called[0]) if called else text),
            input_tokens=message.usage.input_tokens,
            output_tokens=message.usage.output_tokens,
        )

    def _hide(self, text: str) -> str:
        # A server may send back what it was sent, and an answer ends up in the log.
        return text.replace(self._key, "[key]" if self._key != "none" else self._key)


@cache
def _sdk(key: str, url: str | None, seconds: float, retries: int) -> anthropic.Anthropic:
    # One for all episodes: it may be used from many threads, and holds their connections.
    return anthropic.Anthropic(api_key=key, base_url=url, timeout=seconds, max_retries=retries)


def _messages(conversation: Conversation, tool: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": conversation.task}]
    for at, turn in enumerate(conversation.turns):
        called = {"type": "tool_use", "id": f"step-{at}", "name": tool}
        messages.append({"role": "assistant", "content": [called | {"input": _object(turn.call)}]})
        result = {"type": "tool_result", "tool_use_id": f"step-{at}", "content": turn.result}
        messages.append({"role": "user", "content": [result]})
    return messages


def _object(call: str) -> Any:
    said = json.loads(call)
    # What was no call at all has to stand as one here: the protocol knows objects only.
    return said if isinstance(said, dict) else {"action": said}
