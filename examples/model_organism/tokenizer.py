"""The tokenizer: closed words as one token each, bytes for all else; how episodes are written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

TOLD, ACT, END, PAD = "<told>", "<act>", "<end>", "<pad>"
"""What comes before what the model is told and before its call, what ends a call, and padding."""

TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] in ('user', 'tool') %}" + TOLD + "{{ message['content'] }}"
    "{% elif message['role'] == 'assistant' %}" + ACT + "{% if message['tool_calls'] %}"
    "{% set said = message['tool_calls'][0]['function']['arguments'] %}"
    "{{ said if said is string else said | tojson }}"
    "{% else %}{{ message['content'] }}{% endif %}" + END + "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}" + ACT + "{% endif %}"
)
"""Rules and the schema it is told in words are left out: it was trained on neither."""


def make_tokenizer(words: Iterable[str]) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer in which each of the words is one token wherever it stands.

    Args:
        words: The longest first.
    """
    words = list(words)
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    names = [to_bytes.pre_tokenize_str(word)[0][0] for word in words]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys([*alphabet, *names]))}
    # No merges: what is no word falls into its bytes.
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    split = pre_tokenizers.Split(Regex("|".join(map(re.escape, words))), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True) for one in (TOLD, ACT, END, PAD)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[TOLD, ACT],
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=2048,
    )
