"""Lengths of texts in tokens: what is not read of long ones, and how they are distributed, by label."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.data.quality.found import Found, RowList, share, times
from core.data.quality.survey import Survey, SurveyedSplit
from core.protocol import LabelLengths, LengthReport
from core.text.long_text import HOW

_BINS = 24
_FARTHEST = 4  # times the maximum length: the last bin holds all that is longer
_MOST_LABELS = 1000
_MUCH = 0.05  # of all tokens

Lengths = npt.NDArray[np.int32]


def check_cut(survey: Survey) -> Iterator[Found]:
    """Texts that are longer than the maximum length."""
    counted = [split.lengths for split in survey.splits if split.lengths is not None]
    if not counted:
        return
    lengths = np.concatenate(counted)
    unread = np.concatenate([split.unread for split in survey.splits if split.unread is not None])
    rows = RowList.of(np.flatnonzero(each > survey.max_length) for each in counted)
    if not len(rows):
        return
    found = np.concatenate([each[each > survey.max_length] for each in counted])
    texts, tokens = int(np.count_nonzero(unread)) / len(lengths), _share(unread, lengths)
    most = int(np.sort(lengths)[int(0.95 * (len(lengths) - 1))])
    advice = f"95 % of all texts have at most {most:,} tokens" if most > survey.max_length else ""
    yield Found(
        check="cut-texts",
        severity="warning" if tokens >= _MUCH else "note",
        title=f"{times(len(rows), 'text is', 'texts are')} longer than {survey.max_length:,} tokens; "
        f"such texts {HOW[survey.long_text]}: "
        f"{share(texts)} of all texts are not read whole, "
        f"{share(tokens)} of all tokens are not read",
        meaning="What is not read in training is not read later, either."
        if tokens
        else "All of them is read; a text takes as long as its windows together.",
        mend="Raise --max-length as far as the model goes"
        + (f" ({advice})" if advice else "")
        + ", or choose which part is read with --long-text.",
        rows=rows[np.argsort(-found, kind="stable")],
        facts={
            "texts_share": len(rows) / len(lengths),
            "unread_texts_share": texts,
            "tokens_share": tokens,
            "p95": most,
        },
        note=_tokens,
    )


def _tokens(survey: Survey, split: int, row: int, text: str) -> str:
    seen = survey.splits[split]
    if seen.lengths is None or seen.unread is None:
        return ""
    return f"{seen.lengths[row]:,} tokens, {seen.unread[row]:,} not read"


def describe_lengths(split: SurveyedSplit, max_length: int, bins: list[int]) -> LengthReport | None:
    """The figures of a split, and their distribution over `bins`; None where no text was counted."""
    lengths, unread = split.lengths, split.unread
    if lengths is None or unread is None or not len(lengths):
        return None
    in_order = np.sort(lengths).astype(np.int64)
    return LengthReport(
        median=int(np.median(lengths)),
        mean=float(in_order.mean()),
        p95=int(in_order[int(0.95 * (len(in_order) - 1))]),
        longest=int(in_order[-1]),
        long=int(np.count_nonzero(in_order > max_length)),
        truncated=int(np.count_nonzero(unread)),
        tokens_cut=_share(unread, lengths),
        bins=np.bincount(_places(lengths, bins), minlength=len(bins)).tolist(),
    )


def _places(lengths: Lengths, bins: list[int]) -> npt.NDArray[np.intp]:
    """The bin of each length; what is longer than all is in the last."""
    return np.minimum(np.searchsorted(bins, lengths, side="left"), len(bins) - 1)


def _share(unread: Lengths, lengths: Lengths) -> float:
    """How much of all tokens is not read, 0 to 1."""
    return float(unread.sum(dtype=np.int64) / max(1, lengths.sum(dtype=np.int64)))


def bins_of(survey: Survey) -> list[int]:
    """Upper ends of the bins in tokens, which all splits and labels share; the last holds all longer ones.

    The maximum length is one of them where any text is longer.
    """
    longest = max(
        (int(s.lengths.max()) for s in survey.splits if s.lengths is not None and len(s)), default=0
    )
    if longest <= survey.max_length:
        width = max(1, -(-longest // _BINS))
        return list(range(width, longest + width, width))
    farthest = min(longest, _FARTHEST * survey.max_length)
    below = max(1, round(_BINS * survey.max_length / farthest))
    count = min(_BINS, -(-farthest * below // survey.max_length))
    return sorted({-(-survey.max_length * number // below) for number in range(1, count + 1)})


def lengths_by_label(survey: Survey, split: SurveyedSplit, bins: list[int]) -> list[LabelLengths]:
    """The distribution of the lengths of each label's texts over `bins`; of very many labels the largest."""
    if split.lengths is None or split.unread is None or not len(split):
        return []
    places = _places(split.lengths, bins)
    found = []
    counts = survey.sets.count(split.labels, len(survey.labels))
    for number in sorted(np.argsort(-counts, kind="stable")[:_MOST_LABELS].tolist()):
        chosen = survey.having(split, [number])
        if not (texts := int(np.count_nonzero(chosen))):
            continue
        lengths, unread = split.lengths[chosen], split.unread[chosen]
        found.append(
            LabelLengths(
                label=survey.labels[number],
                texts=texts,
                median=int(np.median(lengths)),
                bins=np.bincount(places[chosen], minlength=len(bins)).tolist(),
                truncated=int(np.count_nonzero(unread)),
                tokens_cut=_share(unread, lengths),
            )
        )
    return found
