"""How models are to draw, where whoever starts a run says so."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Drawing:
    """What a run sets for its models, over what they do by themselves."""

    temperature: float | None = None
    """0 takes the most probable token each time, where the model is asked here."""
    draft_model: str | None = None
    """A smaller model that guesses ahead, for a local one."""
    resample: int = 0
    """How often more each action is drawn in the same state, to be kept with the step."""

    seconds: float | None = None
    """The most that one try at a served model may take."""

    @property
    def settings(self) -> dict[str, JsonValue]:
        """What clients are given: as much as was said."""
        said: dict[str, JsonValue] = {}
        if self.temperature is not None:
            said["temperature"] = self.temperature
        if self.draft_model is not None:
            said["draft_model"] = self.draft_model
        if self.seconds is not None:
            said["seconds"] = self.seconds
        return said
