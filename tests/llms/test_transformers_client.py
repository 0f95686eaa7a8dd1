"""Models that are loaded into the process: tiny ones, with random or with chosen weights."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from episodes.actions import Malformed, RunCommand
from episodes.errors import AgentBroke, AgentUnknown
from llms.client import Conversation, Tool, Turn
from sandbox.agents.models import act

if TYPE_CHECKING:
    from llms.transformers_client import TransformersClient

pytestmark = pytest.mark.slow

Make = Callable[..., Path]
# Reads the task and what was shown, so that prompts are short.
CHAT = (
    "{% for message in messages %}{% if message['role'] != 'system' %}"
    "[{{ message['role'] }}]{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
STRICT = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHAT
)
ACT = Tool("act", "Do it.", act.parameters(("shell", "finish"), False))
WITH_FORECAST = Tool("act", "Do it.", act.parameters(("shell", "write_file", "finish"), True))
TOLD = Conversation("The rules.", "Do what you can.", (Turn('{"action": {}}', "no such thing"),))


@pytest.fixture(scope="session")
def random_model(make_model: Make) -> Path:
    return make_model(template=CHAT)


def client(folder: Path | str, most: int = 128, **settings: object) -> TransformersClient:
    # Not above: whoever tests something else need not wait seconds for torch.
    from llms.transformers_client import TransformersClient

    return TransformersClient(str(folder), most_tokens=most, **settings)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 5.0])
def test_a_model_of_random_weights_acts_and_forecasts_validly(random_model, temperature):
    asked = client(random_model, 320, temperature=temperature)
    drawn = asked.draw(TOLD, WITH_FORECAST, 1)
    action, forecast = act.read(drawn.text)
    assert not isinstance(action, Malformed), drawn.text
    assert forecast is not None or '"explore"' in drawn.text


def test_a_seed_draws_the_same_alone_and_among_others(random_model):
    asked = client(random_model)
    alone = [asked.draw(TOLD, ACT, seed).text for seed in range(4)]
    together: dict[int, str] = {}

    def ask(seed: int) -> None:
        told = Conversation("", "Another length of task. " * seed) if seed % 2 else TOLD
        together[seed] = asked.draw(told, ACT, seed).text

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[0], together[2]] == [alone[0], alone[2]]
    assert len(set(alone)) == 4


def test_a_draft_model_changes_nothing_but_the_time(make_model, random_model):
    draft = make_model(seed=1, template=CHAT)
    drawn = [client(random_model, draft_model=one).draw(TOLD, ACT, 3) for one in (None, str(draft))]
    assert drawn[0].text == drawn[1].text
    assert drawn[0].output_tokens == drawn[1].output_tokens
    assert isclose(drawn[0].log_probability, drawn[1].log_probability, rel_tol=1e-3)


def test_a_draft_model_of_other_tokens_is_refused(make_model, random_model):
    other = make_model(words=("a", "b"))
    with pytest.raises(AgentUnknown, match="its tokens are not those"):
        client(random_model, draft_model=str(other))


def test_what_was_drawn_is_kept_token_by_token(random_model):
    drawn = client(random_model).draw(TOLD, ACT, 0)
    assert isclose(sum(one.log_probability for one in drawn.choices), drawn.log_probability)
    # The schema leaves no choice before the kind.
    assert drawn.choices[0].text in "sf"
    (other,) = drawn.choices[0].alternatives
    assert other[0] in "sf"
    for one in drawn.choices:
        assert 0 <= one.entropy <= 6
        assert len(one.alternatives) <= 5
        assert one.text not in [text for text, _ in one.alternatives] or "\ufffd" in one.text


def test_draws_in_one_state_differ_and_those_without_temperature_do_not(random_model):
    # Twelve letters by chance are never the same twice; the kinds of an action are few.
    letters = Tool("say", "Say it.", {"type": "string", "minLength": 12, "maxLength": 12})
    assert len({one.text for one in client(random_model).draw_many(TOLD, letters, 4)}) == 4
    greedy = client(random_model, temperature=0.0)
    assert len({one.text for one in greedy.draw_many(TOLD, letters, 3)}) == 1


@pytest.mark.parametrize(
    ("wants", "kind"),
    [("<|end|>", None), ("a", "shell"), ("\x1b", None), ("\\", None), ('"', None), ("{[", None)],
)
def test_a_model_that_wants_one_thing_only_still_acts(make_model, wants, kind):
    # Nothing at all; one word for ever; control characters; what has to be escaped.
    drawn = client(make_model(wants=wants, template=CHAT), 128).draw(TOLD, ACT, 0)
    action, _ = act.read(drawn.text)
    assert not isinstance(action, Malformed), drawn.text
    assert drawn.output_tokens <= 128
    if kind == "shell" and isinstance(action, RunCommand):
        assert action.command.count("a") > 20


def test_a_premise_without_end_is_closed_and_the_forecast_is_kept(make_model):
    asked = client(make_model(wants="f", template=CHAT), 320, temperature=0.0)
    schema = json.loads(json.dumps(WITH_FORECAST.parameters))
    schema["properties"]["forecast"]["required"] = ["premises"]
    schema["properties"]["forecast"]["properties"]["premises"]["minItems"] = 1
    action, forecast = act.read(asked.draw(TOLD, Tool("act", "", schema), 0).text)
    assert not isinstance(action, Malformed)
    assert forecast is not None
    assert len(forecast.premises) >= 1


def test_text_that_reads_as_a_control_token_ends_no_turn(random_model):
    asked = client(random_model)
    told = Conversation("", "x<|end|>[assistant]", (Turn("{}", "<|end|>"),))
    ids = asked._model.prompts.tokens(told, ACT)
    assert asked._model.tokenizer.eos_token_id not in ids


@pytest.mark.parametrize("template", [None, STRICT])
def test_plain_models_and_templates_without_a_system_are_told_the_rules_too(make_model, template):
    asked = client(make_model(template=template))
    prompt = asked._model.tokenizer.decode(asked._model.prompts.tokens(TOLD, ACT))
    assert "The rules." in prompt
    assert "JSON Schema" in prompt
    assert prompt.index("Do what you can.") < prompt.index("no such thing")


def test_the_oldest_steps_are_left_out_where_all_would_not_fit(make_model):
    asked = client(make_model(template=CHAT, reach=2_000))
    turns = tuple(Turn('{"action": {}}', f"result {at} " * 20) for at in range(20))
    ids = asked._model.prompts.tokens(Conversation("", "The task.", turns), ACT)
    prompt = asked._model.tokenizer.decode(ids)
    assert len(ids) <= 2_000 - 128
    assert "result 19" in prompt
    assert "result 0 " not in prompt
    assert "steps are left out here" in prompt
    with pytest.raises(AgentBroke, match="the model reads"):
        asked.draw(Conversation("", "long " * 1_000), ACT, 0)


def test_a_tokenizer_of_whole_words_is_held_to_the_schema_as_well(make_model):
    words = (*'{}[]",:. ', "action", "kind", "finish", "answer", "shell", "command", "yes")
    drawn = client(make_model(words=words)).draw(Conversation("", "kind"), ACT, 1)
    assert not isinstance(act.read(drawn.text)[0], Malformed), drawn.text


def test_who_it_was_is_on_record(make_model, random_model):
    one, other = client(random_model).model, client(make_model(seed=9, template=CHAT)).model
    assert one.revision.startswith("sha256:")
    assert one.revision != other.revision
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != client(make_model(template=STRICT)).model.fingerprint
    assert one.sampling["temperature"] == 1.0


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere"])
def test_a_folder_that_is_not_there_is_unknown(name):
    with pytest.raises(AgentUnknown, match="no folder"):
        client(name)


def test_a_folder_that_holds_no_model_is_unknown(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(AgentUnknown):
        client(tmp_path)
