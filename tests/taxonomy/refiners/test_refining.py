from __future__ import annotations

from typing import Any

import pytest

from episodes.provenance import Model
from episodes.tags import Consulted, Evidence, Tag
from episodes.trajectory import Trajectory
from taxonomy.refiners.refiner import ANSWERS, Opinion, Silence
from taxonomy.refiners.refining import doubtful, refine, version_of

SPENT = Consulted(model=Model(provider="p", name="m"), input_tokens=5)
SEEN = Evidence(step=0, where="action", span=(0, 2), note="there")


class Sure:
    """A refiner that says of every step what it is made with."""

    name = "sure:m"
    version = "7"
    at_once = 1

    def refine(self, trajectory: Trajectory, step: int, event: Any) -> Opinion | Silence:
        return opinion("none", 0.9)


def opinion(answer: str, probability: float) -> Opinion:
    rest = (1.0 - probability) / (len(ANSWERS) - 1)
    told = {one: probability if one == answer else rest for one in ANSWERS}
    return Opinion(told, (SEEN,), SPENT)


def tag(primary: Any, probability: float, **more: Any) -> Tag:
    said = {"step": 0, "tagger": "rules", "version": "1", "event": "error", "impact": "wasted"}
    return Tag.model_validate({**said, "primary": primary, "probability": probability, **more})


@pytest.mark.parametrize(
    ("rules", "said", "primary", "probability"),
    [
        # Where the rules could not tell, it is the refiner's word.
        (("undetermined", 1.0), ("hallucination", 0.9), "hallucination", 0.9),
        (("undetermined", 1.0), ("none", 0.7), "none", 0.7),
        (("undetermined", 1.0), ("none", 0.4), "undetermined", 0.6),
        # Both say the same.
        (("exploration", 0.55), ("exploration", 0.9), "exploration", 0.978),
        # A cause that the rules are sure of outweighs any refiner; one they are not does not.
        (("policy_violation", 0.999), ("none", 0.9), "policy_violation", 0.661),
        (("hallucination", 0.55), ("exploration", 0.9), "exploration", 0.821),
        # That they found nothing is weaker than what they found.
        (("none", 0.999), ("hallucination", 0.9), "hallucination", 0.655),
        # A cause that the refiner cannot speak of is weighed against it all the same.
        (("wrong_dynamics", 0.55), ("none", 0.9), "none", 0.781),
        (("wrong_dynamics", 0.999), ("none", 0.9), "wrong_dynamics", 0.704),
    ],
)
def test_answer_is_weighed_with_what_the_rules_said(
    rules: Any, said: Any, primary: str, probability: float
) -> None:
    found = refine(tag(*rules), opinion(*said), Sure())
    assert found.primary == primary
    assert found.probability == pytest.approx(probability, abs=0.001)
    assert Tag.model_validate(found.model_dump()) == found


def test_refined_tag_keeps_what_is_read_off_and_adds_its_evidence() -> None:
    own = Evidence(step=0, where="observation", note="it failed")
    rules = tag("undetermined", 1.0, evidence=(own,), overlays=("loop",), novelty=0.5)
    found = refine(rules, opinion("none", 0.9), Sure())
    assert found.evidence == (SEEN, own)
    kept = {"step", "event", "overlays", "impact", "novelty", "marks"}
    assert found.model_dump(include=kept) == rules.model_dump(include=kept)
    assert (found.tagger, found.version, found.consulted) == ("sure:m", version_of(Sure()), SPENT)


def test_cost_is_on_one_of_the_two_readings() -> None:
    bare = refine(tag("undetermined", 1.0, marks="without"), opinion("none", 0.9), Sure())
    assert bare.consulted is None


def test_refiner_that_cannot_tell_changes_nothing_but_who_was_asked() -> None:
    rules = tag("undetermined", 1.0)
    found = refine(rules, Opinion({}, (), SPENT), Sure())
    assert found.model_copy(
        update={"tagger": rules.tagger, "version": rules.version, "consulted": None}
    ) == (rules)


def test_version_names_the_rules_that_it_started_from() -> None:
    from taxonomy.taggers import VERSION

    assert version_of(Sure()) == f"7+{VERSION}"


@pytest.mark.parametrize(
    ("said", "below", "asked"),
    [
        (("undetermined", 1.0), 0.0, True),
        (("hallucination", 0.59), 0.6, True),
        (("hallucination", 0.6), 0.6, False),
        (("none", 1.0), 0.6, False),
        (("none", 1.0), 1.0, True),
    ],
)
def test_step_is_doubtful_where_the_rules_cannot_tell_or_are_not_sure(
    said: Any, below: float, asked: bool
) -> None:
    assert doubtful(tag(*said), below) == asked
