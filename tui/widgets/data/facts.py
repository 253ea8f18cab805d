"""Figures of a data report: splits, labels and lengths."""

from collections.abc import Iterable

from textual.content import Content

from core.protocol import DataReport, SplitReport
from core.text import format
from core.text.long_text import LONG_TEXT_WORDING
from core.text.plain import plain
from tui.widgets.panel import bar, rows, shorten
from tui.wording.histogram import columns, sparkline

NAME_WIDTH = 14
_BAR_WIDTH = 12
_HEIGHT = 4


def describe_splits(found: DataReport) -> Content:
    """Rows and source of each split, then problems, warnings and what was assumed."""
    lines = [
        Content.assemble(
            (_name(split.name), "dim"),
            f"{split.rows:>9,}  ",
            (plain(split.source).rpartition("/")[2], "$text-muted"),
        )
        for split in found.splits
    ]
    lines += [Content.styled(plain(text), "$text-error") for text in found.problems]
    lines += [Content.styled(plain(text), "$text-warning") for text in [*found.warnings, *found.dropped]]
    lines += [Content.styled(plain(text), "$text-muted") for text in found.reasons]
    return rows(lines)


def describe_labels(found: DataReport) -> Content:
    """Rows by label: training with bars, then the other splits."""
    train, *others = found.splits
    most = max(train.labels.values(), default=0) or 1
    names = dict.fromkeys(name for split in found.splits for name in split.labels)
    lines = []
    for name in names:
        count = train.labels.get(name, 0)
        behind = "".join(f"{split.labels.get(name, 0):,}".rjust(_width(split)) for split in others)
        lines.append(
            Content.assemble(
                _name(name),
                (bar(count / most, _BAR_WIDTH).ljust(_BAR_WIDTH), "$primary"),
                f" {count:>8,} ",
                (behind, "$text-muted"),
            )
        )
    head = "".join(split.name.rjust(_width(split)) for split in others)
    return rows([Content.styled(" " * (NAME_WIDTH + _BAR_WIDTH) + "    train " + head, "dim"), *lines])


def _width(split: SplitReport) -> int:
    return max(7, len(split.name) + 1)


def describe_lengths(found: DataReport) -> Content:
    """Lengths of the training texts, overall and by label, and what is truncated."""
    train = found.splits[0] if found.splits else None
    if train is None or train.lengths is None:
        return Content.styled("not counted: no tokenizer", "dim")
    lines = [
        Content.assemble(" " * NAME_WIDTH, (line, "$primary"))
        for line in columns(train.lengths.bins, found.length_bins, found.max_length, _HEIGHT)
    ]
    lines.append(_axis(found))
    if any(split.lengths and split.lengths.long for split in found.splits):
        said = f"texts longer than {found.max_length:,} {LONG_TEXT_WORDING[found.long_text]}"
        lines.append(Content.styled(said, "dim"))
    for split in found.splits:
        if lengths := split.lengths:
            cut = f"{lengths.truncated:,} truncated, {format.percent(lengths.tokens_cut)} of tokens"
            figures = f"median {lengths.median:,} · 95 % {lengths.p95:,} · longest {lengths.longest:,}"
            lines.append(Content.assemble((_name(split.name), "dim"), figures))
            if lengths.truncated:
                lines.append(Content.assemble(" " * NAME_WIDTH, (cut, "$text-warning")))
    lines.append(Content(""))
    lines.extend(_by_label(found, train))
    return rows(lines)


def _by_label(found: DataReport, train: SplitReport) -> Iterable[Content]:
    for each in train.lengths_by_label:
        share = each.truncated / max(1, each.texts)
        cut = f"{format.percent(share)} truncated" if each.truncated else ""
        drawn = sparkline(each.bins, found.length_bins, found.max_length)
        yield Content.assemble(
            _name(each.label), (drawn, "$primary"), (f" {each.median:>5,} ", "dim"), (cut, "$text-warning")
        )


def _axis(found: DataReport) -> Content:
    """The axis: 0 or the maximum length, and the end of the last bin."""
    width = len(found.length_bins) + (found.max_length in found.length_bins)
    longest = max(split.lengths.longest for split in found.splits if split.lengths)
    last = f"{found.length_bins[-1]:,}" + "+" * (longest > found.length_bins[-1])
    cut = ""
    if found.max_length in found.length_bins[:-1]:
        place = found.length_bins.index(found.max_length) + 1
        cut = f"{'':>{max(0, place - 1)}}{found.max_length:,}"
    middle = cut or "0"
    return Content.styled(
        " " * NAME_WIDTH + middle.ljust(max(len(middle) + 1, width - len(last))) + last, "dim"
    )


def _name(name: str) -> str:
    return shorten(plain(name), NAME_WIDTH - 1).ljust(NAME_WIDTH)
