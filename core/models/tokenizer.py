"""Load the tokenizer of a model, with the longest text that is read."""

from typing import Any

from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

import core.models.from_scratch  # noqa: F401 - registers the CNN and the RNN with the Auto classes
from core.models.catalog import ModelSource
from core.models.load_problems import check_layers, explained, load_options
from core.models.packed.architectures import first_position
from core.models.padding_token import choose_padding
from core.problems import Problem
from core.text.long_text import LongText


def load_tokenizer(
    source: ModelSource, max_length: int | None, long_text: LongText = "head"
) -> PreTrainedTokenizerBase:
    """Load the fast tokenizer of `source`.

    Args:
        source: where it is loaded from.
        max_length: maximum length in tokens; saved with the tokenizer. None is the default of the model, or
            the most that it can read, if that is less.
        long_text: `tail` makes the tokenizer cut the beginning of long texts, every other policy the end. The
            `Encoder` implements the policies.

    Raises:
        Problem: it cannot be loaded, or the model cannot read texts of `max_length` tokens.
    """
    if not source.location:
        raise Problem("it has no tokenizer before a run is planned", where=source.name)
    with explained(source):
        side = "left" if long_text == "tail" else "right"
        tokenizer: Any = AutoTokenizer.from_pretrained(
            source.location, truncation_side=side, **load_options(source)
        )
        config = AutoConfig.from_pretrained(source.location, **load_options(source))
        check_layers(config)
    if not tokenizer.is_fast:
        raise Problem(
            "its tokenizer has no fast version, which is required",
            where=source.name,
            mend="Choose another model.",
        )
    check_words(tokenizer, source.name)
    choose_padding(tokenizer, source.name)
    limit = _longest_input(config)
    if max_length is None:
        max_length = min(source.max_length, limit or source.max_length)
    if limit is not None and max_length > limit:
        raise Problem(
            f"it reads at most {limit} tokens, not {max_length}",
            where=source.name,
            mend=f"Set --max-length {limit} or less.",
        )
    tokenizer.model_max_length = max_length
    return tokenizer  # type: ignore[no-any-return]


def default_length(source: ModelSource) -> int:
    """The default of the maximum length in tokens: that of the model, or the most that it can read.

    Raises:
        Problem: its configuration cannot be loaded.
    """
    if not source.location:
        return source.max_length
    with explained(source):
        config = AutoConfig.from_pretrained(source.location, **load_options(source))
    return min(source.max_length, _longest_input(config) or source.max_length)


def check_words(tokenizer: PreTrainedTokenizerBase, where: str) -> None:
    """Check that a tokenizer has a vocabulary: where files are missing, transformers makes an empty one.

    Args:
        tokenizer: as it was loaded.
        where: its source, for the message.

    Raises:
        Problem: it has special tokens only.
    """
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise Problem(
            "the tokenizer is missing or has no vocabulary",
            where=where,
            mend="Save the tokenizer into the same folder, or choose another model.",
        )


def _longest_input(config: Any) -> int | None:
    positions = getattr(config, "max_position_embeddings", None)
    if not positions or positions < 0:
        return None
    return int(positions) - first_position(config)
