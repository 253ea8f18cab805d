"""A tokenizer that is trained on texts: byte-level BPE, to which no character is unknown."""

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

_PADDING, _SEPARATOR = "[PAD]", "[SEP]"


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A tokenizer with at most `size` tokens, the same whenever it is trained on the same texts.

    Words are put in lower case. The texts of a pair have a separator between them.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[_PADDING, _SEPARATOR],
        # In an order of its own: the one of the set would be another in each process.
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A",
        pair=f"$A {_SEPARATOR} $B",
        special_tokens=[(_SEPARATOR, tokenizer.token_to_id(_SEPARATOR))],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PADDING,
        sep_token=_SEPARATOR,
        model_input_names=["input_ids", "attention_mask"],
    )
