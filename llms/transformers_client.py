"""Any causal language model that transformers loads, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from episodes.provenance import Model
from llms.client import Capabilities, Conversation, Drawn, Tool
from llms.local_model import Ask, local_model

_TEMPERATURE = 1.0
_MOST_TOKENS = 2_048


class TransformersClient:
    """Asks a model that is loaded here; all clients of one model share it, in batches.

    Args:
        name: A folder, or a name that transformers can load.
        url: None: a model here has no server.
        temperature: For drawing; 0 takes the most probable token each time.
        draft_model: A smaller model of the same tokenizer, for assisted generation.
        most_tokens: The most that an answer may have; what is left open by then is closed.

    Raises:
        AgentUnknown: The model cannot be loaded.
    """

    capabilities = Capabilities(log_probabilities=True, resampling=True, seed=True, structured=True)

    def __init__(
        self,
        name: str,
        url: str | None = None,
        *,
        temperature: float | None = None,
        draft_model: str | None = None,
        most_tokens: int = _MOST_TOKENS,
    ) -> None:
        self._name, self._draft = name, draft_model
        self._temperature = _TEMPERATURE if temperature is None else temperature
        self._model = local_model(name, draft_model, most_tokens)

    @property
    def model(self) -> Model:
        """Which model, by its weights, its tokenizer and its template."""
        sampling: dict[str, JsonValue] = {
            "temperature": self._temperature,
            "most_tokens": self._model.most_tokens,
        }
        if self._draft is not None:
            sampling["draft_model"] = self._draft
        return Model(
            provider="transformers",
            name=self._name,
            revision=self._model.revision,
            fingerprint=self._model.fingerprint,
            sampling=sampling,
        )

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        """One answer; the same for the same seed.

        Raises:
            AgentBroke: It could not answer, or cannot read that much.
        """
        return self._drawn(conversation, tool, (seed,))[0]

    def draw_many(self, conversation: Conversation, tool: Tool, count: int) -> Sequence[Drawn]:
        """Answers drawn in the same state, independently of one another.

        Raises:
            AgentBroke: It could not answer, or cannot read that much.
        """
        return self._drawn(conversation, tool, (None,) * count)

    def _drawn(
        self, conversation: Conversation, tool: Tool, seeds: Sequence[int | None]
    ) -> list[Drawn]:
        prompt = self._model.prompts.tokens(conversation, tool)
        return self._model.answers([Ask(prompt, tool, self._temperature, seed) for seed in seeds])
