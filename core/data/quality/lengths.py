"""Lengths of texts in tokens: the check of long texts, and distributions, by label."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.data.quality.finding import Finding, RowList, share
from core.data.quality.survey import Survey, SurveyedSplit
from core.protocol import LabelLengths, LengthReport
from core.text.format import counted
from core.text.long_text import LONG_TEXT_WORDING

_BINS = 24
_FARTHEST = 4  # times the maximum length; longer texts are in the last bin
_MOST_LABELS = 1000
_MUCH = 0.05  # share of unread tokens from which the finding is a warning

Lengths = npt.NDArray[np.int32]


def check_cut(survey: Survey) -> Iterator[Finding]:
    """Texts that are longer than the maximum length."""
    known = [split.lengths for split in survey.splits if split.lengths is not None]
    if not known:
        return
    lengths = np.concatenate(known)
    unread = np.concatenate([split.unread for split in survey.splits if split.unread is not None])
    rows = RowList.of(np.flatnonzero(each > survey.max_length) for each in known)
    if not len(rows):
        return
    found = np.concatenate([each[each > survey.max_length] for each in known])
    texts, tokens = int(np.count_nonzero(unread)) / len(lengths), _share(unread, lengths)
    most = int(np.sort(lengths)[int(0.95 * (len(lengths) - 1))])
    advice = f"95 % of all texts have at most {most:,} tokens" if most > survey.max_length else ""
    yield Finding(
        check="cut-texts",
        severity="warning" if tokens >= _MUCH else "note",
        title=f"{counted(len(rows), 'text is', 'texts are')} longer than {survey.max_length:,} tokens; "
        f"such texts {LONG_TEXT_WORDING[survey.long_text]}: "
        f"{share(texts)} of all texts are not read completely, "
        f"{share(tokens)} of all tokens are not read",
        meaning="The model does not see the rest, in training or in use."
        if tokens
        else "Every token is read. A text takes as long as all its windows together.",
        mend="Raise --max-length, up to the limit of the model"
        + (f" ({advice})" if advice else "")
        + ", or choose the part to read with --long-text.",
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
    """Length statistics of a split, and their distribution over `bins`; None if no text was counted."""
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
    """The bin of each length. The last bin holds all longer texts."""
    return np.minimum(np.searchsorted(bins, lengths, side="left"), len(bins) - 1)


def _share(unread: Lengths, lengths: Lengths) -> float:
    """Share of the tokens that are not read, 0 to 1."""
    return float(unread.sum(dtype=np.int64) / max(1, lengths.sum(dtype=np.int64)))


def bins_of(survey: Survey) -> list[int]:
    """Upper bounds of the length bins in tokens, common to all splits and labels.

    The last bin also holds all longer texts. The maximum length is a bound if any text is longer.
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
    """Length distribution over `bins` for each label; for the most frequent ones if there are very many."""
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
