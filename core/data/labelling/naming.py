"""name_labels: the labels of all splits under the same names, merged and without rare ones, as requested."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from core.config import DataConfig
from core.data.columns.columns import TrainedColumns
from core.data.examples.index import ExampleIndex
from core.data.labelling.file_labels import name_numbers
from core.data.labelling.matching import Matches, match_labels
from core.data.labelling.numbering import Numbering, numbered
from core.data.labelling.written_labels import warn_about_unused, with_plain_names
from core.data.labels.cells import PLAIN
from core.data.labels.names import in_order, kind_of
from core.problems import Problem
from core.text.format import counted
from core.text.plain import quoted

_SHOWN = 5


@dataclass(eq=False)
class Labelling:
    """The labels of all splits."""

    indexes: dict[str, ExampleIndex]
    """By split, with the final names."""
    labels: list[str] = field(default_factory=list)
    """Those of the training data, in order; of label sets, also those that occur only in other splits."""
    reasons: list[str] = field(default_factory=list)
    """What was assumed, in sentences."""
    dropped: list[str] = field(default_factory=list)
    """What was dropped on request, in sentences."""
    warnings: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def name_labels(
    indexes: dict[str, ExampleIndex],
    config: DataConfig,
    numbering: Numbering,
    class_names: Mapping[str, Sequence[str]],
) -> Labelling:
    """Give the labels of all splits the names of the training labels.

    Args:
        indexes: by split, with labels as written.
        config: the data settings.
        numbering: of the labels of the training data.
        class_names: that the data declare, by split.
    """
    found = Labelling(indexes.copy())
    if config.label_delimiter != PLAIN:
        for name, index in indexes.items():
            found.indexes[name], said = with_plain_names(index)
            found.reasons += said if name == "train" else [f"{index.source}: {each}" for each in said]
    kind = kind_of(found.indexes["train"].labels)
    found.indexes = {name: index.with_names(kind) for name, index in found.indexes.items()}
    found.indexes["train"], reasons = name_numbers(found.indexes["train"], numbering.names)
    found.reasons += reasons
    _use_names(found, config, numbering)
    found.warnings += warn_about_unused(found.indexes["train"], numbering.names)
    known = found.indexes["train"].counts.keys()
    for name, index in found.indexes.items():
        if name != "train":
            names = numbering.names or numbered(class_names.get(name, []))
            _rename(found, name, match_labels(index.counts, known, names, config.merge_labels))
    if config.merge_labels:
        _merge(found, config.merge_labels)
    if config.drop_labels:
        _drop_named(found, config.drop_labels)
    if config.min_label_examples > 1:
        _drop_rare(found, config.min_label_examples)
    _add_unlearned(found)
    order = [config.merge_labels.get(name, name) for name in numbering.names.values()]
    found.labels = _ordered(found.labels or found.indexes["train"].counts, order)
    return found


def name_labels_of_model(
    index: ExampleIndex,
    labels: list[str],
    config: DataConfig,
    numbering: Numbering,
    trained: TrainedColumns | None = None,
) -> Labelling:
    """Give the labels of data to evaluate the names of a model's labels.

    Args:
        index: with labels as written.
        labels: those of the model.
        config: the data settings.
        numbering: of the labels of the model, or of the data.
        trained: what the model was trained with.
    """
    found = Labelling({"data": index}, labels)
    if config.label_delimiter != PLAIN and not set(index.labels) <= set(labels):
        found.indexes["data"], found.reasons = with_plain_names(index)
    found.indexes["data"] = found.indexes["data"].with_names(kind_of(labels))
    before = trained.merge_labels if trained else {}
    merges = {old: config.merge_labels.get(new, new) for old, new in before.items()} | config.merge_labels
    _rename(found, "data", match_labels(index.counts, labels, numbering.names, merges))
    if merges:
        _merge(found, merges, optional=before)
    _drop(found, set(config.drop_labels), "as requested")
    unknown = found.indexes["data"].counts.keys() - set(labels)
    if unknown and (config.min_label_examples > 1 or (trained and trained.dropped_labels)):
        _drop(found, unknown, "not labels of the model")
    return found


def _use_names(found: Labelling, config: DataConfig, numbering: Numbering) -> None:
    """Name labels that are numbers, if names are requested or the data say what the positions mean."""
    train = found.indexes["train"]
    names, width = numbering.names, train.cells.width
    if not numbering.renames:
        if width:
            found.reasons.append(f"labels 0 to {width - 1}: the positions (--label-names names them).")
        return
    where = f"{train.source}, column {train.examples.label!r}"
    if len(set(names.values())) < len(names):
        found.problems.append(
            Problem(
                f"the label names {quoted(list(names.values()))} are not all different",
                where=where,
                mend="To count labels as one, name them differently and use --merge-label.",
            )
        )
        return
    if width and len(names) != width and config.label_names is not None:
        found.problems.append(
            Problem(
                f"{counted(len(names), 'label name')}, but the vectors have {counted(width, 'position')}",
                where=where,
                mend="Give as many with --label-names.",
            )
        )
        return
    if kind_of(train.counts) != "integer":
        _check_names(found, names, where)
        return
    if beyond := sorted((label for label in train.counts if label not in names), key=int):
        ids = sorted(train.counts, key=int)
        offset = ' If the numbers begin with 1, put an unused name first: "none,…".' * (ids[0] == "1")
        found.problems.append(
            Problem(
                f"{_numbers_of(names)}, but there is {quoted(beyond, _SHOWN)}",
                where=where,
                mend=f"Name all of {quoted(ids)} with --label-names.{offset}",
            )
        )
        return
    for name, index in found.indexes.items():
        found.indexes[name] = index.renamed([names.get(label, label) for label in index.labels])
    pairs = ", ".join(f"{number} {names[number]!r}" for number in list(names)[:_SHOWN])
    more = ", …" if len(names) > _SHOWN else ""
    found.reasons += numbering.reasons or [f"label names: {pairs}{more}, as requested."]


def _numbers_of(names: Mapping[str, str]) -> str:
    """The numbers that label names are for."""
    if len(names) == 1:
        return "1 label name is for the number 0"
    return f"{len(names):,} label names are for the numbers 0 to {len(names) - 1:,}"


def _check_names(found: Labelling, names: Mapping[str, str], where: str) -> None:
    if missing := sorted(found.indexes["train"].counts.keys() - set(names.values())):
        found.problems.append(
            Problem(
                f"the label names lack {quoted(missing, _SHOWN)}",
                where=where,
                mend="With --label-names, name all labels in the order of their numbers.",
            )
        )


def _rename(found: Labelling, split: str, matches: Matches) -> None:
    index = found.indexes[split]
    found.indexes[split] = index.renamed([matches.names.get(label, label) for label in index.labels])
    found.reasons += [f"{index.source}: {reason}" for reason in matches.reasons]


def _merge(found: Labelling, merges: Mapping[str, str], optional: Container[str] = ()) -> None:
    """Count labels as others. Those in `optional` need not occur."""
    present = {label for index in found.indexes.values() for label in index.counts}
    chained = [old for old, new in merges.items() if new in merges]
    unknown = [old for old in merges if old not in present and old not in optional]
    where = next(iter(found.indexes.values())).source
    if chained:
        old = chained[0]
        found.problems.append(
            Problem(
                f"label {old!r} is merged into {merges[old]!r}, which is merged as well",
                where=where,
                mend="Merge both into the label that is to remain, with --merge-label.",
            )
        )
    if unknown:
        found.problems.append(
            Problem(
                f"no label {quoted(unknown)} to merge",
                where=where,
                mend=f"The labels are {quoted(sorted(present))}. Correct --merge-label.",
            )
        )
    for name, index in found.indexes.items():
        counts = index.counts
        found.indexes[name] = index.renamed([merges.get(label, label) for label in index.labels])
        merged = [f"{old!r} ({counts[old]:,}) as {new!r}" for old, new in merges.items() if old in counts]
        if merged:
            found.reasons.append(f"{index.source}: labels merged as requested: {', '.join(merged)}.")


def _drop_named(found: Labelling, names: list[str]) -> None:
    present = {label for index in found.indexes.values() for label in index.counts}
    if unknown := [name for name in names if name not in present]:
        found.problems.append(
            Problem(
                f"no label {quoted(unknown)} to drop",
                where=next(iter(found.indexes.values())).source,
                mend=f"The labels are {quoted(sorted(present))}. Correct --drop-label.",
            )
        )
    _drop(found, set(names), "as requested")


def _drop_rare(found: Labelling, least: int) -> None:
    counts = found.indexes["train"].counts
    present = {label for index in found.indexes.values() for label in index.counts}
    rare = {label for label in present if counts.get(label, 0) < least}
    _drop(found, rare, f"fewer than {least:,} training examples")


def _drop(found: Labelling, labels: set[str], why: str) -> None:
    for name, index in found.indexes.items():
        smaller = index.without(labels)
        gone = sorted(labels & index.counts.keys())
        if gone:
            rows = smaller.without_kept_label - index.without_kept_label
            what = f"{counted(len(gone), 'label')} dropped ({quoted(gone, _SHOWN)}): {why}"
            found.dropped.append(f"{index.source}: {what}, and {counted(rows, 'row')} without another label.")
        found.indexes[name] = smaller


def _add_unlearned(found: Labelling) -> None:
    """Labels of label sets that train lacks: the model has them, never learns them, and is charged for them.

    A split of which most labels are unknown is refused later: its labels are of another kind.
    """
    known = set(found.indexes["train"].counts)
    for index in found.indexes.values():
        unknown = sorted(index.counts.keys() - known)
        if not index.is_multi_label or not unknown or 2 * len(unknown) > len(index.counts):
            continue
        rows = sum(index.counts[label] for label in unknown)
        found.warnings.append(
            f"{index.source}: {quoted(unknown, _SHOWN)} ({counted(rows, 'time')}): not in train, so never "
            "learned and counted as missed. --min-label-examples 2 drops such labels."
        )
        found.labels += unknown
    if found.labels:
        found.labels = [*known, *found.labels]


def _ordered(labels: Mapping[str, int] | list[str], order: list[str]) -> list[str]:
    """Distinct labels: those of `order` in that order, the others after them, sorted."""
    distinct = set(labels)
    first = [name for name in dict.fromkeys(order) if name in distinct]
    return first + in_order(distinct.difference(first), kind_of(distinct))
