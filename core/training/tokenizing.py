"""Texts of a run to token ids, with the tokenizer that its model has, or that is trained for it."""

from collections.abc import Callable
from dataclasses import dataclass

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.config import RunConfig
from core.data.splits import DataSplits, Split
from core.encoding.cache import TokenCache, TokenKey, fingerprint
from core.encoding.encoder import Encoder
from core.encoding.tokens import EncodedSplit
from core.files.cache import cache_folder
from core.models.catalog import ModelSource, resolve
from core.models.from_scratch.preparation import prepare_from_scratch
from core.models.loading import load_tokenizer

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Reading:
    """How texts are read."""

    source: ModelSource
    """Of the model; a folder where it was made."""
    tokenizer: PreTrainedTokenizerBase
    encoder: Encoder


@dataclass(frozen=True)
class Tokenized:
    """The texts of a run as its model reads them."""

    source: ModelSource
    tokenizer: PreTrainedTokenizerBase
    encoded: dict[str, EncodedSplit]
    """By split name."""
    warnings: list[str]


def make_reading(
    config: RunConfig,
    train: Callable[[], Split],
    tell: Tell,
    *,
    pairs: bool,
    source: ModelSource | None = None,
) -> Reading:
    """How a run reads texts.

    Args:
        config: what is asked.
        train: gives the training split; it is asked where the tokenizer is to be trained.
        tell: is told what is being done.
        pairs: whether each text is two.
        source: where the model is loaded from; by default what its name means.

    Raises:
        Problem: the tokenizer cannot be had, or the model cannot read texts of that length.
    """
    source = source or resolve(config.model.name)
    if not source.location:
        source = prepare_from_scratch(source, config, train(), cache_folder("baselines"), tell)
    tell("loading tokenizer")
    max_length, long_text = config.model.max_length, config.model.long_text
    tokenizer = load_tokenizer(source, max_length, long_text)
    return Reading(source, tokenizer, Encoder(tokenizer, max_length, long_text, pairs=pairs))


def tokenize(
    config: RunConfig,
    splits: DataSplits,
    tell: Tell = lambda message: None,
    *,
    source: ModelSource | None = None,
) -> Tokenized:
    """Tokenize the data: the part of a plan that takes long, and that only data and model decide on.

    Raises:
        Problem: the tokenizer cannot be had, or the model cannot read texts of that length.
    """
    pairs = splits.train.has_text_pairs
    reading = make_reading(config, lambda: splits.train, tell, pairs=pairs, source=source)
    cache, of_tokenizer = TokenCache(cache_folder("tokens")), fingerprint(reading.tokenizer)
    encoded = {}
    warnings: dict[str, None] = {}
    for split in splits.present:
        key = TokenKey(
            split.fingerprint, of_tokenizer, config.model.max_length, config.model.long_text, pairs
        )
        tokens = cache.get(
            key,
            reading.encoder,
            split.texts.chunks,
            on_progress=_progress(tell, split),
            warn=warnings.setdefault,
        )
        encoded[split.name] = EncodedSplit(tokens, split.label_ids)
    return Tokenized(reading.source, reading.tokenizer, encoded, list(warnings))


def _progress(tell: Tell, split: Split) -> Callable[[int], None]:
    def on_progress(done: int) -> None:
        tell(f"tokenizing {split.name} {done:,}/{len(split):,}")

    return on_progress
