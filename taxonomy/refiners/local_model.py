"""A small model on this machine: one of natural language inference, or a classifier of our causes.

It is a weak witness, and worth at most four to one. Weights are read from safetensors alone, from a
folder that is named: nothing is fetched, and no code of the model's own is run.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from episodes.errors import UsageError
from episodes.provenance import Model
from episodes.tags import Consulted, Event, Evidence
from episodes.trajectory import Trajectory
from taxonomy.refiners.refiner import ANSWERS, Answer, Opinion, Silence
from taxonomy.texts import text_of

if TYPE_CHECKING:
    import torch

HYPOTHESES: Mapping[Answer, str] = {
    "policy_violation": "The action was refused, because it is not permitted.",
    "environment_fault": "The action was right, and the system around it failed.",
    "hallucination": "The action relies on something that nobody had mentioned or shown.",
    "exploration": "The action was made to find something out.",
    "none": "The action did what it was meant to do.",
}
"""What each answer says of a step, for a model of inference to hold against its text."""

_OWN = "1"
_MOST = 0.8
_LEAST = 0.2
_PART = 4_000
_TOKENS = 512
_CHUNK = 1 << 20


class LocalModel:
    """Asks a sequence classifier of transformers'.

    Args:
        folder: Where the model lies: its configuration, tokenizer and safetensors.

    Raises:
        UsageError: There is no such model, it says neither `entailment` nor our causes, or the
            extra is not installed.
    """

    version = _OWN
    # torch uses every core for one question already.
    at_once = 1

    def __init__(self, folder: Path) -> None:
        self._tokenizer, self._model = _load(folder)
        self.name = f"nli:{folder.resolve().name}"
        labels = {int(at): str(name).lower() for at, name in self._model.config.id2label.items()}
        self._labels = {name: place for place, name in labels.items()}
        self._causes = _KNOWN.issuperset(self._labels)
        if not self._causes and "entailment" not in self._labels:
            raise UsageError(
                f"{folder}: its labels are {', '.join(self._labels)}; what is wanted is entailment "
                f"and contradiction, or some of {', '.join(sorted(_KNOWN))}"
            )
        self._read_as = Model(
            provider="transformers", name=folder.resolve().name, revision=_digest(folder)
        )

    def refine(self, trajectory: Trajectory, step: int, event: Event) -> Opinion | Silence:
        """How well each answer follows from the step's text."""
        began = time.monotonic()
        parts = _parts(trajectory, step)
        premise = "\n".join(f"{name}: {text}" for name, text in parts.items())
        hypotheses = [None] if self._causes else [HYPOTHESES[answer] for answer in ANSWERS]
        shares, tokens = self._shares(premise, hypotheses)
        scores = self._named(shares[0]) if self._causes else self._entailed(shares)
        consulted = Consulted(
            model=self._read_as, input_tokens=tokens, seconds=time.monotonic() - began
        )
        best = max(scores, key=lambda answer: scores[answer])
        evidence = tuple(
            Evidence(step=step, where=where, span=(0, len(parts[where])), note=f"{note}: {best}")
            for where, note in (("action", "read as"), ("observation", "with what came of it, as"))
            if where in parts
        )
        return Opinion(scores, evidence, consulted)

    def _shares(
        self, premise: str, hypotheses: Sequence[str | None]
    ) -> tuple[list[list[float]], int]:
        """By hypothesis, each label's probability; and how many tokens were read."""
        import torch

        pairs: dict[str, Any] = {"text": [premise] * len(hypotheses)}
        if hypotheses[0] is not None:
            pairs["text_pair"] = list(hypotheses)
        longest = min(_TOKENS, self._tokenizer.model_max_length)
        read = self._tokenizer(
            **pairs,
            truncation="only_first",
            max_length=longest,
            padding=len(hypotheses) > 1,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits: torch.Tensor = self._model(**read).logits
        return logits.float().softmax(-1).tolist(), int(read["attention_mask"].sum())

    def _entailed(self, shares: Sequence[Sequence[float]]) -> dict[Answer, float]:
        """Entailment against contradiction, neutrality left out.

        Source: W. Yin et al., Benchmarking zero-shot text classification, EMNLP 2019.
        """
        yes, no = self._labels["entailment"], self._labels.get("contradiction")
        found: dict[Answer, float] = {}
        for answer, share in zip(ANSWERS, shares, strict=True):
            against = 1.0 - share[yes] if no is None else share[no]
            found[answer] = _bounded(share[yes] / max(share[yes] + against, 1e-9))
        return found

    def _named(self, share: Sequence[float]) -> dict[Answer, float]:
        """A classifier's own shares of our causes; those that it does not know get the least."""
        told = {name: share[place] for name, place in self._labels.items()}
        return {answer: _bounded(told.get(answer, 0.0)) for answer in ANSWERS}


_KNOWN = frozenset((*get_args(Answer), "undetermined"))


def _load(folder: Path) -> tuple[Any, Any]:
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder}: no model lies there; name the folder that holds config.json")
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as problem:
        raise UsageError(
            f"nli:{folder}: {problem}; pip install 'longleash[transformers]'"
        ) from problem
    here: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **here)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, **here
        )
    except (OSError, ValueError, KeyError) as problem:
        first = str(problem).strip().splitlines()[:1]
        raise UsageError(f"{folder}: no model that can be loaded: {''.join(first)}") from problem
    return tokenizer, model.eval()


def _parts(trajectory: Trajectory, step: int) -> dict[str, str]:
    """What is read, what matters most first, since the end is what does not fit."""
    parts = {where: text_of(trajectory, step, where)[:_PART] for where in ("action", "observation")}
    parts["instruction"] = trajectory.started.instruction[:_PART]
    return {name: text for name, text in parts.items() if text}


def _bounded(score: float) -> float:
    return min(max(score, _LEAST), _MOST)


def _digest(folder: Path) -> str:
    """Of the weights, in the order of their files' names."""
    found = sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    return f"sha256:{found.hexdigest()}"
