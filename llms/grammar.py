"""Holding a local model to a schema: which token may come next, and how an answer comes to its end.

By llguidance: a wheel of a few megabytes, which computes each mask as it is needed. (xgrammar does
the same and brings Triton, 286 MB, to machines without a GPU as well.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import llguidance
import llguidance.hf
import numpy as np
from numpy.typing import NDArray

from episodes.errors import AgentBroke

Mask = NDArray[np.bool_]
"""Of the whole vocabulary: which tokens may come next."""

_CLOSERS = ('"', "}", "]", ",", ":")
"""What ends an answer soonest: the first of these that may stand, again and again."""


class Grammar:
    """What schemas permit, in the tokens of one model.

    Args:
        tokenizer: The model's.
        size: How many tokens its scores are for, which may be more than the tokenizer has.
    """

    def __init__(self, tokenizer: Any, size: int) -> None:
        self._ends = tokenizer.eos_token_id
        self._size = size
        self._tokens = _tokens(tokenizer, size)
        self._closers = [
            ids[0]
            for text in _CLOSERS
            if len(ids := tokenizer.encode(text, add_special_tokens=False)) == 1
        ]
        self._compiled = lru_cache(maxsize=64)(self._compile)

    def holding(self, schema: dict[str, Any]) -> Held:
        """A new answer that is held to a schema."""
        matcher = self._compiled(json.dumps(schema)).deep_copy()
        return Held(matcher, self._size, [self._ends, *self._closers])

    def _compile(self, schema: str) -> llguidance.LLMatcher:
        # Separators as json.dumps writes them, so that new calls look like those it is shown.
        # A format that is unknown is checked when the action is read.
        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            schema,
            overrides={
                "whitespace_flexible": False,
                "item_separator": ", ",
                "key_separator": ": ",
                "lenient": True,
            },
        )
        return llguidance.LLMatcher(self._tokens, grammar, log_level=0)


class Held:
    """One answer in the making.

    Args:
        matcher: At the start.
        size: How many tokens there are.
        closers: What ends it soonest, in this order.
    """

    def __init__(self, matcher: llguidance.LLMatcher, size: int, closers: list[int]) -> None:
        self._matcher, self._size, self._closers = matcher, size, closers
        self._said: list[int] = []

    def allowed(self, said: Sequence[int], *, closing: bool) -> Mask:
        """Which tokens may come next.

        Args:
            said: The answer so far. It may be another than last time: drafts are taken back.
            closing: Whether the answer has to come to its end.

        Raises:
            AgentBroke: The schema is past what a grammar may be.
        """
        self._go_to(said)
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        if self._matcher.is_error():
            problem = self._matcher.get_error().splitlines()[0][:300]
            raise AgentBroke(f"the answer cannot be held to its schema: {problem}")
        mask: Mask = np.unpackbits(bits, bitorder="little")[: self._size].astype(np.bool_)
        if closing:
            for closer in self._closers:
                if mask[closer]:
                    only: Mask = np.zeros(self._size, dtype=np.bool_)
                    only[closer] = True
                    return only
        return mask

    def _go_to(self, said: Sequence[int]) -> None:
        same = 0
        for mine, theirs in zip(self._said, said, strict=False):
            if mine != theirs:
                break
            same += 1
        if same < len(self._said):
            self._matcher.rollback(len(self._said) - same)
        if same < len(said):
            self._matcher.consume_tokens(list(said[same:]))
        self._said = list(said)


class _Words:
    """A tokenizer without a byte-level decoder, as the bytes of each of its tokens."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        special = set(tokenizer.all_special_ids)
        self.eos_token_id: int = tokenizer.eos_token_id
        self.bos_token_id: int | None = tokenizer.bos_token_id
        self.special_token_ids = sorted(special)
        self.tokens = [
            b"" if index in special or index >= len(tokenizer) else self._bytes(tokenizer, index)
            for index in range(size)
        ]
        self._ids = {token: index for index, token in enumerate(self.tokens) if token}
        self._longest = max(map(len, self._ids), default=0)

    def __call__(self, text: bytes) -> list[int]:
        # The longest first, and not as it would read a prompt: what it has no token for would come
        # back as one that stands for anything.
        ids: list[int] = []
        at = 0
        while at < len(text):
            for length in range(min(self._longest, len(text) - at), 0, -1):
                found = self._ids.get(text[at : at + length])
                if found is not None:
                    ids.append(found)
                    at += length
                    break
            else:
                return ids
        return ids

    @staticmethod
    def _bytes(tokenizer: Any, index: int) -> bytes:
        # A mark for a space or for the middle of a word is the tokenizer's own; alone, it is lost.
        token: str = tokenizer.convert_ids_to_tokens(index)
        return token.replace("\u2581", " ").removeprefix("##").encode()


def _tokens(tokenizer: Any, size: int) -> llguidance.LLTokenizer:
    try:
        return llguidance.hf.from_tokenizer(tokenizer, n_vocab=size)
    except ValueError:
        # It reads byte-level and byte-fallback tokenizers of the fast kind by itself.
        words = llguidance.TokenizerWrapper(_Words(tokenizer, size))
        return llguidance.LLTokenizer(words, n_vocab=size)
