"""A model in this process: loaded once, and asked by many episodes in batches."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import torch
import transformers

from episodes.errors import AgentBroke, AgentUnknown
from llms.client import Drawn, Tool
from llms.grammar import Grammar
from llms.prompt import Prompts
from llms.sampling import Row, Sampling

_AT_ONCE = 32
_RESERVE = 256
_KEPT = 256


@dataclass(frozen=True)
class Ask:
    """One answer that is wanted."""

    prompt: tuple[int, ...]
    """What the model reads, in tokens."""
    tool: Tool
    """What it has to call."""
    temperature: float
    """0 takes the most probable token each time."""
    seed: int | None
    """For what is drawn."""


class LocalModel:
    """Answers in batches: what is asked while one is under way is the next.

    Args:
        name: A folder, or a name that transformers can load.
        draft: A smaller model of the same tokenizer, whose guesses this one checks.
        most_tokens: The most that an answer may have.

    Raises:
        AgentUnknown: It cannot be loaded.
    """

    def __init__(self, name: str, draft: str | None, most_tokens: int) -> None:
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self.tokenizer, self._model = _loaded(name)
        self._draft = None
        if draft is not None:
            tokenizer, self._draft = _loaded(draft)
            if tokenizer.get_vocab() != self.tokenizer.get_vocab():
                raise AgentUnknown(
                    f"--draft-model {draft}: its tokens are not those of {name}, so it cannot "
                    "guess for it; name a smaller model of the same family"
                )
        config = self._model.config.get_text_config()
        reach = int(getattr(config, "max_position_embeddings", None) or 1 << 20)
        self.most_tokens = min(most_tokens, reach // 2)
        self.prompts = Prompts(self.tokenizer, reach - self.most_tokens)
        self._grammar = Grammar(self.tokenizer, int(config.vocab_size))
        self.revision = getattr(config, "_commit_hash", None) or _digest(Path(name))
        self.fingerprint = _sha256(
            self.tokenizer.backend_tokenizer.to_str().encode()
            if self.tokenizer.is_fast
            else repr(sorted(self.tokenizer.get_vocab().items())).encode(),
            str(self.tokenizer.chat_template).encode(),
        )
        self._waiting: SimpleQueue[tuple[Ask, Future[Drawn]]] = SimpleQueue()
        threading.Thread(target=self._serve, name=f"model-{name}", daemon=True).start()

    def answers(self, asks: Sequence[Ask]) -> list[Drawn]:
        """One answer each, in their order; others' may be drawn in the same batch.

        Raises:
            AgentBroke: The model could not answer.
        """
        futures: list[Future[Drawn]] = [Future() for _ in asks]
        for ask, future in zip(asks, futures, strict=True):
            self._waiting.put((ask, future))
        return [future.result() for future in futures]

    def _serve(self) -> None:
        while True:
            batch = [self._waiting.get()]
            # A draft model guesses for one answer at a time.
            while len(batch) < (1 if self._draft else _AT_ONCE):
                try:
                    batch.append(self._waiting.get_nowait())
                except Empty:
                    break
            self._answer(batch)

    def _answer(self, batch: list[tuple[Ask, Future[Drawn]]]) -> None:
        try:
            drawn = self._drawn([ask for ask, _ in batch])
        except Exception as problem:  # noqa: BLE001 - whoever asked gets it.
            if len(batch) > 1:
                # One that is too much for the machine is no other's fault.
                for one in batch:
                    self._answer([one])
                return
            if not isinstance(problem, AgentBroke):
                problem = AgentBroke(f"the model broke: {type(problem).__name__}: {problem}"[:500])
            batch[0][1].set_exception(problem)
            return
        for (_, future), answer in zip(batch, drawn, strict=True):
            future.set_result(answer)

    def _drawn(self, asks: list[Ask]) -> list[Drawn]:
        rows = [
            Row(self._grammar.holding(ask.tool.parameters), ask.temperature, ask.seed)
            for ask in asks
        ]
        longest = max(len(ask.prompt) for ask in asks)
        pad = self.tokenizer.pad_token_id
        pad = self.tokenizer.eos_token_id if pad is None else pad
        padding = [longest - len(ask.prompt) for ask in asks]
        ids = [[pad] * n + list(ask.prompt) for n, ask in zip(padding, asks, strict=True)]
        seen = [[0] * n + [1] * (longest - n) for n in padding]
        sampling = Sampling(
            rows,
            start=longest,
            most=self.most_tokens,
            reserve=min(_RESERVE, self.most_tokens // 2),
            end=self.tokenizer.eos_token_id,
            tokenizer=self.tokenizer,
        )
        device = self._model.device
        with torch.inference_mode():
            said = self._model.generate(
                torch.tensor(ids, device=device),
                attention_mask=torch.tensor(seen, device=device),
                # Its own settings, such as a penalty on repetition, would not be on record.
                generation_config=transformers.GenerationConfig(
                    max_new_tokens=self.most_tokens,
                    do_sample=False,
                    pad_token_id=pad,
                    eos_token_id=self.tokenizer.eos_token_id,
                ),
                logits_processor=transformers.LogitsProcessorList([sampling]),
                assistant_model=self._draft,
            )
        return [
            self._read(ask, row, answer[longest:].tolist())
            for ask, row, answer in zip(asks, rows, said, strict=True)
        ]

    def _read(self, ask: Ask, row: Row, said: list[int]) -> Drawn:
        end = self.tokenizer.eos_token_id
        count = said.index(end) + 1 if end in said else len(said)
        text = self.tokenizer.decode(
            said[:count], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        # What a draft model guessed past the end was never said.
        choices = [row.choices[at] for at in sorted(row.choices) if at < count]
        return Drawn(
            str(text),
            log_probability=sum(choice.log_probability for choice in choices),
            entropy=sum(choice.entropy or 0.0 for choice in choices) / max(1, len(choices)),
            choices=tuple(choices[:_KEPT]),
            input_tokens=len(ask.prompt),
            output_tokens=count,
        )


_lock = threading.Lock()


@lru_cache(maxsize=4)
def _kept(name: str, draft: str | None, most_tokens: int) -> LocalModel:
    return LocalModel(name, draft, most_tokens)


def local_model(name: str, draft: str | None, most_tokens: int) -> LocalModel:
    """The model by that name, loaded once for all who ask.

    Raises:
        AgentUnknown: It cannot be loaded.
    """
    with _lock:
        return _kept(name, draft, most_tokens)


def _loaded(name: str) -> tuple[Any, Any]:
    written = name.startswith((".", "/", "~")) or name.count("/") > 1
    path = Path(name).expanduser()
    if written and not path.is_dir():
        raise AgentUnknown(f"transformers:{name}: no folder {path}")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = str(path) if path.is_dir() else name
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(where)
        model = transformers.AutoModelForCausalLM.from_pretrained(where, dtype="auto")
    # Whatever a folder of anybody's makes it raise, it is no model.
    except Exception as problem:
        told = str(problem).strip().split("\n")[0][:300]
        raise AgentUnknown(f"transformers:{name}: {type(problem).__name__}: {told}") from problem
    if tokenizer.eos_token_id is None:
        raise AgentUnknown(
            f"transformers:{name}: its tokenizer names no token that ends an answer; "
            "set eos_token in its tokenizer_config.json"
        )
    return tokenizer, model.to(device).eval()


def _digest(folder: Path) -> str | None:
    weights = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    if not weights:
        return None
    total = hashlib.sha256()
    for path in weights:
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return f"sha256:{total.hexdigest()}"


def _sha256(*parts: bytes) -> str:
    return "sha256:" + hashlib.sha256(b"\0".join(parts)).hexdigest()
