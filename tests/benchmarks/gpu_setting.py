"""The setting of GPU benchmarks: models with random weights, texts of random words, operation counts."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, BertConfig, BertModel, BertTokenizerFast

from core.encoding.encoder import Encoder
from tests.benchmarks import documents
from tests.benchmarks.documents import Document

PEAK_FLOPS = 989e12
"""Peak operations per second of an H100 or H200, dense bf16, from its data sheet."""
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_SIGNAL_WORDS = 50
# Lengths of IMDB reviews in tokens before truncation: median 230, an eighth above 512.
_MEDIAN, _SIGMA = 230, 0.68

Lengths = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT."""

    layers: int
    width: int
    heads: int
    inner: int
    words: int
    hidden_dropout: float = 0.1


BASE = Shape(12, 768, 12, 3072, 30_522)
SMALL = Shape(4, 256, 4, 1024, 2000, hidden_dropout=0.0)
TINY = Shape(2, 64, 2, 128, 500, hidden_dropout=0.0)


@dataclass(frozen=True)
class Setting:
    """The options and data shared by all parts of the benchmark."""

    options: argparse.Namespace
    folder: Path

    @property
    def is_smoke(self) -> bool:
        """Whether only the command itself is tried, on any machine."""
        return bool(self.options.smoke)

    @property
    def device(self) -> torch.device:
        """The device to compute on."""
        return torch.device("cpu" if self.is_smoke else "cuda")

    @property
    def shape(self) -> Shape:
        """The shape of the model whose speed is measured."""
        return TINY if self.is_smoke else BASE

    @property
    def max_length(self) -> int:
        """Maximum length of a text in tokens."""
        return 64 if self.is_smoke else 512

    def model(self, name: str, shape: Shape) -> Path:
        """The folder of a model of this shape; made on first use."""
        folder = self.folder / name
        if not folder.exists():
            make_model(folder, shape)
        return folder

    def documents(self, count: int, seed: int) -> list[Document]:
        """Examples from the given file, or random ones with the lengths of film reviews."""
        if self.options.data is not None:
            return documents.draw(documents.read(self.options.data), count, seed)
        median = 30 if self.is_smoke else _MEDIAN
        return make_documents(count, seed, words=self.shape.words, median=median, signal=0.1)

    def lengths(self, model: Path, found: list[Document]) -> Lengths:
        """Lengths in tokens as the model reads them, shape [texts]."""
        encoder = Encoder(AutoTokenizer.from_pretrained(model), self.max_length)
        return encoder.encode([text for text, _ in found]).lengths.astype(np.int64)


def make_model(folder: Path, shape: Shape) -> None:
    """Write an encoder with random weights, and a tokenizer of the words `w5`, `w6` and so on."""
    names = [*_SPECIAL, *(f"w{number}" for number in range(len(_SPECIAL), shape.words))]
    backend = Tokenizer(
        models.WordPiece({name: number for number, name in enumerate(names)}, unk_token="[UNK]")
    )
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    BertTokenizerFast(tokenizer_object=backend).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=shape.words,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        hidden_dropout_prob=shape.hidden_dropout,
    )
    model: Any = BertModel(config)
    model.save_pretrained(folder)


def make_documents(count: int, seed: int, *, words: int, median: int, signal: float) -> list[Document]:
    """Make examples of random words, frequent and rare ones, with two labels.

    Args:
        count: number of examples.
        seed: of the random numbers.
        words: size of the vocabulary.
        median: median length in words; lengths are distributed like those of film reviews.
        signal: fraction of the words that indicate the label.
    """
    random = np.random.default_rng(seed)
    lengths = np.maximum(1, random.lognormal(np.log(median), _SIGMA, count)).astype(np.int64)
    first = len(_SPECIAL) + 2 * _SIGNAL_WORDS
    weights = 1.0 / np.arange(1, words - first + 1)
    drawn = first + random.choice(len(weights), int(lengths.sum()), p=weights / weights.sum())
    labels = random.integers(2, size=count)
    telling = (
        len(_SPECIAL)
        + labels.repeat(lengths) * _SIGNAL_WORDS
        + random.integers(_SIGNAL_WORDS, size=len(drawn))
    )
    drawn = np.where(random.random(len(drawn)) < signal, telling, drawn)
    texts = np.split(drawn, np.cumsum(lengths)[:-1])
    return [
        (" ".join(f"w{word}" for word in text), ("negative", "positive")[label])
        for text, label in zip(texts, labels.tolist(), strict=True)
    ]


def operations(shape: Shape, lengths: Lengths, *, narrowed: bool) -> float:
    """Operations of the forward pass of a text, mean over `lengths`; a multiply-add counts twice.

    Each token attends to the tokens of its own text: s = Σ length² / Σ length of them, on average.

    Args:
        shape: of the model.
        lengths: in tokens, shape [texts].
        narrowed: without the operations that the last layer can skip after its attention.
    """
    tokens = float(lengths.sum())
    seen = float((lengths**2).sum()) / tokens
    behind = 2 * shape.width**2 + 4 * shape.width * shape.inner
    layer = 6 * shape.width**2 + behind + 4 * seen * shape.width
    total = shape.layers * layer * tokens
    if narrowed:
        total -= behind * (tokens - len(lengths))
    return total / len(lengths)
