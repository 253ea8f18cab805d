"""Lengths of texts in tokens: what maximum length cuts, and how they are distributed, label by label."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.data.quality.found import Found, RowList, share, times
from core.data.quality.survey import Survey, SurveyedSplit
from core.protocol import LabelLengths, LengthReport

_BINS = 24
_FARTHEST = 4  # times the maximum length: the last bin holds all that is longer
_MUCH = 0.05  # of all tokens

Lengths = npt.NDArray[np.int32]


def check_cut(survey: Survey) -> Iterator[Found]:
    """Texts that are longer than the maximum length."""
    counted = [split.lengths for split in survey.splits if split.lengths is not None]
    if not counted:
        return
    lengths = np.concatenate(counted)
    rows = RowList.of(np.flatnonzero(each > survey.max_length) for each in counted)
    if not len(rows):
        return
    found = np.concatenate([each[each > survey.max_length] for each in counted])
    tokens = float((found - survey.max_length).sum() / lengths.sum(dtype=np.int64))
    most = int(np.sort(lengths)[int(0.95 * (len(lengths) - 1))])
    advice = f"95 % of all texts have at most {most:,} tokens" if most > survey.max_length else ""
    yield Found(
        check="cut-texts",
        severity="warning" if tokens >= _MUCH else "note",
        title=f"{times(len(rows), 'text is', 'texts are')} longer than {survey.max_length:,} tokens: "
        f"{share(len(rows) / len(lengths))} of the texts, {share(tokens)} of all tokens are cut off",
        meaning="What is cut off is never read, in training or later.",
        mend="Raise --max-length as far as the model goes"
        + (f" ({advice})" if advice else "")
        + ", or choose which part is read with --long-text.",
        rows=rows[np.argsort(-found, kind="stable")],
        facts={"texts_share": len(rows) / len(lengths), "tokens_share": tokens, "p95": most},
        note=_tokens,
    )


def _tokens(survey: Survey, split: int, row: int, text: str) -> str:
    lengths = survey.splits[split].lengths
    return "" if lengths is None else f"{lengths[row]:,} tokens"


def describe_lengths(lengths: Lengths, max_length: int) -> LengthReport | None:
    """The figures of a split; None where there is no text."""
    if not len(lengths):
        return None
    in_order = np.sort(lengths).astype(np.int64)
    return LengthReport(
        median=int(in_order[(len(in_order) - 1) // 2]),
        mean=float(in_order.mean()),
        p95=int(in_order[int(0.95 * (len(in_order) - 1))]),
        longest=int(in_order[-1]),
        truncated=int(np.count_nonzero(in_order > max_length)),
        tokens_cut=float(np.maximum(in_order - max_length, 0).sum() / max(1, in_order.sum())),
    )


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
    """The distribution of the lengths of each label's texts over `bins`."""
    if split.lengths is None or not len(split):
        return []
    places = np.minimum(np.searchsorted(bins, split.lengths, side="left"), len(bins) - 1)
    over = np.maximum(split.lengths.astype(np.int64) - survey.max_length, 0)
    found = []
    for number, label in enumerate(survey.labels):
        chosen = survey.having(split, [number])
        if not (texts := int(np.count_nonzero(chosen))):
            continue
        lengths = split.lengths[chosen]
        found.append(
            LabelLengths(
                label=label,
                texts=texts,
                median=int(np.sort(lengths)[(texts - 1) // 2]),
                bins=np.bincount(places[chosen], minlength=len(bins)).tolist(),
                truncated=int(np.count_nonzero(over[chosen])),
                tokens_cut=float(over[chosen].sum() / max(1, lengths.sum(dtype=np.int64))),
            )
        )
    return found
