"""Drawing tokens: each row of a batch by its own schema, temperature and seed, and how sure it was.

A draw adds Gumbel noise to the scores and takes the best (C. Maddison, D. Tarlow and T. Minka,
A* Sampling, NeurIPS 2014, give the derivation). The noise follows from the row's seed and the
position alone, so that a draw is the same in any batch, and with a draft model as without one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import torch

from episodes.provenance import TokenChoice
from llms.grammar import Held

_ALTERNATIVES = 5


@dataclass
class Row:
    """One answer of a batch."""

    held: Held
    """What holds it to its schema."""
    temperature: float
    """0 takes the most probable token."""
    seed: int | None = None
    """For what is drawn; anew each time where absent."""
    choices: dict[int, TokenChoice] = field(default_factory=dict)
    """By position: what was drawn where there was a choice."""

    def __post_init__(self) -> None:
        if self.seed is None:
            self.seed = random.SystemRandom().getrandbits(48)


class Sampling:
    """What transformers asks at each position; it leaves one token of each row.

    Args:
        rows: One for each row of the batch.
        start: How many tokens the prompts have, padding included.
        most: The most that an answer may have.
        reserve: How many of them are kept for coming to an end.
        end: The token that ends an answer.
        tokenizer: For the texts of tokens.
    """

    def __init__(
        self, rows: list[Row], *, start: int, most: int, reserve: int, end: int, tokenizer: Any
    ) -> None:
        self._rows, self._start, self._end = rows, start, end
        self._closing_at, self._tokenizer = most - reserve, tokenizer

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores that leave one token of each row.

        Args:
            input_ids: Prompts and answers so far, (rows, tokens).
            scores: The model's, (rows, vocabulary).
        """
        left = torch.full_like(scores, float("-inf"))
        for index, row in enumerate(self._rows):
            said = input_ids[index, self._start :].tolist()
            left[index, self._drawn(row, said, scores[index])] = 0.0
        return left

    def _drawn(self, row: Row, said: list[int], scores: Any) -> int:
        if self._end in said:
            return self._end
        position = len(said)
        allowed = row.held.allowed(said, closing=position >= self._closing_at)
        mask = torch.from_numpy(allowed).to(scores.device)
        masked = scores.float().nan_to_num().masked_fill(~mask, float("-inf"))
        logs = torch.log_softmax(masked / (row.temperature or 1.0), dim=-1)
        noised = logs
        if row.temperature > 0:
            noised = logs + self._noise(row, position, logs.numel()).to(logs.device)
        token = int(noised.argmax())
        permitted = int(allowed.sum())
        if permitted > 1:
            row.choices[position] = self._choice(token, logs, permitted)
        else:
            row.choices.pop(position, None)
        return token

    @staticmethod
    def _noise(row: Row, position: int, size: int) -> Any:
        assert row.seed is not None
        generator = torch.Generator().manual_seed((row.seed * 1_000_003 + position) % 2**63)
        uniform = torch.rand(size, generator=generator).clamp(1e-20, 1 - 1e-7)
        return -(-uniform.log()).log()

    def _choice(self, token: int, logs: Any, permitted: int) -> TokenChoice:
        probabilities = logs.exp()
        entropy = -(probabilities * logs.masked_fill(probabilities == 0, 0.0)).sum()
        best, ids = logs.topk(min(_ALTERNATIVES + 1, permitted))
        others = [
            (self._text(other), log)
            for other, log in zip(ids.tolist(), best.tolist(), strict=True)
            if other != token
        ]
        return TokenChoice(
            text=self._text(token),
            log_probability=float(logs[token]),
            entropy=max(0.0, float(entropy)),
            alternatives=tuple(others[:_ALTERNATIVES]),
        )

    def _text(self, token: int) -> str:
        return str(self._tokenizer.decode([token]))
