"""Every architecture that transformers has for text classification: packed, padded and why, or not possible.

A tiny model of each, with random weights, gets padded texts before and after `pack`. `logits` and `gradients`
are the largest differences of all logits and of the gradients of all weights, as a share of the largest.
"""

import argparse
import copy
import logging
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor
from transformers import AutoModelForSequenceClassification, PreTrainedModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES

from core.models.packed.layouts import Padded
from core.models.padding_free import PackingError, pack
from tests.benchmarks.report import Report, Row, options_of

_VOCABULARY, _LABELS, _PAD, _LENGTHS = 200, 3, 1, (60, 40, 23, 11, 7, 7, 5, 3)

# Sizes by the names that configurations have for them.
_SIZES: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "embedding_size", "word_embed_proj_dim"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers"), 2),
    **dict.fromkeys(("encoder_layers", "decoder_layers", "max_window_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads"), 4),
    **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 4),
    **dict.fromkeys(("intermediate_size", "d_ff", "hidden_dim", "ffn_dim", "n_inner"), 48),
    **dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim"), 48),
    **dict.fromkeys(("head_dim", "d_kv", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"), 8),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size", "kv_lora_rank"), 16),
    **dict.fromkeys(("expert_ffn_hidden_size", "q_lora_rank"), 16),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), 4),
    **dict.fromkeys(("n_shared_experts", "n_group", "topk_group", "first_k_dense_replace"), 1),
    **dict.fromkeys(("max_position_embeddings", "n_positions"), 160),
    "num_key_value_heads": 2,
    "num_experts_per_tok": 2,
    "vocab_size": _VOCABULARY,
    "type_vocab_size": 2,
}

_NO_GROUPS = {"head_dim": None, "num_key_value_heads": 4}
# What differs, by architecture; `...` leaves the default.
_OWN: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("axk1", "deepseek_v2", "deepseek_v3", "minicpm3"), _NO_GROUPS),
    **{key: {"num_hidden_layers": 4, "local_attention": 16} for key in ("modernbert", "modernbert-decoder")},
    **{key: {"sliding_window": 8} for key in ("gemma2", "mistral", "ministral")},
    "gemma3_text": {"num_hidden_layers": 4, "sliding_window": 8, "sliding_window_pattern": 2},
    "gptj": {"rotary_dim": 4},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "window_size": 16},
    "falcon": {"head_dim": ...},
    "esmc": {"num_key_value_heads": ...},
    "funnel": {"num_hidden_layers": ..., "block_sizes": [1, 1]},
    "xlnet": {"max_position_embeddings": ...},
    "xmod": {"languages": ["en"], "default_language": "en"},
}

_OTHER_INPUTS = {"layoutlmv2", "layoutlmv3", "perceiver", "modernvbert", "ultravbert", "gemma3", "qwen3_5"}


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("architectures", __doc__)
    parser.add_argument("kinds", nargs="*", help="only these, as `model_type` names them")
    return parser.parse_args()


def tiny(kind: str) -> PreTrainedModel:
    """A tiny classifier with random weights that are large enough for context to matter."""
    default = CONFIG_MAPPING[kind]()
    sizes: dict[str, Any] = _sizes_of(default)
    for part in type(default).sub_configs:
        sizes[part] = _sizes_of(getattr(default, part))
    if getattr(default, "type_vocab_size", None) in (None, 0, 1):
        sizes.pop("type_vocab_size", None)
    if isinstance(getattr(default, "layer_types", None), list):
        sizes["layer_types"] = None  # derived from the number of layers
    sizes |= _OWN.get(kind, {})
    given = {name: size for name, size in sizes.items() if size is not ...}
    config = CONFIG_MAPPING[kind](**given, num_labels=_LABELS)
    for each in (config, config.get_text_config()):
        each.pad_token_id = _PAD
        for name in ("bos_token_id", "eos_token_id"):
            setattr(each, name, 2)
    model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    numbers = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim >= 2:
                size = 0.5 if "embed" in name else 0.6 / weight.shape[-1] ** 0.5
                weight.copy_(size * torch.randn(weight.shape, generator=numbers))
    return model.eval()


def _sizes_of(config: Any) -> dict[str, Any]:
    return {name: size for name, size in _SIZES.items() if hasattr(config, name)}


def row_of(kind: str) -> Row:
    """What `pack` does with an architecture."""
    if kind in _OTHER_INPUTS:
        return {"architecture": kind, "layout": "–", "why": "reads images or bytes, not only texts"}
    torch.manual_seed(0)
    try:
        plain = tiny(kind)
        expected = measure(plain)
    except Exception as error:  # noqa: BLE001 - the table says what does not work
        said = " ".join(str(error).split())[:90]
        return {"architecture": kind, "layout": "no tiny model", "why": f"{type(error).__name__}: {said}"}
    model = copy.deepcopy(plain)
    try:
        packing = pack(model)
    except PackingError as error:
        return {"architecture": kind, "layout": "padded", "why": str(error)}
    logits, gradients = (
        float((one - other).abs().max() / one.abs().max())
        for one, other in zip(expected, measure(model), strict=True)
    )
    return {
        "architecture": kind,
        "layout": "packed",
        "why": str(packing),
        "logits": f"{logits:.0e}",
        "gradients": f"{gradients:.0e}",
    }


def measure(model: PreTrainedModel) -> tuple[Tensor, Tensor]:
    """Logits of padded texts, shape (texts, labels), and the gradients of all weights, in a row."""
    random = np.random.default_rng(0)
    rows = [random.integers(5, _VOCABULARY, length).astype(np.int32) for length in _LENGTHS]
    logits = model(**Padded(_PAD, knows_types=False).inputs(rows)).logits
    model.zero_grad()
    (logits * torch.linspace(-1, 1, logits.numel()).view_as(logits)).sum().backward()
    found = [each.grad.flatten() for each in model.parameters() if each.grad is not None]
    return logits.detach(), torch.cat(found)


def main() -> None:
    """Measure, print the table, and write the figures."""
    options = parse()
    report = Report("architectures", options)
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    kinds = options.kinds or list(MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES)
    rows = []
    for kind in kinds:
        report.say(kind)
        rows.append(row_of(kind))
        report.keep("architectures", rows)
    report.show()
    layouts = [row["layout"] for row in rows]
    report.say(", ".join(f"{layouts.count(each)} {each}" for each in dict.fromkeys(layouts)))


if __name__ == "__main__":
    main()
