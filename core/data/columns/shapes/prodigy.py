"""Exports of Prodigy: choices, and single labels that were accepted or rejected."""

from typing import Any

from core.data.columns.shapes.shape import Made, Shape, Skipped
from core.data.labels.names import is_blank
from core.data.tables.table import Cell, Table, assumption
from core.problems import Problem

ANSWERS = frozenset(("accept", "reject", "ignore"))


def recognise(head: Table) -> Shape | None:
    """The shape of an export of Prodigy; None if it is none."""
    answers = head.columns.get("answer", [])
    given = {cell for cell in answers if isinstance(cell, str)}
    is_answered = bool(given) and given <= ANSWERS
    choices = head.columns.get("accept", [])
    if any(isinstance(cell, list) for cell in choices) and (is_answered or "options" in head.columns):
        return _of_choices(has_answers=is_answered)
    labels = {
        str(cell) for cell in head.columns.get("label", ()) if isinstance(cell, str) and not is_blank(cell)
    }
    if is_answered and "reject" in given and len(labels) == 1:
        return _of_one_label(labels.pop())
    if is_answered and "label" in head.columns and given != {"accept"}:
        says = assumption(
            "Prodigy export",
            "a label that was rejected says nothing about the right one",
            "--label-column answer",
        )
        return Shape([says], state="answer")
    return None


def _of_choices(*, has_answers: bool) -> Shape:
    def make(table: Table) -> list[Cell]:
        answers = table.columns["answer"] if has_answers else ["accept"] * len(table)
        return [_chosen(*row) for row in zip(table.columns["accept"], answers, strict=True)]

    needs = ("accept", "answer") if has_answers else ("accept",)
    says = assumption("Prodigy export", "the labels are the choices in 'accept'", "--label-column")
    return Shape([says], {"accept": Made(needs, make)}, ("accept", "the choices of the annotator"))


def _chosen(accepted: Cell, answer: Cell) -> Any:
    if answer in ("reject", "ignore"):
        return Skipped(f"answer {answer!r}")
    return accepted if isinstance(accepted, list) else Skipped("not annotated")


def _of_one_label(label: str) -> Shape:
    """Accepted or not: with one label, a rejected text is a text that does not have it."""

    def make(table: Table) -> list[Cell]:
        rows = zip(table.columns["label"], table.columns["answer"], table.lines, strict=True)
        return [_accepted(table, label, *row) for row in rows]

    says = assumption(
        "Prodigy export with one label",
        f"accepted texts are {label!r}, rejected ones {'not ' + label!r}",
        "--label-column answer",
    )
    return Shape([says], {"label": Made(("label", "answer"), make)}, ("label", "accepted or rejected"))


def _accepted(table: Table, label: str, cell: Cell, answer: Cell, line: int) -> Any:
    if answer not in ("accept", "reject"):
        return Skipped(f"answer {answer!r}")
    if not is_blank(cell) and cell != label:
        raise Problem(
            f"another label than the {label!r} of the first rows, which were taken as the only one",
            where=table.place(line),
            mend="Keep accepted rows only, or export one file for each label.",
        )
    return label if answer == "accept" else f"not {label}"
