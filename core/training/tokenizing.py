"""Tokenize the texts of a run, with the tokenizer of its model or one that is trained for it."""

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
from core.models.tokenizer import load_tokenizer

OnStage = Callable[[str], None]
"""Called with the name of what is being done, for people ("loading tokenizer")."""


@dataclass(frozen=True)
class Reading:
    """A tokenizer with its settings."""

    source: ModelSource
    """Of the model; the folder it was made in where it is trained from scratch."""
    tokenizer: PreTrainedTokenizerBase
    encoder: Encoder
    max_length: int
    """Of a text in tokens: as configured, or else the default of the model or the most that it reads."""


@dataclass(frozen=True)
class Tokenized:
    """The tokenized texts of a run."""

    source: ModelSource
    tokenizer: PreTrainedTokenizerBase
    max_length: int
    """Of a text in tokens."""
    encoded: dict[str, EncodedSplit]
    """By split name."""
    encoder: Encoder
    warnings: list[str]


def make_reading(
    config: RunConfig,
    train: Callable[[], Split],
    on_stage: OnStage,
    *,
    pairs: bool,
    source: ModelSource | None = None,
) -> Reading:
    """Load or train the tokenizer of a run.

    Args:
        config: of the run.
        train: returns the training split; called only where the tokenizer is trained on it.
        on_stage: called with the name of each stage.
        pairs: whether the inputs are text pairs.
        source: where the model is loaded from; by default resolved from its name.

    Raises:
        Problem: the tokenizer cannot be loaded, or the model cannot read texts of that length.
    """
    source = source or resolve(config.model.name)
    if not source.location:
        source = prepare_from_scratch(source, config, train(), cache_folder("baselines"), on_stage)
    on_stage("loading tokenizer")
    long_text = config.model.long_text
    tokenizer = load_tokenizer(source, config.model.max_length, long_text)
    max_length = tokenizer.model_max_length
    return Reading(source, tokenizer, Encoder(tokenizer, max_length, long_text, pairs=pairs), max_length)


def tokenize(
    config: RunConfig,
    splits: DataSplits,
    on_stage: OnStage = lambda stage: None,
    *,
    source: ModelSource | None = None,
) -> Tokenized:
    """Tokenize the data: the slow part of a plan, which depends on data and model alone.

    Raises:
        Problem: the tokenizer cannot be loaded, or the model cannot read texts of that length.
    """
    pairs = splits.train.has_text_pairs
    reading = make_reading(config, lambda: splits.train, on_stage, pairs=pairs, source=source)
    cache, of_tokenizer = TokenCache(cache_folder("tokens")), fingerprint(reading.tokenizer)
    encoded = {}
    warnings: dict[str, None] = {}
    for split in splits.present:
        key = TokenKey(split.fingerprint, of_tokenizer, reading.max_length, config.model.long_text, pairs)
        tokens = cache.get(
            key,
            reading.encoder,
            split.texts.chunks,
            on_progress=_progress(on_stage, split),
            warn=warnings.setdefault,
        )
        encoded[split.name] = EncodedSplit(tokens, split.label_ids)
    return Tokenized(
        reading.source, reading.tokenizer, reading.max_length, encoded, reading.encoder, list(warnings)
    )


def _progress(on_stage: OnStage, split: Split) -> Callable[[int], None]:
    def on_progress(done: int) -> None:
        on_stage(f"tokenizing {split.name} {done:,}/{len(split):,}")

    return on_progress
