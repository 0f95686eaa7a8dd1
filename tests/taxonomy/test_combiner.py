from __future__ import annotations

import sys
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.tags import CAUSES, Cause, Event
from taxonomy.combiner import FEATURES, Weighed, judged, probabilities, weigh, weights
from taxonomy.finding import Finding
from tests.tries import tries

nats = st.dictionaries(st.sampled_from(CAUSES), st.floats(0.01, 3.5), max_size=4)
weighed = st.builds(Weighed, nats, nats)
events = st.sampled_from(["none", "denied", "fault", "error", "unexpected", "task_failed"])


@tries(200)
@given(marked=weighed, bare=weighed, event=events)
def test_probabilities_leave_room_for_no_cause_at_all(
    marked: Weighed, bare: Weighed, event: Event
) -> None:
    found = probabilities(marked, bare, event)
    assert set(found) == set(CAUSES)
    assert all(0.0 <= value <= 1.0 for value in found.values())
    assert sum(found.values()) <= 1.0 + 1e-9


@tries(200)
@given(marked=weighed, bare=weighed, event=events, short=st.booleans())
def test_named_cause_reaches_the_threshold_and_has_a_finding(
    marked: Weighed, bare: Weighed, event: Event, short: bool
) -> None:
    said = judged(marked, bare, event, fell_short=short)
    assert 0.0 <= said.probability <= 1.0
    if said.primary in CAUSES:
        assert said.probability >= weights().threshold
        assert said.primary in marked.speaks
    else:
        assert said.primary == ("undetermined" if short else "none")


@pytest.mark.parametrize("cause", CAUSES)
def test_stronger_evidence_never_makes_a_cause_less_probable(cause: Cause) -> None:
    usual: dict[Cause, Event] = {"policy_violation": "denied", "wrong_value": "none"}
    event = usual.get(cause, "error")
    found = []
    for strength in (0.1, 0.5, 1.0, 2.0, 3.5):
        one = Weighed({cause: strength}, {})
        found.append(probabilities(one, one, event)[cause])
    assert found == sorted(found)
    assert found[-1] > 0.9
    assert judged(one, one, event, fell_short=True).primary == cause


def test_evidence_against_a_cause_weakens_it() -> None:
    plain = Weighed({"hallucination": 2.0}, {})
    doubted = Weighed({"hallucination": 2.0}, {"hallucination": 1.5})
    one, other = (probabilities(w, w, "error")["hallucination"] for w in (plain, doubted))
    assert other < one


def test_strongest_finding_stands_for_its_cause() -> None:
    found = weigh(
        [
            Finding(0, (), "slip", 0.6, "a"),
            Finding(0, (), "slip", 0.9, "b"),
            Finding(0, (), "slip", 0.2, "c"),
            Finding(0, (), None, 1.0, "d"),
        ]
    )
    assert found.speaks["slip"] == pytest.approx(2.197, abs=1e-3)
    assert found.against["slip"] == pytest.approx(1.386, abs=1e-3)


def test_weights_are_as_many_as_features_and_evidence_is_worth_something() -> None:
    for cause, values in weights().questions.items():
        assert len(values) == len(FEATURES)
        named = dict(zip(FEATURES, values, strict=True))
        assert named["marked"] > 0, cause
        assert named["bare"] >= 0, cause
        assert named["rival"] <= 0, cause


@pytest.mark.slow
def test_tagging_takes_no_library_that_fits() -> None:
    text = (
        "import sys, taxonomy.tagging; print([n for n in ('sklearn', 'scipy') if n in sys.modules])"
    )
    done = run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
