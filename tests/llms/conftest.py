"""Language models of a few thousand random weights, made where they are needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

END = "<|end|>"


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a model's folder; `wants` is a text whose tokens it favours above all others."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()

    def make(
        *,
        seed: int = 0,
        wants: str = "",
        template: str | None = None,
        words: tuple[str, ...] = (),
        reach: int = 16_384,
    ) -> Path:
        folder = tmp_path_factory.mktemp("model")
        if words:
            # Whole words and no bytes, as older tokenizers have them.
            known = {word: index for index, word in enumerate(["<unk>", *words])}
            made = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
            made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
            made.decoder = decoders.Fuse()
        else:
            bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
            known = {byte: index for index, byte in enumerate(bytes_)}
            made = Tokenizer(models.BPE(vocab=known, merges=[]))
            made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
            made.decoder = decoders.ByteLevel()
        made.add_special_tokens([AddedToken(END, special=True)])
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=made, eos_token=END, chat_template=template
        )
        torch.manual_seed(seed)
        model = LlamaForCausalLM(
            LlamaConfig(
                # More scores than tokens, as many models have them.
                vocab_size=len(tokenizer) + 7,
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=reach,
                eos_token_id=tokenizer.eos_token_id,
            )
        )
        if wants:
            ids = tokenizer.encode(wants, add_special_tokens=False)
            with torch.no_grad():
                # Nothing but ones reaches the head, whatever was read.
                model.model.embed_tokens.weight.fill_(1.0)
                for layer in model.model.layers:
                    layer.self_attn.o_proj.weight.zero_()
                    layer.mlp.down_proj.weight.zero_()
                model.lm_head.weight.zero_()
                model.lm_head.weight[ids] = 30.0 / 16
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make
