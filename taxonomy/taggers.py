"""Every tagger, in the order in which their findings are put together."""

from __future__ import annotations

from taxonomy.combiner import WEIGHTS
from taxonomy.environment_fault import EnvironmentFault
from taxonomy.exploration import Exploration
from taxonomy.finding import Tagger
from taxonomy.hallucination import Hallucination
from taxonomy.loop import Loop
from taxonomy.policy_violation import PolicyViolation
from taxonomy.slip import Slip
from taxonomy.wrong_dynamics import WrongDynamics
from taxonomy.wrong_value import WrongValue

TAGGERS: tuple[Tagger, ...] = (
    PolicyViolation(),
    EnvironmentFault(),
    Hallucination(),
    Exploration(),
    Slip(),
    WrongDynamics(),
    WrongValue(),
    Loop(),
)
"""The taggers that ship, each speaking for one behaviour."""

NAME = "rules"
"""What their tags are signed with."""

_COMBINING = "4"
VERSION = ".".join((_COMBINING, WEIGHTS, *(tagger.version for tagger in TAGGERS)))
"""The version of how findings are put together, of its weights, then each tagger's, in order."""
