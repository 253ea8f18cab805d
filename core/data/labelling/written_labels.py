"""Labels as written → their names; and labels that the data declare without using them."""

from collections.abc import Iterator, Mapping

from core.data.columns.shapes.flag_columns import label_names
from core.data.examples.index import ExampleIndex
from core.data.labels.cells import PLAIN
from core.data.labels.plain_names import plain_names
from core.text.plain import quoted

_SHOWN = 5


def with_plain_names(index: ExampleIndex) -> tuple[ExampleIndex, list[str]]:
    """The same examples with names in place of labels that a program wrote, or that name their column.

    Args:
        index: with labels as written.

    Returns:
        The index, and what was assumed.
    """
    columns = _columns(index)
    names, reasons = plain_names(index.labels)
    if (short := label_names(columns) if columns else []) != columns:
        pairs = ", ".join(f"{name!r}" for name in short[:_SHOWN])
        more = ", …" * (len(short) > _SHOWN)
        reasons = [
            f"labels: the columns without what all share, {pairs}{more} "
            f"(--label-delimiter {PLAIN} overrules it)."
        ]
        names = dict(zip(columns, short, strict=True))
    return index.renamed([names[label] for label in index.labels]), reasons


def warn_about_unused(train: ExampleIndex, names: Mapping[str, str]) -> Iterator[str]:
    """Labels that the training data declare, by names, columns or positions, and that no text has.

    Args:
        train: with the final names.
        names: of labels by number; empty if there are none.
    """
    declared: list[str] = []
    if columns := _columns(train):
        are_short = not set(train.labels) <= set(columns)
        declared = label_names(columns) if are_short else columns
    elif names:
        declared = list(names.values())
    elif train.cells.form == "vector":
        declared = [str(place) for place in range(train.cells.width)]
    unused = [name for name in declared if name not in train.counts]
    if unused and len(unused) < len(declared):
        what = "the label" if len(unused) == 1 else f"the {len(unused):,} labels"
        yield f"{train.source}: no text has {what} {quoted(unused, _SHOWN)}, which cannot be learned."


def _columns(index: ExampleIndex) -> list[str]:
    """The columns of 0 and 1, one for each label; empty if the labels are not written so."""
    return [name.strip() for name in index.examples.label.split(",")] if index.cells.in_columns else []
