"""A language model as an agent, wherever it is served."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from episodes.actions import Action
from episodes.forecasts import Forecast
from episodes.provenance import Model, StepProvenance
from llms.client import Client, Conversation, Drawn, ManyAtOnce, Tool
from sandbox.agents.agent import Proposal, View
from sandbox.agents.models import act
from sandbox.agents.models.conversation import conversation


class ModelAgent:
    """Asks a model for each step.

    Args:
        name: What the log calls it.
        client: Who is asked.
        seed: For what is drawn, where the server takes one.
        draws: How often more each action is drawn, to be kept with the step.
    """

    def __init__(self, name: str, client: Client, seed: int, draws: int = 0) -> None:
        self.name = name
        self.client = client
        """Who is asked."""
        self._seed, self._draws = seed, draws
        self._on_record = client.model
        self._aside: list[Drawn] = []

    @property
    def model(self) -> Model:
        """The model behind it."""
        return self.client.model

    @property
    def undetermined(self) -> str | None:
        """Which causes cannot be told of its steps, and why."""
        return self.client.capabilities.undetermined(self._draws)

    def propose(self, view: View) -> Proposal:
        """The model's next action.

        Raises:
            AgentBroke: The server did not answer.
        """
        began = time.monotonic()
        drawn = self.client.draw(conversation(view), _acting(view), self._seed + view.step)
        action, forecast = act.read(drawn.text)
        provenance = StepProvenance(
            model=self._told_anew(),
            log_probability=drawn.log_probability,
            entropy=drawn.entropy,
            choices=drawn.choices,
            draws=tuple(self.resample(view, self._draws)) if self._draws else (),
            input_tokens=drawn.input_tokens,
            output_tokens=drawn.output_tokens,
            cost=drawn.cost or 0.0,
            seconds=time.monotonic() - began,
        )
        given = forecast if view.forecast == "inline" else None
        return Proposal(action, given, self.charged(provenance))

    def charged(self, provenance: StepProvenance) -> StepProvenance:
        """The same with the tokens and the money of draws and forecasts that were asked aside."""
        aside, self._aside = self._aside, []
        return provenance.model_copy(
            update={
                "input_tokens": provenance.input_tokens + sum(one.input_tokens for one in aside),
                "output_tokens": provenance.output_tokens + sum(one.output_tokens for one in aside),
                "cost": provenance.cost + sum(one.cost or 0.0 for one in aside),
            }
        )

    def _told_anew(self) -> Model | None:
        """What the server has said of itself since the last record; None where it is the same."""
        model = self.client.model
        if model == self._on_record:
            return None
        self._on_record = model
        return model

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
        drawn = self.client.draw(asked, tool, self._seed + view.step)
        self._aside.append(drawn)
        try:
            said = json.loads(drawn.text)
        except (ValueError, RecursionError):
            said = None
        forecast = act.read_forecast(said) if isinstance(said, dict) else None
        return (forecast or Forecast()).model_copy(update={"mode": "shadow"})

    def resample(self, view: View, k: int) -> Sequence[Action]:
        """Actions drawn anew in the same state, independently of one another."""
        told, tool = conversation(view), _acting(view)
        if isinstance(self.client, ManyAtOnce):
            drawn = self.client.draw_many(told, tool, k)
        else:
            drawn = [self.client.draw(told, tool, None) for _ in range(k)]
        self._aside += drawn
        return [act.read(one.text)[0] for one in drawn]


def _acting(view: View) -> Tool:
    with_forecast = view.forecast == "inline"
    description = act.DESCRIPTION + (act.WHY if with_forecast else "")
    return Tool(act.NAME, description, act.parameters(tuple(view.kinds), with_forecast))
