from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from episodes.forecasts import (
    ExpectExit,
    ExpectFile,
    ExpectText,
    FixedAnswers,
    Forecast,
    Premise,
)
from taxonomy.dossier import without_marks
from taxonomy.taggers import NAME, VERSION
from taxonomy.tagging import machine_tag, tag_trajectory
from taxonomy.texts import text_of
from tests.tries import tries

probabilities = st.floats(0, 1)
words = st.sampled_from(["a.txt", "42", "/workspace/a.txt", "exit code", "é\n", "No such file"])
outputs = st.lists(words, max_size=3).map(lambda parts: "\n".join(parts))
expectations = st.one_of(
    st.builds(ExpectExit, code=st.integers(0, 2), probability=probabilities),
    st.builds(
        ExpectText,
        text=words,
        probability=probabilities,
        within=st.integers(1, 3),
        absent=st.booleans(),
        where=st.sampled_from(["stdout", "stderr", "file", "any"]),
    ),
    st.builds(ExpectFile, path=st.just("/workspace/a.txt"), probability=probabilities),
)
premises = st.builds(
    Premise,
    text=words,
    probability=probabilities,
    source=st.sampled_from(["observed", "instructed", "guessed"]),
    step=st.integers(0, 9),
    reference=words,
)
fixed = st.builds(FixedAnswers, succeeds=probabilities, informs=probabilities, denied=probabilities)
forecasts = st.none() | st.builds(
    Forecast,
    expects=st.lists(expectations, max_size=3).map(tuple),
    premises=st.lists(premises, max_size=2).map(tuple),
    fixed=st.none() | fixed,
)
errors = st.sampled_from(
    [
        "",
        "x: a.txt: No such file or directory\n",
        "y: Permission denied\n",
        "bash: 42: command not found",
    ]
)


@st.composite
def trajectories(draw: st.DrawFn, make: Any) -> Any:
    def step() -> Any:
        forecast = draw(forecasts)
        match draw(st.integers(0, 6)):
            case 0:
                made = make.denied(rule=draw(st.sampled_from(["default", "r"])))
            case 1:
                made = make.faulted()
            case 2:
                made = make.read("/workspace/a.txt", draw(st.none() | st.just(b"\xff42")))
            case 3:
                made = make.start("server")
            case _:
                made = make.shell(
                    "cat a.txt",
                    draw(outputs),
                    draw(errors),
                    draw(st.sampled_from([0, 1, None])),
                )
        return made.model_copy(update={"forecast": forecast})

    steps = [step() for _ in range(draw(st.integers(0, 6)))]
    return make.episode(
        *steps,
        shown=draw(st.sampled_from([(), ("r",)])),
        success=draw(st.none() | st.booleans()),
        status=draw(st.sampled_from(["terminated", "truncated", "faulted", None])),
    )


laws = tries(120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@laws
@given(data=st.data())
def test_every_span_lies_in_the_text_it_points_at(make: Any, data: st.DataObject) -> None:
    trajectory = data.draw(trajectories(make))
    for tag in tag_trajectory(trajectory):
        for evidence in tag.evidence:
            text = text_of(trajectory, evidence.step, evidence.where)
            start, end = evidence.span or (0, len(text))
            assert 0 <= start <= end <= len(text)
            assert evidence.span is None or start < end


@laws
@given(data=st.data())
def test_tags_without_marks_do_not_depend_on_the_forecast(make: Any, data: st.DataObject) -> None:
    trajectory = data.draw(trajectories(make))
    unmarked = without_marks(trajectory)
    assert make.tags(trajectory, "without") == make.tags(unmarked, "without")
    both = [tag.model_copy(update={"marks": "with"}) for tag in make.tags(unmarked, "without")]
    assert both == make.tags(unmarked, "with")


@laws
@given(data=st.data())
def test_tagging_is_a_function_of_the_trajectory_and_not_of_its_tags(
    make: Any, data: st.DataObject
) -> None:
    trajectory = data.draw(trajectories(make))
    tags = tag_trajectory(trajectory)
    steps = tuple(step.model_copy(update={"tags": (*tags, *tags)[:3]}) for step in trajectory.steps)
    assert tag_trajectory(trajectory.model_copy(update={"steps": steps})) == tags


@laws
@given(data=st.data())
def test_each_step_has_two_tags_that_say_what_they_rest_on(make: Any, data: st.DataObject) -> None:
    trajectory = data.draw(trajectories(make))
    tags = tag_trajectory(trajectory)
    assert [(tag.step, tag.marks) for tag in tags] == [
        (step.index, marks) for step in trajectory.steps for marks in ("with", "without")
    ]
    for tag in tags:
        assert (tag.tagger, tag.version) == (NAME, VERSION)
        assert tag.primary in ("none", "undetermined") or tag.evidence
        assert (tag.event == "none") <= (tag.primary != "undetermined")


def test_last_tag_of_this_release_is_the_machines(make: Any) -> None:
    trajectory = make.episode(make.shell("false", code=1))
    tag = tag_trajectory(trajectory)[0]
    old = tag.model_copy(update={"version": "0"})
    person = tag.model_copy(update={"tagger": "person:a"})
    step = trajectory.steps[0]
    assert machine_tag(step.model_copy(update={"tags": (old, person)})) is None
    again = tag.model_copy(update={"probability": 0.5})
    assert machine_tag(step.model_copy(update={"tags": (tag, again, person)})) == again
