"""Prepare a model to be trained from scratch: a folder with its tokenizer and its configuration."""

import contextlib
import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from core.config import RunConfig
from core.data.splits import Split
from core.files import durable
from core.files.cache import cache_problem
from core.models.catalog import ModelSource, resolve
from core.models.from_scratch.cnn import CnnConfig
from core.models.from_scratch.rnn import RnnConfig
from core.models.tokenizer import load_tokenizer
from core.text.text_pairs import split

_CONFIGS: dict[str, Callable[..., PreTrainedConfig]] = {"cnn": CnnConfig, "rnn": RnnConfig}
# The tokenizer is trained on at most so many texts, evenly spaced, and so many characters of each.
_TEXTS = 200_000
_CHARACTERS = 5_000
# Default vocabulary. Rare tokens have embeddings that learn from too few texts, and the number of words of a
# text grows like the square root of its length (H. S. Heaps, 1978).
_FEWEST_TOKENS, _MOST_TOKENS = 500, 16_000
_TOKENS_BY_ROOT = 3.4
# Suffixes of the files of a tokenizer; weights have others.
_TOKENIZER_SUFFIXES = (".json", ".txt", ".model")
_FORMAT = 2  # part of every cache key; raise it when the content of a folder changes


def prepare_from_scratch(
    source: ModelSource,
    config: RunConfig,
    train: Split,
    cache: Path,
    on_stage: Callable[[str], None],
) -> ModelSource:
    """Prepare the folder of the CNN or the RNN, or find it in the cache.

    Args:
        source: of the model.
        config: of the run.
        train: the training split; the tokenizer is trained on it unless the configuration names one.
        cache: folder that keeps prepared folders.
        on_stage: called with the name of a stage that takes a while.

    Returns:
        `source` with the location of the folder.

    Raises:
        Problem: the tokenizer of the configuration cannot be loaded, or the folder cannot be written.
    """
    settings = getattr(config, source.name).model_dump()
    asked = resolve(config.model.tokenizer) if config.model.tokenizer else None
    size = config.model.vocabulary
    learned = [train.fingerprint, size or [_FEWEST_TOKENS, _MOST_TOKENS, _TOKENS_BY_ROOT]]
    key = json.dumps([_FORMAT, source.name, settings, _identity(asked) if asked else learned])
    folder = cache / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not (folder / "config.json").is_file():
        if asked:
            tokenizer: PreTrainedTokenizerBase = load_tokenizer(
                asked, config.model.max_length or source.max_length
            )
        else:
            on_stage("training a tokenizer")
            tokenizer = train_tokenizer(_sample(train), size or vocabulary_size(_sample(train)))
        network = _CONFIGS[source.name](
            vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id or 0, **settings
        )
        _write(folder, tokenizer, network)
    return replace(source, location=str(folder), is_folder=True)


def _identity(tokenizer: ModelSource) -> str:
    """An identity of a tokenizer for cache keys: a name, or a digest of the files of a folder."""
    if not tokenizer.is_folder:
        return tokenizer.location
    digest = hashlib.sha256()
    for path in sorted(Path(tokenizer.location).iterdir()):
        if path.is_file() and path.suffix in _TOKENIZER_SUFFIXES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sample(train: Split) -> Iterator[str]:
    every = -(-len(train) // _TEXTS) or 1
    found = (text for chunk in train.texts.chunks() for text in chunk)
    for text in islice(found, 0, None, every):
        pair = split(text) if train.has_text_pairs else None
        for part in pair or (text,):
            yield part[:_CHARACTERS]


def _write(folder: Path, tokenizer: PreTrainedTokenizerBase, network: PreTrainedConfig) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
        tokenizer.save_pretrained(beside)
        network.save_pretrained(beside)
        durable.sync_tree(beside)
    except OSError as error:
        raise cache_problem("the tokenizer", folder.parent, error) from error
    # Another process may have written it meanwhile.
    with contextlib.suppress(OSError):
        beside.rename(folder)
    shutil.rmtree(beside, ignore_errors=True)


_PADDING, _SEPARATOR = "[PAD]", "[SEP]"


def vocabulary_size(texts: Iterable[str]) -> int:
    """Return the default size of the vocabulary for these training texts."""
    wanted = _TOKENS_BY_ROOT * math.sqrt(sum(map(len, texts)))
    return min(_MOST_TOKENS, max(_FEWEST_TOKENS, 100 * round(wanted / 100)))


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer, to which no character is unknown.

    The same texts give the same tokens. Texts are lower-cased. The texts of a pair are separated by a token.

    Args:
        texts: to train on.
        size: the largest number of tokens.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[_PADDING, _SEPARATOR],
        # Sorted: the order of the set differs from process to process.
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
