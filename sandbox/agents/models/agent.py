"""A language model as an agent, wherever it is served."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from episodes.actions import Action
from episodes.forecasts import Forecast
from episodes.provenance import Model, StepProvenance
from llms.client import Client, Conversation, Tool
from sandbox.agents.agent import Proposal, View
from sandbox.agents.models import act
from sandbox.agents.models.conversation import conversation


class ModelAgent:
    """Asks a model for each step.

    Args:
        name: What the log calls it.
        client: Who is asked.
        seed: For what is drawn, where the server takes one.
    """

    def __init__(self, name: str, client: Client, seed: int) -> None:
        self.name = name
        self._client, self._seed = client, seed

    @property
    def model(self) -> Model:
        """The model behind it."""
        return self._client.model

    @property
    def undetermined(self) -> str | None:
        """Which causes cannot be told of its steps, and why."""
        return self._client.capabilities.undetermined

    def propose(self, view: View) -> Proposal:
        """The model's next action.

        Raises:
            AgentBroke: The server did not answer.
        """
        began = time.monotonic()
        drawn = self._client.draw(conversation(view), _acting(view), self._seed + view.step)
        action, forecast = act.read(drawn.text)
        provenance = StepProvenance(
            log_probability=drawn.log_probability,
            entropy=drawn.entropy,
            input_tokens=drawn.input_tokens,
            output_tokens=drawn.output_tokens,
            seconds=time.monotonic() - began,
        )
        return Proposal(action, forecast if view.forecast == "inline" else None, provenance)

    def forecast(self, view: View, action: Action) -> Forecast:
        """What the model expects of an action, asked in a conversation that it never sees again."""
        told = conversation(view)
        asked = Conversation(
            told.system,
            f"{told.task}\n\nYou are about to call `act` with {act.written(action)}. "
            "Forecast what will come of it, before it happens.",
            told.turns,
        )
        tool = Tool("forecast", "Say what you expect.", act.forecast_parameters())
        drawn = self._client.draw(asked, tool, self._seed + view.step)
        try:
            said = json.loads(drawn.text)
        except (ValueError, RecursionError):
            said = None
        forecast = act.read_forecast(said) if isinstance(said, dict) else None
        return (forecast or Forecast()).model_copy(update={"mode": "shadow"})

    def resample(self, view: View, k: int) -> Sequence[Action]:
        """Actions drawn anew in the same state, independently of one another."""
        told, tool = conversation(view), _acting(view)
        return [act.read(self._client.draw(told, tool, None).text)[0] for _ in range(k)]


def _acting(view: View) -> Tool:
    with_forecast = view.forecast == "inline"
    description = act.DESCRIPTION + (act.WHY if with_forecast else "")
    return Tool(act.NAME, description, act.parameters(tuple(view.kinds), with_forecast))
