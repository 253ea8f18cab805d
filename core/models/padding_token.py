"""The padding token: decoders often have none, and a classifier finds the last token of a text by it."""

from typing import Any

from transformers import PreTrainedTokenizerBase

from core.models.packed.architectures import counts_positions_from_padding
from core.problems import Problem

# Tokens of that purpose that some vocabularies have without naming them so.
_UNNAMED = ("<pad>", "[PAD]", "<|pad|>", "<|finetune_right_pad_id|>", "<|endoftext|>")


def choose_padding(tokenizer: PreTrainedTokenizerBase, where: str) -> None:
    """Give a tokenizer without a padding token one of its own tokens that no text contains.

    Args:
        tokenizer: as it was loaded.
        where: its source, for the message.

    Raises:
        Problem: it has no such token.
    """
    if tokenizer.pad_token is not None:
        return
    words = tokenizer.get_vocab()
    named = [tokenizer.eos_token, tokenizer.bos_token, tokenizer.unk_token]
    found = next((each for each in [*_UNNAMED, *named] if each in words), None)
    if found is None:
        raise Problem(
            "its tokenizer has no padding token, and no special token that could be one",
            where=where,
            mend="Set `tokenizer.pad_token` and save the tokenizer again.",
        )
    tokenizer.pad_token = found


def padding_reason(tokenizer: PreTrainedTokenizerBase) -> str:
    """Which token pads, a sentence, if it has another purpose too; otherwise empty."""
    for purpose, token in (("end", tokenizer.eos_token), ("beginning", tokenizer.bos_token)):
        if token is not None and token == tokenizer.pad_token:
            return f"padding token: {token!r}, which also marks the {purpose} of a text."
    return ""


def tell_padding(config: Any, pad_id: int | None) -> None:
    """Write the token id of padding into the configuration of a classifier that is being loaded.

    RoBERTa and its relatives keep theirs: they count positions from it.
    """
    inner = config.get_text_config()
    if pad_id is None or counts_positions_from_padding(config) or not pad_id < inner.vocab_size:
        return
    config.pad_token_id = inner.pad_token_id = pad_id
