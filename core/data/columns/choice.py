"""Choice of a column by its name or by its content, with the reason."""

from collections.abc import Iterable

from core.data.columns.content import (
    Against,
    against_label,
    against_text,
    classes,
    holds_counts,
    holds_decimals,
    text_weight,
)
from core.data.columns.shapes.flag_columns import flags_in, share_word
from core.data.columns.shapes.label_columns import columns_in, not_read, numbered_in, said
from core.data.tables.column_names import Role, is_about, is_heading, rank
from core.data.tables.nested import is_nested, lists_of_objects, paths_within
from core.data.tables.table import Table, assumption
from core.problems import Problem
from core.text.plain import as_argument, quoted

_MARGIN = 1.5  # by which the content of the text column must score higher than the next
_RIVAL = 0.1  # share of the score of the text column from which another column is mentioned
_FEWEST_ROWS = 20  # in which labels repeat
_SHOWN = 12  # columns and paths in a message


def _ranked(table: Table, role: Role, other: str | None) -> list[str]:
    """Columns whose names speak for a role, the best first."""
    ranks = {name: rank(name, role) for name in table.columns if name != other and "," not in name}
    return sorted((name for name in ranks if ranks[name]), key=lambda name: ranks[name] or ())


def likely_label(table: Table) -> str | None:
    """The column that is the label by its name, if its content allows it."""
    ranked = _ranked(table, "label", None)
    return next((name for name in ranked if not against_label(table.columns[name])), None)


def text_by_name(table: Table, label: str | None, reasons: list[str]) -> str | None:
    """The text column by name, unless its content contradicts it; None if no name speaks for texts."""
    known = _ranked(table, "text", label)
    against = {name: why for name in known if (why := against_text(table.columns[name]))}
    fitting = [name for name in known if name not in against]
    if not fitting and known:
        # Numbers may be texts by name, but not if another column has real ones.
        better = _better_text(table, label, known)
        if better is not None:
            reasons.append(_reason("text", better, "by its content", [], against))
            return better
        fitting = [name for name in known if not against[name].is_final]
    return _chosen("text", fitting, against, reasons)


def _better_text(table: Table, label: str | None, without: list[str]) -> str | None:
    """The text column by content, if nothing speaks against it."""
    try:
        found = text_by_shape(table, label, [], without=without)
    except Problem:
        return None
    return None if against_text(table.columns[found]) else found


def label_by_export(table: Table, texts: tuple[str, ...], reasons: list[str]) -> str | None:
    """The label column of a recognised export; None if there is none."""
    if table.label is None or table.label[0] in texts or table.label[0] not in table.columns:
        return None
    column, why = table.label
    reasons.append(assumption(f"label column {column!r}", why, "--label-column"))
    return column


def label_by_name(table: Table, texts: tuple[str, ...], reasons: list[str]) -> str | None:
    """The label column by name, unless its content contradicts it; None if no name speaks for labels."""
    known = [name for name in _ranked(table, "label", None) if name not in texts]
    against = {name: why for name in known if (why := against_label(table.columns[name]))}
    fitting = [name for name in known if name not in against]
    if not fitting and known:
        others = [name for name in _classes_of(table, texts) if name not in known]
        if len(others) != 1:
            return _chosen("label", known, {}, reasons)
        reasons.append(_reason("label", others[0], "by its content", [], against))
        return others[0]
    flags = columns_in(table)
    joined = ",".join(flags)
    are_one = share_word(flags) or flags == numbered_in(table)
    if fitting and fitting[0] in flags and are_one and joined in table.columns:
        reasons.append(assumption(f"label column {joined!r}", said(flags, table), "--label-column"))
        return joined
    chosen = _chosen("label", fitting, against, reasons)
    if chosen in flags and len(flags) > 2:
        others = [name for name in flags if name != chosen]
        reasons.append(
            f"{quoted(others, 3)} hold 0 and 1 as well: to learn them all, "
            f"give --label-column {as_argument(joined)}."
        )
    elif chosen:
        reasons += not_read(chosen, table)
    return chosen


def _chosen(role: Role, fitting: list[str], against: dict[str, Against], reasons: list[str]) -> str | None:
    if not fitting:
        return None
    better = {
        name: why
        for name, why in against.items()
        if (rank(name, role) or ()) < (rank(fitting[0], role) or ())
    }
    over = [name for name in fitting[1:] if (rank(name, role) or (1,))[0] == 0]
    reasons.append(_reason(role, fitting[0], "by name", over, better))
    if role == "text" and (second := next((name for name in over if _are_pair(fitting[0], name)), None)):
        both = ",".join([second, fitting[0]] if is_heading(second) else [fitting[0], second])
        both = f"--text-column {as_argument(both)}"
        reasons.append(
            f"{second!r} is not read: if its texts belong to those of {fitting[0]!r}, give {both}."
        )
    return fitting[0]


def _are_pair(first: str, second: str) -> bool:
    """Whether two names are those of a text pair: `question1` and `question2`, `title` and `abstract`."""
    if is_heading(second) or {first.lower(), second.lower()} == {"premise", "hypothesis"}:
        return True
    ends = first[-1:].lower() + second[-1:].lower()
    return first[:-1] == second[:-1] and ends in ("12", "21", "ab", "ba")


def _reason(role: Role, column: str, how: str, over: list[str], against: dict[str, Against]) -> str:
    """Why a column was chosen, and what was not taken."""
    others = f", over {quoted(over, 5)}" if over else ""
    wrong = "".join(f", not {quoted([name])}, which {why}" for name, why in list(against.items())[:3])
    return assumption(f"{role} column {column!r}", f"chosen {how}{others}{wrong}", f"--{role}-column")


def text_by_shape(table: Table, label: str | None, reasons: list[str], without: Iterable[str] = ()) -> str:
    """The text column by content: the longest and most varied texts.

    Raises:
        Problem: there is none, or two are much alike.
    """
    skipped = {label, *without}
    weights = {
        column: weight
        for column, cells in table.columns.items()
        if column not in skipped and not is_about(column) and (weight := text_weight(cells))
    }
    ranked = sorted(weights, key=lambda column: weights[column], reverse=True)
    if not ranked or (len(ranked) > 1 and weights[ranked[0]] < _MARGIN * weights[ranked[1]]):
        raise _undecided(table, "text", ranked)
    rivals = [column for column in ranked[1:] if weights[column] > _RIVAL * weights[ranked[0]]]
    over = f", over {quoted(rivals, 5)}" if rivals else ""
    why = f"longest and most varied texts{over}"
    reasons.append(assumption(f"text column {ranked[0]!r}", why, "--text-column"))
    return ranked[0]


def _classes_of(table: Table, texts: tuple[str, ...]) -> dict[str, int]:
    """Columns that look like labels, with the number of distinct ones."""
    return {
        column: count
        for column, cells in table.columns.items()
        if column not in texts and not is_about(column) and (count := classes(cells))
    }


def check_any_labels(table: Table) -> None:
    """Check that a table with several columns of texts may have labels.

    Raises:
        Problem: no column has few distinct values.
    """
    texts = [
        column
        for column, cells in table.columns.items()
        if text_weight(cells) and not is_about(column) and not against_text(cells)
    ]
    if len(texts) < 2 or len(table) < _FEWEST_ROWS or _classes_of(table, ()) or flags_in(table):
        return
    raise Problem(
        f"no column looks like labels: {quoted(texts, 5)} hold texts, and no other has few distinct values",
        where=table.source,
        mend="Add a column with the label of each row; two columns of texts are read with --text-column "
        f"{as_argument(','.join(texts[:2]))}. If one of {quoted(list(table.columns))} holds labels, "
        "name it with --label-column.",
    )


def label_by_shape(table: Table, texts: tuple[str, ...], reasons: list[str]) -> str:
    """The label column by content: few distinct values, or several columns of 0 and 1.

    Raises:
        Problem: there is none, or several.
    """
    counts = _classes_of(table, texts)
    flags = columns_in(table)
    joined = ",".join(flags)
    others = [name for name in counts if name not in (*flags, joined)]
    if joined in table.columns and (len(flags) > 2 or not others):
        over = f", over {quoted(others, 5)}" if others else ""
        why = said(flags, table) + over
        if len(flags) < 3 and not share_word(flags):
            why += "; if one of the two is no label, name the other"
        reasons.append(assumption(f"label column {joined!r}", why, "--label-column"))
        return joined
    counts.pop(joined, None)
    amounts = [name for name in counts if holds_decimals(table.columns[name])]
    if len(counts) > len(amounts):
        counts = {name: count for name, count in counts.items() if name not in amounts}
    if len(counts) != 1:
        raise _undecided(table, "label", list(counts))
    ((column, count),) = counts.items()
    if any(column == cell for cell in table.columns[column]):
        raise Problem(
            f"the header seems to be missing: {column!r} is both a column name and a value",
            where=table.source,
            mend="Add a first row with the column names, for example text,label.",
        )
    first = "" if table.read_share == 1 else "the first "
    others = [name for name in amounts if name != column]
    over = f", not {quoted(others, 5)}, with decimals" if others else ""
    why = f"{count} distinct values in {first}{len(table):,} rows{over}"
    reasons.append(assumption(f"label column {column!r}", why, "--label-column"))
    return column


def _undecided(table: Table, role: str, candidates: list[str]) -> Problem:
    if problem := _too_deep(table, role, candidates):
        return problem
    if len(table.columns) == 1:
        return Problem(
            f"only one column, {quoted(list(table.columns))}",
            where=table.source,
            mend=" ".join(["A text column and a label column are needed.", *table.assumptions]),
        )
    flags = " A column of 0 and 1 for each label is named as FIRST,SECOND,…" if flags_in(table) else ""
    if len(candidates) > 1 and all(holds_counts(table.columns[name]) for name in candidates):
        flags = (
            " If they are counts, as of votes for each label, write 1 in place of those that are high enough "
            "and 0 for the others: columns of 0 and 1 are labels."
        )
    return Problem(
        f"the {role} column {_found(candidates)}",
        where=table.source,
        mend=f"Choose one of {quoted(list(table.columns))} with --{role}-column.{flags}",
    )


def _too_deep(table: Table, role: str, candidates: list[str]) -> Problem | None:
    """A column that was not found, where values lie within cells; None if none do."""
    within = [path for path in paths_within(table, in_lists=True) if path not in table.columns]
    several = lists_of_objects(table)
    if not within and not several:
        return None
    mend = "Records have to be flat, one for each text."
    if several:
        mend += f" A row holds several objects in {quoted(several, _SHOWN)}: "
        mend += "if they are the texts, write one record for each of them."
    if within:
        paths = quoted([*table.columns, *within], _SHOWN)
        mend += f" Or name a value within them with --{role}-column: one of {paths}."
    names = quoted([name for name, cells in table.columns.items() if any(map(is_nested, cells))], _SHOWN)
    return Problem(
        f"the {role} column {_found(candidates)}; the values in {names} lie deeper",
        where=table.source,
        mend=mend,
    )


def _found(candidates: list[str]) -> str:
    return f"is ambiguous: {quoted(candidates)}" if len(candidates) > 1 else "was not found"
