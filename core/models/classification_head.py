"""The classification head of a given model: which rows of its output layer a run keeps, by label name."""

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from core.config import HeadChoice
from core.problems import Problem
from core.text.plain import quoted

_NO_NAME = re.compile(r"label_\d+", re.IGNORECASE)
_CLASSIFIERS = "SequenceClassification"
_MOST_NAMES = 5
_NEW = "(--head new starts a new one)"


@dataclass(frozen=True)
class Head:
    """How the output layer of a run begins.

    Attributes:
        rows: by label number, the row of the given model's output layer; None is a new row.
        given: number of rows that the given model says it has.
        reason: what was decided and why: a sentence of the plan.
    """

    rows: tuple[int | None, ...]
    given: int
    reason: str

    @property
    def is_as_given(self) -> bool:
        """Whether the output layer is kept as it is."""
        return self.rows == tuple(range(self.given))


def plan_head(
    given: Mapping[str, Any],
    labels: Sequence[str],
    choice: HeadChoice,
    given_labels: int,
    *,
    is_multi_label: bool = False,
) -> Head:
    """Decide which rows of a given model's output layer a run keeps.

    Args:
        given: content of its config.json.
        labels: of the run, by label number.
        choice: of the configuration.
        given_labels: number of labels of the model, as transformers reads the configuration.
        is_multi_label: whether the texts of the run may have several labels.

    Raises:
        Problem: the rows are to be kept as they are, but there are none or another number.
    """
    obstacle = "" if choice == "new" else _other_kind(given, given_labels)
    if choice == "keep":
        if obstacle or given_labels != len(labels):
            has = f"the model is {obstacle}" if obstacle else f"the model has {given_labels} labels"
            raise Problem(
                f"the classification head cannot be kept: {has}, the data have {len(labels)} labels",
                where="model.head",
                mend="Choose --head auto or --head new.",
            )
        return _kept_by_position(given, labels)
    if choice == "new":
        return _new(labels, given_labels, "as --head new asks for")
    if obstacle:
        return _new(labels, given_labels, f"because the model is {obstacle}")
    names = _names(given)
    if isinstance(names, str):
        keep = " (--head keep keeps its rows by position)" if given_labels == len(labels) else ""
        return _new(labels, given_labels, f"because {names}{keep}")
    head = _by_name(names, labels)
    if any(row is not None for row in head.rows) and (other := _other_task(given, is_multi_label)):
        return replace(head, reason=f"{head.reason} {other}")
    return head


def _other_task(given: Mapping[str, Any], is_multi_label: bool) -> str:
    """What to say of rows that were trained with more or fewer labels a text; empty if they were not."""
    kind = given.get("problem_type")
    if kind == "multi_label_classification" and not is_multi_label:
        return "They were trained for several labels a text; here a text has one."
    if kind == "single_label_classification" and is_multi_label:
        return "They were trained for one label a text; here a text may have several."
    return ""


def _other_kind(given: Mapping[str, Any], given_labels: int) -> str:
    """What the model is, if its head is not one for label names: `a BertModel without one`."""
    named = given.get("architectures")
    architectures = [each for each in named if isinstance(each, str)] if isinstance(named, list) else []
    if architectures and not any(_CLASSIFIERS in name for name in architectures):
        name = architectures[0]
        return f"{_a(name)} with a head of another kind" if "For" in name else f"{_a(name)} without one"
    kind = given.get("problem_type")
    if kind == "regression" or (given_labels < 2 and kind is None):
        return "one for regression"
    return ""


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIO' else 'a'} {name}"


def _names(given: Mapping[str, Any]) -> list[str] | str:
    """Label names by row, or why the rows have no names."""
    by_row, by_name = _rows(given.get("id2label")), _rows(_inverse(given.get("label2id")))
    if not _are_names(by_row):
        by_row, by_name = by_name, {}
    if not _are_names(by_row):
        return "its config.json names no labels"
    if sorted(by_row) != list(range(len(by_row))):
        return f"its config.json numbers its labels {sorted(by_row)[0]} to {sorted(by_row)[-1]}"
    if _are_names(by_name) and any(by_row.get(row) != name for row, name in by_name.items()):
        return "id2label and label2id of its config.json contradict each other"
    return [by_row[row] for row in sorted(by_row)]


def _inverse(mapping: Any) -> Any:
    return {row: name for name, row in mapping.items()} if isinstance(mapping, dict) else None


def _rows(mapping: Any) -> dict[int, str]:
    """Names by row, from a mapping whose keys may be numbers written as strings."""
    if not isinstance(mapping, dict):
        return {}
    try:
        return {int(row): str(name) for row, name in mapping.items()}
    except (TypeError, ValueError):
        return {}


def _are_names(names: dict[int, str]) -> bool:
    return any(not _NO_NAME.fullmatch(name.strip()) for name in names.values())


def _by_name(names: list[str], labels: Sequence[str]) -> Head:
    rows = match_rows(names, labels)
    if all(row is None for row in rows):
        same = " (--head keep keeps its rows by position)" if len(names) == len(labels) else ""
        why = f"because none of the model's labels {_quoted(names)} is one of {_quoted(labels)}{same}"
        return _new(labels, len(names), why)
    used = {row for row in rows if row is not None}
    kept = [label for label, row in zip(labels, rows, strict=True) if row is not None]
    parts = [f"rows for {_quoted(kept)} kept by label name"]
    if new := [label for label, row in zip(labels, rows, strict=True) if row is None]:
        parts.append(f"new {'row' if len(new) == 1 else 'rows'} for {_quoted(new)}")
    if dropped := [name for row, name in enumerate(names) if row not in used]:
        parts.append(f"{_quoted(dropped)} of the model dropped")
    return Head(rows, len(names), f"classification head: {'; '.join(parts)} {_NEW}.")


def match_rows(names: Sequence[str], labels: Sequence[str]) -> tuple[int | None, ...]:
    """Match the rows of a model to labels by name, first exactly, then ignoring case and surrounding space.

    Names that more than one row or more than one label has match nothing, and neither does `LABEL_0`.

    Args:
        names: by row of the model.
        labels: by label number.

    Returns:
        By label number, the row; None where there is none.
    """
    found = _matched(names, labels, lambda name: name)
    taken = set(found.values())
    rest = _matched(
        [name if row not in taken else "" for row, name in enumerate(names)],
        [label if number not in found else "" for number, label in enumerate(labels)],
        lambda name: name.strip().casefold(),
    )
    found |= rest
    return tuple(found.get(number) for number in range(len(labels)))


def _matched(names: Sequence[str], labels: Sequence[str], folded: Callable[[str], str]) -> dict[int, int]:
    """The row of each label whose name only one row and one label have, by label number."""
    of_rows, of_labels = list(map(folded, names)), list(map(folded, labels))
    once = _once(of_rows) & _once(of_labels)
    rows = {name: row for row, name in enumerate(of_rows)}
    return {number: rows[name] for number, name in enumerate(of_labels) if name in once}


def _once(names: Iterable[str]) -> set[str]:
    counts = Counter(name for name in names if name.strip() and not _NO_NAME.fullmatch(name))
    return {name for name, count in counts.items() if count == 1}


def _new(labels: Sequence[str], given: int, why: str) -> Head:
    return Head((None,) * len(labels), given, f"classification head: new, {why}.")


def _kept_by_position(given: Mapping[str, Any], labels: Sequence[str]) -> Head:
    names = _names(given)
    said = "its labels have no names" if isinstance(names, str) else f"its labels are {_quoted(names)}"
    why = f"kept by position for {_quoted(labels)}, as --head keep asks for; {said}"
    return Head(tuple(range(len(labels))), len(labels), f"classification head: {why}.")


def _quoted(names: Sequence[str]) -> str:
    return quoted(list(names), _MOST_NAMES)


def output_layer(config: Any) -> list[str]:
    """Names of the parameters that have a row for each label: those whose shapes follow the number of labels.

    Args:
        config: of a classifier.
    """
    few, more = (_shapes(config, config.num_labels + extra) for extra in (0, 1))
    return [name for name, shape in few.items() if more[name] != shape]


def _shapes(config: Any, labels: int) -> dict[str, tuple[int, ...]]:
    changed = copy.deepcopy(config)
    changed.num_labels = labels
    auto: Any = AutoModelForSequenceClassification
    with torch.device("meta"):
        model = auto.from_config(changed, trust_remote_code=False)
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def arrange_rows(model: PreTrainedModel, rows: Sequence[int | None], given: Mapping[str, Tensor]) -> None:
    """Write the output layer of `model`: rows of the given model where they are kept, otherwise new ones.

    New rows are drawn from the generator of torch, as those of a new `nn.Linear`.

    Args:
        model: a classifier.
        rows: by label number, the row of the given model; None is a new row.
        given: the output layer of the given model by name, each of shape (rows, …).
    """
    weights = [each for each in given.values() if each.ndim == 2]
    new = nn.Linear(weights[0].shape[1], len(rows))
    for name, values in given.items():
        parameter = model.get_parameter(name)
        drawn = new.weight if values.ndim == 2 else new.bias
        with torch.no_grad():
            for label, row in enumerate(rows):
                parameter[label] = drawn[label] if row is None else values[row]
