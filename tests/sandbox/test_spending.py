"""What models take, the agent's and the reviewers', counts towards the run's end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from episodes.actions import RunCommand
from episodes.decisions import Review
from episodes.provenance import StepProvenance
from episodes.trajectory import Step
from sandbox.progress import Silence
from sandbox.spending import Budgets, Spending
from sandbox.stop_switch import StopSwitch

THOUGHT = {"provenance": StepProvenance(input_tokens=60, output_tokens=40, cost=0.5)}
REVIEWED = {"review": Review(reviewer="r", harm=0.0, verdict="allow", tokens=100, cost=0.5)}


def step(**spent):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Step(index=0, action=RunCommand(command="true"), at=at, **spent)


@pytest.mark.parametrize("budgets", [Budgets(tokens=200), Budgets(cost=1.0)])
@pytest.mark.parametrize(
    ("spent", "pressed"),
    [
        ([THOUGHT], False),
        ([REVIEWED], False),
        ([THOUGHT, THOUGHT], True),
        ([REVIEWED, REVIEWED], True),
        ([THOUGHT | REVIEWED], True),
    ],
)
def test_the_run_ends_when_agent_and_reviewers_have_taken_so_much(budgets, spent, pressed):
    stop = StopSwitch()
    spending = Spending(budgets, stop, Silence())
    for one in spent:
        assert not stop.pressed
        spending.stepped(0, step(**one))
    assert stop.pressed == pressed
    assert not pressed or stop.cause == "budget"
