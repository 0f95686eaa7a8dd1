"""A model behind any endpoint that speaks OpenAI's chat completions: vLLM, Ollama, a hosted one."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import openai
from pydantic import JsonValue

from episodes.errors import AgentBroke
from episodes.provenance import Model
from llms.background import in_background
from llms.client import Capabilities, Conversation, Drawn, Tool

_RETRIES = 6
_SECONDS = 120.0
_ALTERNATIVES = 5
_MOST_TOKENS = 4_096
_BROKEN_ANSWERS = 5
# What comes of an answer that is none as the protocol has it.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


class OpenAIClient:
    """Asks through the openai SDK, which tries again with back-off where it makes sense.

    The key is read from the environment (`OPENAI_API_KEY`), and none is sent to an endpoint that
    was named unless it is set.

    Args:
        name: The model's name there.
        url: The endpoint, up to and with its `/v1`; OpenAI's own where absent.
        temperature: For drawing; the server's default where absent.
        seconds: The most that one try may take.
        retries: How often it is asked again where no answer came.
    """

    capabilities = Capabilities(log_probabilities=True, resampling=True, seed=True, structured=True)

    def __init__(
        self,
        name: str,
        url: str | None = None,
        *,
        temperature: float | None = None,
        seconds: float = _SECONDS,
        retries: int = _RETRIES,
    ) -> None:
        self._key = os.environ.get("OPENAI_API_KEY") or "none"
        self._name, self._temperature = name, temperature
        self._client = _sdk(self._key, url, seconds, retries)
        self._patience = seconds * (retries + 1)
        self._fingerprint: str | None = None
        self._answered_as: str | None = None
        # Not every server gives them; the first refusal is the last question.
        self._with_log_probabilities = True

    @property
    def model(self) -> Model:
        """Which model, with what the server says of the system behind it once it has answered."""
        sampling: dict[str, JsonValue] = {"max_completion_tokens": _MOST_TOKENS}
        if self._temperature is not None:
            sampling["temperature"] = self._temperature
        return Model(
            provider="openai",
            name=self._name,
            revision=self._answered_as,
            fingerprint=self._fingerprint,
            sampling=sampling,
        )

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        """One answer.

        Raises:
            AgentBroke: The server did not answer, however often it was asked.
        """
        broken: Exception | None = None
        for _ in range(_BROKEN_ANSWERS):
            try:
                # The SDK's limit is on each read: one that trickles would be waited for forever.
                asked = in_background(lambda: self._asked(conversation, tool, seed))
                return self._drawn(asked.result(self._patience))
            except (openai.OpenAIError, TimeoutError) as problem:
                broken = problem
                break
            except _BROKEN as problem:
                # The SDK asks again where a server fails, and not where it babbles.
                broken = problem
        said = self._hide(str(broken))[:500]
        raise AgentBroke(f"openai:{self._name}: {type(broken).__name__}: {said}") from None

    def _drawn(self, completion: Any) -> Drawn:
        choice = completion.choices[0]
        self._fingerprint = self._hide(completion.system_fingerprint or "") or self._fingerprint
        self._answered_as = self._hide(completion.model or "") or self._answered_as
        calls = choice.message.tool_calls or ()
        text = next((call.function.arguments for call in calls if call.type == "function"), None)
        tokens = choice.logprobs.content if choice.logprobs is not None else None
        usage = completion.usage
        return Drawn(
            self._hide(text if text is not None else choice.message.content or ""),
            sum(token.logprob for token in tokens) if tokens else None,
            _entropy(tokens) if tokens else None,
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            cost=_cost(usage),
        )

    def _hide(self, text: str) -> str:
        # A server may send back what it was sent, and an answer ends up in the log.
        return text.replace(self._key, "[key]" if self._key != "none" else self._key)

    def _asked(self, conversation: Conversation, tool: Tool, seed: int | None) -> Any:
        named = {"type": "function", "function": {"name": tool.name}}
        asked: dict[str, Any] = {
            "model": self._name,
            "messages": _messages(conversation, tool.name),
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
            ],
            "tool_choice": named,
            "max_completion_tokens": _MOST_TOKENS,
        }
        if seed is not None:
            asked["seed"] = seed
        if self._temperature is not None:
            asked["temperature"] = self._temperature
        if not self._with_log_probabilities:
            return self._client.chat.completions.create(**asked)
        try:
            return self._client.chat.completions.create(
                **asked, logprobs=True, top_logprobs=_ALTERNATIVES
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            completion = self._client.chat.completions.create(**asked)
            self._with_log_probabilities = False
            return completion


@cache
def _sdk(key: str, url: str | None, seconds: float, retries: int) -> openai.OpenAI:
    # One for all episodes: it may be used from many threads, and holds their connections.
    return openai.OpenAI(api_key=key, base_url=url, timeout=seconds, max_retries=retries)


def _messages(conversation: Conversation, tool: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": conversation.system},
        {"role": "user", "content": conversation.task},
    ]
    for at, turn in enumerate(conversation.turns):
        called = {"name": tool, "arguments": turn.call}
        messages.append(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": f"step-{at}", "type": "function", "function": called}],
            }
        )
        messages.append({"role": "tool", "tool_call_id": f"step-{at}", "content": turn.result})
    return messages


def _cost(usage: Any) -> float | None:
    # No part of the protocol, but routers that know the price say it there.
    said = getattr(usage, "cost", None)
    return float(said) if isinstance(said, int | float) and said >= 0 else None


def _entropy(tokens: Sequence[Any]) -> float:
    """The mean over tokens of the entropy among the alternatives told, which is a lower bound."""
    each: list[float] = [
        -sum(math.exp(one.logprob) * one.logprob for one in token.top_logprobs) for token in tokens
    ]
    return sum(each) / len(each)
