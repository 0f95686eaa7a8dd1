from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from episodes.errors import UsageError
from episodes.reader import LogReader
from episodes.verify import verify
from taxonomy.refiners.local_model import HYPOTHESES, LocalModel
from taxonomy.refiners.named import refiner
from taxonomy.refiners.refiner import ANSWERS, Opinion
from taxonomy.refiners.refining import refine_log
from taxonomy.tagging import tag_log
from taxonomy.texts import quote

# torch and transformers take seconds to import, so they are imported where they are used.
pytestmark = pytest.mark.slow

NLI = ("contradiction", "entailment", "neutral")
WORDS = sorted({word.strip(",.") for text in HYPOTHESES.values() for word in text.split()})


def model(folder: Path, labels: tuple[str, ...], sure_of: str | None = None) -> Path:
    """A model of two layers with drawn weights, saved; biased to one label where that is wanted."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = {word: at for at, word in enumerate(["[PAD]", "[UNK]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    made = BertForSequenceClassification(config)
    if sure_of is not None:
        with torch.no_grad():
            made.classifier.bias[labels.index(sure_of)] = 20.0
    made.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model(tmp_path_factory.mktemp("models") / "tiny-nli", NLI)


def opinion(folder: Path, trajectory: Any) -> Opinion:
    said = LocalModel(folder).refine(trajectory, 1, "error")
    assert isinstance(said, Opinion)
    return said


def test_model_of_inference_weighs_every_answer_and_no_more_than_four_to_one(
    nli: Path, doubtful: Any
):
    said = opinion(nli, doubtful)
    assert tuple(said.likelihoods) == ANSWERS
    assert all(0.2 <= one <= 0.8 for one in said.likelihoods.values())
    assert opinion(nli, doubtful).likelihoods == said.likelihoods


def test_it_points_at_what_it_read(nli: Path, doubtful: Any):
    told = {one.where: quote(doubtful, one) for one in opinion(nli, doubtful).evidence}
    assert told["action"] == "./tool data.csv"
    assert told["observation"].startswith("tool: cannot go on")


def test_its_tags_name_its_weights(nli: Path, doubtful: Any, tmp_path: Path):
    read = opinion(nli, doubtful).consulted.model
    assert (read.provider, read.name) == ("transformers", "tiny-nli")
    other = model(tmp_path / "other", NLI, "entailment")
    assert read.revision is not None
    assert read.revision != opinion(other, doubtful).consulted.model.revision


def test_classifier_of_our_causes_is_taken_at_its_word_within_bounds(tmp_path: Path, doubtful: Any):
    folder = model(tmp_path / "causes", ("hallucination", "none", "exploration"), "hallucination")
    said = opinion(folder, doubtful)
    assert said.likelihoods["hallucination"] == 0.8
    assert {said.likelihoods[one] for one in ANSWERS if one != "hallucination"} == {0.2}


def test_refined_tags_of_a_local_model_are_added_and_cost_no_money(nli: Path, log: Path):
    tag_log(log)
    came = refine_log(log, refiner(f"nli:{nli}"))
    assert (came.asked, came.answered, came.cost) == (1, 1, None)
    with LogReader.open(log) as reader:
        tags = reader.trajectory("r1-0").steps[1].tags
    assert [tag.tagger for tag in tags] == ["rules", "rules", "nli:tiny-nli", "nli:tiny-nli"]
    assert verify(log).ok


def test_text_longer_than_the_model_is_read_as_far_as_it_goes(nli: Path, make: Any):
    long = make.episode(make.shell("ls"), make.shell("cat x", "word " * 50_000, code=1))
    said = opinion(nli, long)
    assert said.consulted.input_tokens <= 64 * len(ANSWERS)
    assert all(quote(long, one) for one in said.evidence)


def test_labels_that_mean_nothing_here_are_named(tmp_path: Path):
    folder = model(tmp_path / "mood", ("happy", "sad"))
    with pytest.raises(UsageError, match="happy, sad"):
        LocalModel(folder)


def test_folder_without_a_model_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="no model lies there"):
        LocalModel(tmp_path)


def test_weights_that_are_pickled_are_not_read(nli: Path, tmp_path: Path):
    import torch

    folder = model(tmp_path / "pickled", NLI)
    weights = LocalModel(folder)._model.state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match="no model that can be loaded"):
        LocalModel(folder)
