"""The step that an episode failed by, asked of a judge and weighed with the rules."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from episodes.provenance import Model
from episodes.reader import LogReader
from episodes.replay import replay
from episodes.tags import Consulted
from episodes.verify import verify
from llms.openai_client import OpenAIClient
from taxonomy.commands import register
from taxonomy.critical import critical_shares, critical_step
from taxonomy.refiners.attributing import attribution_version_of, weighed
from taxonomy.refiners.critical_rubric import critical_rubric, critical_rubric_version
from taxonomy.refiners.excerpt import fenced_whole
from taxonomy.refiners.judge import Judge
from taxonomy.refiners.refined import Refined
from taxonomy.refiners.refiner import Silence, Suspicion
from taxonomy.refiners.refining import refine_log
from taxonomy.tagging import tag_log

FIRST = {
    "critical": 0,
    "probability": 0.9,
    "others": [{"step": 2, "probability": 0.05}],
    "quote": "data.csv",
    "note": "it looked at the wrong file",
}
SPENT = Consulted(model=Model(provider="p", name="m"))


def judge(endpoint: Any) -> Judge:
    return Judge("openai:small", OpenAIClient("small", endpoint.url, seconds=5.0, retries=1))


@pytest.fixture
def failed(make: Any) -> Any:
    """An episode that failed by a step which no rule can tell from the others."""
    return make.episode(
        make.shell("wc -l data.csv", "3\n"),
        make.write("answer.txt", b"3\n"),
        make.finish("3"),
        instruction="Count the lines of data.csv and those of more.csv.",
        success=False,
    )


@pytest.fixture
def log(make: Any, failed: Any, tmp_path: Path) -> Path:
    path: Path = make.log(tmp_path / "failed.db", failed)
    tag_log(path)
    return path


def refined(endpoint: Any, log: Path, **more: Any) -> tuple[Refined, list[Any]]:
    came = refine_log(log, judge(endpoint), **more)
    with LogReader.open(log) as reader:
        steps = reader.trajectory("r1-0").steps
        return came, [tag for step in steps for tag in step.tags if tag.critical is not None]


@pytest.fixture
def whole(make: Any, tmp_path: Path) -> Any:
    """Writes a log of one episode, tagged by the rules."""

    def made(*steps: Any, **more: Any) -> Path:
        path: Path = make.log(tmp_path / "one.db", make.episode(*steps, **more))
        tag_log(path)
        return path

    return made


def test_judges_word_on_the_step_that_an_episode_failed_by_is_a_tag_of_that_step(
    endpoint: Any, log: Path
) -> None:
    endpoint.says(FIRST)
    came, (tag,) = refined(endpoint, log)
    assert (came.failed, came.attributed) == (1, 1)
    assert (tag.step, tag.tagger, tag.marks) == (0, "openai:small", "with")
    assert tag.version == attribution_version_of(judge(endpoint))
    assert critical_rubric_version() in tag.version
    assert 0.5 < tag.critical < 0.95
    assert (tag.evidence[0].where, tag.evidence[0].span) == ("action", (6, 14))
    assert tag.consulted.input_tokens == 1000
    assert (came.asked, came.input_tokens) == (1, 2000), "its last step is doubtful, too"
    assert verify(log).ok


def test_judge_sees_every_step_and_who_acted_and_no_label_or_forecast(
    endpoint: Any, failed: Any, make: Any
) -> None:
    hopes = failed.steps[0].model_copy(update={"forecast": make.forecast(succeeds=0.875)})
    endpoint.says(FIRST)
    judge(endpoint).attribute(failed.model_copy(update={"steps": (hopes, *failed.steps[1:])}))
    told = "\n".join(str(one["content"]) for one in endpoint.asked[0]["messages"])
    assert told.startswith(critical_rubric())
    for seen in ("more.csv", "wc -l data.csv", "write_file answer.txt", '"agent": "scripted"'):
        assert seen in told.replace("\\n", "\n")
    assert "0.875" not in told


def test_what_was_said_along_with_an_action_can_be_quoted(endpoint: Any, failed: Any) -> None:
    provenance = failed.steps[0].provenance.model_copy(update={"said": "One file will do."})
    talks = failed.steps[0].model_copy(update={"provenance": provenance})
    endpoint.says({**FIRST, "quote": "One file"})
    said = judge(endpoint).attribute(
        failed.model_copy(update={"steps": (talks, *failed.steps[1:])})
    )
    assert isinstance(said, Suspicion)
    assert (said.evidence[0].where, said.evidence[0].span) == ("said", (0, 8))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({**FIRST, "critical": 3}, "there is no such step"),
        ({**FIRST, "quote": "never said"}, "none of its evidence exists"),
        ({**FIRST, "quote": ""}, "none of its evidence exists"),
        ({**FIRST, "probability": 2}, "no verdict: probability"),
        ({**FIRST, "critical": -1}, "no verdict: critical"),
        ({"critical": 0}, "no verdict: probability: missing"),
        ("step 0", "no verdict: the answer: json_invalid"),
    ],
)
def test_answer_that_cannot_be_used_leaves_what_the_rules_said(
    endpoint: Any, log: Path, answer: Any, why: str
) -> None:
    endpoint.says(answer)
    came, tags = refined(endpoint, log)
    assert (came.failed, came.attributed, tags) == (1, 0, [])
    assert any(why in one for one in came.silent)
    assert came.input_tokens > 0, "it was paid for"


def test_step_that_does_not_exist_among_the_others_is_passed_over(
    endpoint: Any, failed: Any
) -> None:
    endpoint.says({**FIRST, "others": [{"step": 17, "probability": 0.1}]})
    said = judge(endpoint).attribute(failed)
    assert isinstance(said, Suspicion)
    assert len(said.likelihoods) == 3


@pytest.mark.parametrize(
    ("sure", "others", "likelihoods"),
    [
        (0.5, [{"step": 2, "probability": 0.1}], (0.5, 0.4, 0.1)),
        (0.5, [], (0.5, 0.25, 0.25)),
        (1.0, [], (1.0, 1 / 9, 1 / 9)),
        (0.0, [{"step": 1, "probability": 0.0}, {"step": 2, "probability": 0.0}], (1.0, 1.0, 1.0)),
    ],
)
def test_steps_that_are_not_named_share_what_is_left_and_none_is_further_than_nine_to_one(
    endpoint: Any, failed: Any, sure: float, others: Any, likelihoods: Any
) -> None:
    endpoint.says({**FIRST, "probability": sure, "others": others})
    said = judge(endpoint).attribute(failed)
    assert isinstance(said, Suspicion)
    assert said.likelihoods == pytest.approx(likelihoods)


@pytest.mark.parametrize("outcome", [{"success": True}, {"success": None}, {"status": "truncated"}])
def test_nothing_is_asked_of_an_episode_that_did_not_fail(
    endpoint: Any, whole: Any, make: Any, outcome: Any
) -> None:
    endpoint.says(FIRST)
    came, tags = refined(endpoint, whole(make.shell("wc -l data.csv", "3\n"), **outcome))
    assert (came.failed, tags, endpoint.asked) == (0, [], [])


def test_step_that_the_rules_are_sure_of_is_asked_about_only_if_that_is_wanted(
    endpoint: Any, whole: Any, make: Any
) -> None:
    path = whole(
        make.shell("cat /workspace/nowhere/lines.txt", err="No such file or directory\n", code=1),
        make.finish("3"),
        success=False,
    )
    with LogReader.open(path) as reader:
        trajectory = reader.trajectory("r1-0")
    named = critical_step(trajectory, make.tags(trajectory))
    assert named is not None
    endpoint.says({**FIRST, "quote": "nowhere"})
    assert refined(endpoint, path, below=named.probability)[0].failed == 0
    assert refined(endpoint, path, below=1.0)[0].failed == 1


def test_episode_is_asked_about_once_unless_it_is_to_be_asked_again(
    endpoint: Any, log: Path
) -> None:
    endpoint.says(FIRST)
    refined(endpoint, log)
    assert refined(endpoint, log)[0].failed == 0
    came, tags = refined(endpoint, log, again=True)
    assert (came.failed, len(tags)) == (1, 2)


def test_server_that_is_gone_is_told_of(endpoint: Any, log: Path) -> None:
    endpoint.answer = lambda _: (500, b"")
    came, tags = refined(endpoint, log)
    assert (came.failed, came.attributed, tags) == (1, 0, [])
    assert "2 questions without an answer" in "\n".join(came.lines("openai:small"))


def test_refiner_that_knows_steps_only_is_not_asked(log: Path) -> None:
    class Steps:
        name, version, at_once = "steps", "1", 1

        def refine(self, *_: Any) -> Silence:
            return Silence("nothing to say", answered=True)

    assert refine_log(log, Steps()).failed == 0


def test_episode_that_is_too_long_to_be_shown_is_not_asked_about(endpoint: Any, make: Any) -> None:
    long = make.episode(*[make.shell(f"ls d{at}", "x\n") for at in range(401)], success=False)
    assert fenced_whole(long) is None
    said = judge(endpoint).attribute(long)
    assert isinstance(said, Silence)
    assert (said.answered, endpoint.asked) == (True, [])
    assert fenced_whole(long.model_copy(update={"steps": long.steps[:400]})) is not None


def test_where_the_rules_know_nothing_it_is_the_judges_word(make: Any) -> None:
    trajectory = make.episode(*[make.shell("ls", "x\n")] * 3, success=False)
    assert critical_shares(trajectory, []) == (1 / 3,) * 3
    found = weighed(trajectory, [], Suspicion((0.2, 0.9, 0.1), (), SPENT))
    assert found == pytest.approx((2 / 12, 9 / 12, 1 / 12))


def test_rules_that_are_sure_outweigh_a_judge_that_is_not(make: Any, failed: Any) -> None:
    tags = make.tags(failed)
    shares = critical_shares(failed, tags)
    assert sum(shares) == pytest.approx(1.0)
    best = max(range(3), key=lambda at: shares[at])
    found = weighed(failed, tags, Suspicion((0.4, 0.3, 0.3), (), SPENT))
    assert sum(found) == pytest.approx(1.0)
    assert max(range(3), key=lambda at: found[at]) == best


def test_json_names_the_refined_critical_step_beside_that_of_the_rules(
    endpoint: Any, log: Path
) -> None:
    endpoint.says(FIRST)
    asked = f"openai:small@{endpoint.url}"
    program = typer.Typer()
    register(program)
    done = CliRunner().invoke(program, ["tag", str(log), "--refine", asked, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    (one,) = found["critical_refined"]
    assert (one["critical_step"], one["tagger"]) == (0, "openai:small")
    assert one["evidence"][0]["note"] == "it looked at the wrong file"
    assert one["consulted"]["input_tokens"] == 1000
    assert "refined" not in found["steps"][0] or len(found["steps"][0]["refined"]) == 1
    assert {"critical_step", "critical_probability"} <= found.keys()


def test_it_is_told_where_the_step_is_shown(endpoint: Any, log: Path) -> None:
    endpoint.says(FIRST)
    refined(endpoint, log)
    console = Console(record=True, width=200, file=StringIO())
    with LogReader.open(log) as reader:
        console.print(*replay(reader.trajectory("r1-0")))
    assert "the episode failed by it" in console.export_text()
