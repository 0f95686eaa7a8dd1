"""What a local model reads: a conversation through its chat template, or as plain text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jinja2

from episodes.errors import AgentBroke
from llms.client import Conversation, Tool


class Prompts:
    """Writes prompts for one tokenizer.

    Args:
        tokenizer: The model's.
        most_tokens: The most that a prompt may have; the oldest turns are left out beyond.
    """

    def __init__(self, tokenizer: Any, most_tokens: int) -> None:
        self._tokenizer, self._most = tokenizer, most_tokens
        added = tokenizer.added_tokens_decoder.values()
        special = {*tokenizer.all_special_tokens, *(str(one) for one in added if one.special)}
        self._special = sorted((one for one in special if len(one) > 1), key=len, reverse=True)

    def tokens(self, conversation: Conversation, tool: Tool) -> tuple[int, ...]:
        """The prompt, in tokens.

        Raises:
            AgentBroke: Task and rules alone are more than the model can read.
        """
        whole = replace(conversation, system=f"{conversation.system}\n\n{_asked(tool)}")
        left_out = 0
        while True:
            turns = whole.turns[left_out:]
            note = f"\n\n(Your first {left_out} steps are left out here.)" if left_out else ""
            ids = self._written(replace(whole, task=whole.task + note, turns=turns))
            if len(ids) <= self._most:
                return tuple(ids)
            if not turns:
                raise AgentBroke(
                    f"the task with its rules has {len(ids)} tokens, and the model reads "
                    f"{self._most} beside its answer"
                )
            # In proportion, since each try writes all of it anew.
            left_out += max(1, round(len(turns) * (1 - self._most / len(ids)) / 2))

    def _written(self, conversation: Conversation) -> list[int]:
        templated = self._tokenizer.chat_template is not None
        text = self._templated(conversation) if templated else self._plain(conversation)
        # A template wrote the special tokens that it wants.
        return list(self._tokenizer.encode(text, add_special_tokens=not templated))

    def _templated(self, conversation: Conversation) -> str:
        told = [{"role": "user", "content": self._defused(conversation.task)}]
        for turn in conversation.turns:
            told.append({"role": "assistant", "content": self._defused(turn.call)})
            told.append({"role": "user", "content": self._defused(turn.result)})
        system = self._defused(conversation.system)
        try:
            return self._rendered([{"role": "system", "content": system}, *told])
        except jinja2.TemplateError:
            # Some templates know no system's message.
            told[0]["content"] = f"{system}\n\n{told[0]['content']}"
            try:
                return self._rendered(told)
            except jinja2.TemplateError as problem:
                raise AgentBroke(f"the model's chat template: {problem}"[:300]) from problem

    def _rendered(self, messages: list[dict[str, str]]) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
        )

    def _plain(self, conversation: Conversation) -> str:
        parts = [conversation.system, f"Task: {conversation.task}"]
        parts += [f"Call: {turn.call}\nResult: {turn.result}" for turn in conversation.turns]
        return self._defused("\n\n".join([*parts, "Call: "]))

    def _defused(self, text: str) -> str:
        """Text in which nothing reads as a token that only the template may write."""
        for token in self._special:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def _asked(tool: Tool) -> str:
    schema = json.dumps(tool.parameters, ensure_ascii=False)
    return (
        f"Answer with the arguments of a call of `{tool.name}` as one JSON object and nothing "
        f"else. {tool.description} Its JSON Schema: {schema}"
    )
