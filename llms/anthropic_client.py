"""A model behind Anthropic's own API: its compatible layer for others' SDKs leaves out too much."""

from __future__ import annotations

import json
from typing import Any

import anthropic

from llms.client import Capabilities, Conversation, Drawn, Tool
from llms.served import ServedClient


class AnthropicClient(ServedClient):
    """Speaks the messages protocol, which knows neither seeds nor log-probabilities."""

    provider = "anthropic"
    key_variable = "ANTHROPIC_API_KEY"
    sdk = anthropic.Anthropic
    gives_up = anthropic.AnthropicError
    most_tokens_as = "max_tokens"
    capabilities = Capabilities(
        log_probabilities=False, resampling=True, seed=False, structured=True
    )

    def _asked(self, conversation: Conversation, tool: Tool, seed: int | None) -> Any:
        return self._client.messages.create(
            **self._sampling,
            model=self._name,
            system=conversation.system,
            messages=_messages(conversation, tool.name),
            tools=[
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                }
            ],
            tool_choice={"type": "tool", "name": tool.name},
        )

    def _drawn(self, answer: Any) -> Drawn:
        self._answered_as = self._hide(answer.model or "") or self._answered_as
        called = [block.input for block in answer.content if block.type == "tool_use"]
        text = "".join(block.text for block in answer.content if block.type == "text")
        return Drawn(
            self._hide(json.dumps(called[0]) if called else text),
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
        )


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
