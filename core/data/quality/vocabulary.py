"""Whether a tokenizer knows the words of the texts: unknown tokens, and tokens a word."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.config import FROM_SCRATCH, ModelConfig
from core.data.quality.finding import Finding, RowList, share
from core.data.quality.survey import Survey, SurveyedSplit
from core.protocol import Severity

_MANY_UNKNOWN = 0.02
_UNREADABLE = 0.10
# English in an English vocabulary has 1.1 to 1.5, other languages in it 2.5 and more.
_FRAGMENTED = 2.5
_FEWEST_WORDS = 50  # fewer say nothing about a language


def tokenizer_name(model: ModelConfig) -> str:
    """The name of the tokenizer of a run; empty if it is learned from the texts, and so knows them."""
    return (model.tokenizer or "") if model.name in FROM_SCRATCH else model.name


class Remark(NamedTuple):
    """Something to say about a tokenizer and texts. Its parts are those of a finding."""

    severity: Severity
    title: str
    meaning: str
    mend: str

    def __str__(self) -> str:
        return f"{self.title[0].upper()}{self.title[1:]}. {self.meaning} {self.mend}"


def remark_unknown(tokenizer: str, unknown: int, tokens: int) -> Remark | None:
    """Remark on unknown tokens, if there are many.

    Args:
        tokenizer: whose tokens they are.
        unknown: number of unknown tokens of the training texts.
        tokens: number of all of them, without special tokens.
    """
    part = unknown / max(1, tokens)
    if part < _MANY_UNKNOWN:
        return None
    is_unreadable = part >= _UNREADABLE
    return Remark(
        "serious" if is_unreadable else "warning",
        f"{share(part)} of the tokens of train are unknown to {tokenizer}",
        "It cannot read this language: it sees the same placeholder for all of them."
        if is_unreadable
        else "It sees the same placeholder for all of them.",
        _ADVICE,
    )


def remark_fragments(tokenizer: str, tokens: int, words: float) -> Remark | None:
    """Remark on words that are split into many tokens.

    Args:
        tokenizer: whose tokens they are.
        tokens: number of tokens of training texts, without special tokens.
        words: number of words of the same texts.
    """
    if words < _FEWEST_WORDS or tokens / words < _FRAGMENTED:
        return None
    return Remark(
        "warning",
        f"a word of train takes {tokens / words:.1f} tokens of {tokenizer} on average",
        "It splits words into small pieces, as it does in a language that it was not trained on.",
        _ADVICE,
    )


_ADVICE = (
    "Use an encoder of this language, a multilingual one (--model xlm-roberta-base), or --model cnn, which "
    "learns its vocabulary from these texts."
)


def check_unknown(survey: Survey) -> Iterator[Finding]:
    """Texts with unknown tokens."""
    train = survey.train
    if not survey.tokenizer or train.unknown is None:
        return
    remark = remark_unknown(survey.tokenizer, int(train.unknown.sum()), int(_tokens(survey, train).sum()))
    if remark is None:
        return
    counted = [split.unknown for split in survey.splits if split.unknown is not None]
    rows = RowList.of(map(np.flatnonzero, counted))
    found = np.concatenate([each[each > 0] for each in counted])
    yield Finding(
        "unknown-tokens",
        *remark,
        rows=rows[np.argsort(-found, kind="stable")],
        facts={"share": float(train.unknown.sum() / max(1, _tokens(survey, train).sum()))},
        note=_unknown,
    )


def check_fragments(survey: Survey) -> Iterator[Finding]:
    """Words that are split into many tokens."""
    train = survey.train
    if not survey.tokenizer or train.lengths is None:
        return
    tokens, words = int((train.lengths - survey.special_tokens).sum()), float(train.words.sum())
    remark = remark_fragments(survey.tokenizer, tokens, words)
    if remark is not None:
        yield Finding(
            "tokens-per-word",
            *remark,
            rows=RowList.of([]),
            facts={"tokens_per_word": tokens / words},
        )


def _tokens(survey: Survey, split: SurveyedSplit) -> npt.NDArray[np.int32]:
    """Number of tokens of each text that are read, without special tokens."""
    assert split.lengths is not None
    assert split.unread is not None
    found: npt.NDArray[np.int32] = np.maximum(split.lengths - split.unread - survey.special_tokens, 0)
    return found


def _unknown(survey: Survey, split: int, row: int, text: str) -> str:
    seen = survey.splits[split]
    if seen.unknown is None:
        return ""
    return f"{seen.unknown[row]:,} of {_tokens(survey, seen)[row]:,} tokens unknown"
