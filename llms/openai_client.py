"""A model behind any endpoint that speaks OpenAI's chat completions: vLLM, Ollama, a hosted one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import openai

from episodes.provenance import TokenChoice
from llms.client import Capabilities, Conversation, Drawn, Tool
from llms.served import ServedClient

_ALTERNATIVES = 5
# As many as are kept of a model that is loaded here.
_KEPT = 256
# What the protocol says of a token that is out of the question; some servers say minus infinity.
_NEVER = -9_999.0


class OpenAIClient(ServedClient):
    """Speaks chat completions; no key is sent to an endpoint that was named unless one is set."""

    provider = "openai"
    key_variable = "OPENAI_API_KEY"
    sdk = openai.OpenAI
    gives_up = openai.OpenAIError
    most_tokens_as = "max_completion_tokens"
    capabilities = Capabilities(log_probabilities=True, resampling=True, seed=True, structured=True)

    # Not every server gives them; the first refusal is the last question.
    _with_log_probabilities = True

    def _asked(self, conversation: Conversation, tool: Tool, seed: int | None) -> Any:
        function = {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        asked: dict[str, Any] = {
            **self._sampling,
            "model": self._name,
            "messages": _messages(conversation, tool.name),
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": tool.name}},
        }
        if seed is not None:
            asked["seed"] = seed
        create = self._client.chat.completions.create
        if not self._with_log_probabilities:
            return create(**asked)
        try:
            return create(**asked, logprobs=True, top_logprobs=_ALTERNATIVES)
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            completion = create(**asked)
            self._with_log_probabilities = False
            return completion

    def _drawn(self, answer: Any) -> Drawn:
        choice = answer.choices[0]
        self._fingerprint = self._hide(answer.system_fingerprint or "") or self._fingerprint
        self._answered_as = self._hide(answer.model or "") or self._answered_as
        calls = choice.message.tool_calls or ()
        text = next((call.function.arguments for call in calls if call.type == "function"), None)
        tokens = choice.logprobs.content if choice.logprobs is not None else None
        usage = answer.usage
        return Drawn(
            self._hide(text if text is not None else choice.message.content or ""),
            sum(_log(token) for token in tokens) if tokens else None,
            _entropy(tokens) if tokens else None,
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            cost=_cost(usage),
            choices=tuple(islice(self._choices(tokens or ()), _KEPT)),
        )

    def _choices(self, tokens: Sequence[Any]) -> Iterator[TokenChoice]:
        """The tokens of which others were told."""
        for token in tokens:
            others = [
                (self._piece(other), _log(other))
                for other in token.top_logprobs
                if other.token != token.token
            ]
            if others:
                yield TokenChoice(
                    text=self._piece(token),
                    log_probability=_log(token),
                    alternatives=tuple(others),
                )

    def _piece(self, token: Any) -> str:
        # Half a character has no bytes, and fits no log.
        return self._hide(token.token).encode("utf-8", "backslashreplace").decode()


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
    each = [-sum(math.exp(_log(one)) * _log(one) for one in token.top_logprobs) for token in tokens]
    return sum(each) / len(each)


def _log(token: Any) -> float:
    # In this order, so that what is no number at all becomes one, too.
    return min(0.0, max(_NEVER, float(token.logprob)))
