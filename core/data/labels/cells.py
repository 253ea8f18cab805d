"""LabelCells: how to parse the cells of a label column, one label or several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.data.labels.names import is_blank
from core.data.labels.written import UNKNOWN, as_vector, read_list, read_object, read_vector
from core.data.tables.nested import choices_within
from core.data.tables.table import Cell, Table
from core.problems import Problem
from core.text.plain import shortened

Form = Literal["label", "delimited", "list", "vector", "weights"]
"""A label; labels separated by a delimiter; a list of labels; a list of 0 and 1, one for each label; an
object with the weight of each label. Lists and objects may be written as text."""

PLAIN = "none"
"""The label delimiter with which every text is one label, whatever it looks like."""
LEAST_WEIGHT = 0.5
"""Labels with at least this weight are those of the text."""
_ADVICE: dict[Form, str] = {
    "label": "Keep one label per text, or use lists in all rows.",
    "delimited": "Use lists in all rows, or name the delimiter with --label-delimiter.",
    "list": "Use lists in all rows, or name the delimiter with --label-delimiter.",
    "vector": "Write as many numbers, 0 or 1, in all rows.",
    "weights": "Write an object with the weight of each label, 0 to 1, in all rows.",
}
_ODD_NUMBERS = "numbers that are neither labels, each once, nor 0 or 1 for each label, as many in all rows"
_FRACTIONS = "fractions are not labels; a list is of labels, or of 0 and 1"
_CHOOSE = (
    "If they say how likely each label is, write the likeliest in place of each list, or a list of 1 for "
    "each label that applies and 0 for the others."
)
_NUMBERS = (
    "Write as many numbers in all rows, 1 for a label that the text has, 0 for others, -1 for unknown; or "
    "the numbers of its labels, each once."
)
_OBJECTS = (
    "Name the member that holds the label, as in --label-column {column}.NAME, or write the weight of each "
    "label, 0 to 1."
)


@dataclass(frozen=True)
class LabelCells:
    """How to parse the cells of a label column."""

    form: Form = "label"
    multi_label: bool = False
    """A text can have several labels or none. Otherwise a cell must hold exactly one."""
    delimiter: str | None = None
    """Separates the labels of a cell or of an item of a list; `PLAIN` if a text is one label by request."""
    width: int = 0
    """Number of zeros and ones in a cell of the form vector."""
    are_texts: bool = False
    """Whether lists, vectors or objects are written as text."""
    in_columns: bool = False
    """Whether the lists are made of a column of 0 and 1 for each label."""
    why: str = ""
    """Why the delimiter was assumed, if it was."""
    beside_plain: bool = False
    """Whether a label that stands alone is written without a list, as R does."""
    padding: int | None = None
    """The number at the end of lists of numbers that fills them up to the same length."""

    @property
    def reason(self) -> str:
        """How cells are read and why, in a sentence; empty if each is a label as it stands."""
        if self.is_plain:
            return "multi-label: as requested." if self.multi_label else ""
        written = ", written as text" if self.are_texts else ""
        overruled = f" (--label-delimiter {PLAIN} overrules it)" if self.are_texts or self.why else ""
        if not self.multi_label:
            one = {
                "list": "each row has 1 in one of the columns"
                if self.in_columns
                else "each cell is a list of one label",
                "vector": f"each cell is {self.width} numbers, one of them 1 and the others 0",
                "weights": f"each cell is an object with one weight of at least {LEAST_WEIGHT}",
                "delimited": "as requested",
            }[self.form]
            return f"one label a text: {one}{written} (--multi-label overrules it)."
        many = {
            "list": "the columns in which it has 1"
            if self.in_columns
            else "lists, or the label that a cell is"
            if self.beside_plain
            else "lists" + f", without the {self.padding} that fills them up" * (self.padding is not None),
            "vector": f"the positions of the ones among {self.width} numbers 0 and 1",
            "weights": f"those with a weight of at least {LEAST_WEIGHT} in an object",
            "delimited": f"separated by {self.delimiter!r}" + f": {self.why}" * bool(self.why),
        }[self.form]
        return f"multi-label: the labels of a text are {many}{written}{overruled}."

    @property
    def is_plain(self) -> bool:
        """Whether a cell is a label as it stands."""
        return self.form == "label"

    def is_blank(self, cell: Cell) -> bool:
        """Whether a cell is blank. An empty list is not if a text can have several labels or none.

        A vector is, and an object, if it does not say of each label whether the text has it.
        """
        if is_blank(cell):
            return True
        if self.form == "vector":
            vector = _vector(cell) or ()
            return UNKNOWN in vector or not (self.multi_label or any(vector))
        if self.form == "weights" and any(
            _weight(each) == UNKNOWN for each in (_object(cell) or {}).values()
        ):
            return True
        if self.form == "delimited" and isinstance(cell, str) and self.delimiter is not None:
            return is_blank(cell.replace(self.delimiter, ""))
        return not (self.is_plain or self.multi_label or self._error(cell) or self.parts(cell))

    def parts(self, cell: Cell) -> Sequence[Cell]:
        """The labels in a valid cell that is not blank."""
        if self.form == "vector":
            return [place for place, flag in enumerate(_vector(cell) or ()) if flag == 1]
        if self.form == "weights":
            weights = _object(cell) or {}
            return [name for name, weight in weights.items() if _weight(weight) >= LEAST_WEIGHT]
        items = self._listed(cell)
        if items is None:
            items = cell if isinstance(cell, list) else (cell,)
        if self.delimiter in (None, PLAIN):
            return items
        return [part for item in items for part in _divided(item, self.delimiter) if not is_blank(part)]

    def check(self, table: Table, column: str, cell: Cell, line: int) -> None:
        """Check that a cell, which may be blank, can be parsed.

        Raises:
            Problem: it has another structure than the rest of the column; with its line.
        """
        if self.multi_label and isinstance(cell, list) and self.form == "list" and all(map(_is_word, cell)):
            return  # what most rows are, without further questions
        if is_blank(cell):
            return
        error = self._error(cell)
        mend = _OBJECTS if isinstance(cell, dict) and self.form != "weights" else _ADVICE[self.form]
        if error == _ODD_NUMBERS:
            mend = _NUMBERS
        if error == _FRACTIONS:
            mend = _CHOOSE
        if not error and not self.is_plain and not self.multi_label and len(self.parts(cell)) > 1:
            error = f"{len(self.parts(cell))} labels, but every text is to have one"
            mend = "Keep one label per text, or allow several with --multi-label."
        if error:
            raise Problem(
                f"column {column!r} holds {shortened(repr(cell), 60)}: {error}",
                where=table.place(line),
                mend=choices_within(column, cell, "--label-column") or mend.format(column=column),
            )

    def _listed(self, cell: Cell) -> Sequence[Cell] | None:
        """The items of a list without padding; None if the cell is no list, or the form is another."""
        items = _list(cell) if self.form == "list" else None
        return items if items is None or self.padding is None else without_end(items, self.padding)

    def _error(self, cell: Cell) -> str:
        if self.form == "weights":
            return _error_of_weights(_object(cell))
        if self.form == "vector":
            return _error_of_vector(_vector(cell), self.width)
        if isinstance(cell, dict):
            return "an object is not a label"
        if isinstance(cell, list) and self.is_plain:
            return "a list, but the first rows have one label each"
        items = self._listed(cell) if self.form == "list" else cell
        if isinstance(items, list | tuple):
            if any(isinstance(item, list | dict) or is_blank(item) for item in items):
                return "the items of a label list must be words or numbers, and not empty"
            if len(items) > 1 and any(isinstance(item, float) and not item.is_integer() for item in items):
                return _FRACTIONS
            if (
                len(items) > 1
                and all(map(_is_number, items))
                and (len(set(items)) < len(items) or min(items) < 0)
            ):
                return _ODD_NUMBERS
        elif self.form == "list" and not self.beside_plain:
            return "a single label, but the first rows have lists"
        return ""


ONE_LABEL = LabelCells()


def _is_word(item: Cell) -> bool:
    return isinstance(item, str) and item != "" and not item.isspace()


def _is_number(item: Cell) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def without_end(items: Sequence[Cell], padding: int) -> Sequence[Cell]:
    """The items without the same number at their end."""
    count = len(items)
    while count and items[count - 1] == padding:
        count -= 1
    return items[:count]


def _divided(item: Cell, delimiter: str | None) -> Sequence[Cell]:
    """The parts of a text, without quotes around them."""
    if not isinstance(item, str):
        return (item,)
    parts = item.split(delimiter)
    return [_unquoted(part.strip()) for part in parts] if '"' in item or "'" in item else parts


def _unquoted(part: str) -> str:
    return part[1:-1] if len(part) > 2 and part[0] == part[-1] and part[0] in "\"'" else part


def _list(cell: Cell) -> Sequence[Cell] | None:
    if isinstance(cell, str):
        return read_list(cell)
    return cell if isinstance(cell, list) else None


def _vector(cell: Cell) -> tuple[int, ...] | None:
    if isinstance(cell, str):
        return read_vector(cell)
    return as_vector(cell) if isinstance(cell, list) else None


def _object(cell: Cell) -> Mapping[str, Cell] | None:
    if isinstance(cell, str):
        return read_object(cell)
    return cell if isinstance(cell, dict) else None


def _weight(weight: Cell) -> float:
    """A weight as a number; 0 if it is missing, NaN if it is none."""
    if is_blank(weight):
        return 0.0
    try:
        return float(weight)
    except (TypeError, ValueError):
        return float("nan")


def _error_of_weights(weights: Mapping[str, Cell] | None) -> str:
    if weights is None:
        return "not an object with the weight of each label, as in the first rows"
    if any(is_blank(name) for name in weights):
        return "a label without a name"
    if not all(0 <= weight <= 1 or weight == UNKNOWN for weight in map(_weight, weights.values())):
        return "the weights of labels must be numbers from 0 to 1, or -1 if unknown"
    return ""


def _error_of_vector(vector: tuple[int, ...] | None, width: int) -> str:
    if vector is None:
        return f"not {width} numbers that are 0 or 1, as in the first rows"
    if len(vector) != width:
        return f"{len(vector)} numbers, but the first rows have {width}"
    return ""


def is_object(cell: Cell) -> bool:
    """Whether a cell is an object with the weight of each label."""
    return not _error_of_weights(_object(cell))


def holds_labels(cell: Cell) -> bool:
    """Whether a cell holds labels by its structure: a list, a vector, or an object with numbers.

    Whether the numbers can be weights is checked where the labels are read, by line.
    """
    found = _object(cell)
    if found is not None:
        return all(_weight(weight) == _weight(weight) for weight in found.values())
    items = _list(cell)
    if items is not None:
        return not any(isinstance(item, list | dict) for item in items)
    return _vector(cell) is not None


def vector_of(cell: Cell) -> tuple[int, ...] | None:
    """The zeros and ones of a cell, at least two; or None."""
    return _vector(cell)


def list_of(cell: Cell) -> Sequence[Cell] | None:
    """The items of a cell that is a list, also one that is written as text; or None."""
    return _list(cell)
