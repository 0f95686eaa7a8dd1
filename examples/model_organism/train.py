"""Trains the organism from nothing: `python -m examples.model_organism.train --out FOLDER`.

Behaviour cloning: the next token of experts' calls, with the rest of the episode at a small weight,
which teaches it early to look back for what it was told.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

from examples.model_organism.experts import episode, jobs
from examples.model_organism.tokenizer import ACT, END, PAD, TOLD, make_tokenizer
from examples.model_organism.words import vocabulary

_OTHERS = 0.1
_IGNORED = -100


def words() -> tuple[str, ...]:
    """The closed vocabulary, read off the wordings of many tasks."""
    rng = random.Random(0)
    drawn = jobs(rng)
    told = {word for _ in range(2_000) for word in _bare(next(drawn).instruction)}
    return vocabulary(tuple(sorted(told)))


def _bare(instruction: str) -> Iterator[str]:
    # Names and paths are made of words that are tokens already.
    yield from (word for word in instruction.split() if word.isalpha())


def encoded(
    tokenizer: PreTrainedTokenizerFast, turns: list[tuple[str, str]]
) -> tuple[list[int], list[float]]:
    """An episode as token ids, and the weight of each."""
    ids: list[int] = []
    weights: list[float] = []
    for told, call in turns:
        before = tokenizer.encode(f"{TOLD}{told}{ACT}", add_special_tokens=False)
        after = tokenizer.encode(f"{call}{END}", add_special_tokens=False)
        ids += before + after
        weights += [_OTHERS] * len(before) + [1.0] * len(after)
    return ids, weights


def batches(
    tokenizer: PreTrainedTokenizerFast, rng: random.Random, tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Episodes of about one length together, so that little is padding."""
    drawn = jobs(rng)
    pad = tokenizer.convert_tokens_to_ids(PAD)
    while True:
        pool = sorted((encoded(tokenizer, episode(next(drawn))) for _ in range(512)), key=_length)
        groups: list[list[tuple[list[int], list[float]]]] = [[]]
        for one in pool:
            if len(one[0]) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(one)
        rng.shuffle(groups)
        for group in groups:
            longest = max(map(_length, group))
            rows = [ids + [pad] * (longest - len(ids)) for ids, _ in group]
            each = [weights + [0.0] * (longest - len(weights)) for _, weights in group]
            yield torch.tensor(rows), torch.tensor(each)


def _length(one: tuple[list[int], list[float]]) -> int:
    return len(one[0])


def _fresh(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def train(out: Path, steps: int, seed: int, tokens: int, rate: float, start: int) -> None:
    """Trains and writes model and tokenizer; goes on with what is there where it does not start."""
    logging.disable_progress_bar()
    torch.manual_seed(seed)
    rng = random.Random(seed)
    tokenizer = make_tokenizer(words())
    model = LlamaForCausalLM.from_pretrained(out) if start else _fresh(tokenizer)
    # A server that is told a temperature draws only where the model says that it may.
    model.generation_config = GenerationConfig(
        do_sample=True,
        top_k=0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    size = sum(one.numel() for one in model.parameters())
    print(f"{size:,} parameters, {len(tokenizer)} tokens", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.05)
    began, seen = time.monotonic(), 0
    for step, (ids, weights) in zip(
        range(start + 1, steps + 1), batches(tokenizer, rng, tokens), strict=False
    ):
        for group in optimizer.param_groups:
            group["lr"] = rate * min((step - start) / 100, max(0.02, 1 - step / steps))
        logits = model(ids[:, :-1]).logits
        each = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
        )
        weight = weights[:, 1:].flatten()
        loss = (each * weight).sum() / weight.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen += int((weight > 0).sum())
        if step % 50 == 0:
            acted = weight == 1.0
            right = (logits.flatten(0, 1).argmax(-1) == ids[:, 1:].flatten())[acted]
            print(
                f"{time.monotonic() - began:.0f} s ({time.process_time():.0f} of CPU), "
                f"step {step}, {seen:,} tokens: "
                f"of calls loss {each[acted].mean():.4f}, right {right.float().mean():.4f}",
                flush=True,
            )
        if step % 250 == 0 or step == steps:
            out.mkdir(parents=True, exist_ok=True)
            model.save_pretrained(out)
            tokenizer.save_pretrained(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--start", type=int, default=0, help="go on after so many steps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    train(given.out, given.steps, given.seed, given.tokens, given.rate, given.start)
