"""Results on standard output: readable, or JSON."""

import json
import time
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.protocol import (
    DataReport,
    DoctorReport,
    EvaluationReport,
    FilePredictions,
    Prediction,
    Predictions,
    SplitReport,
)
from core.runs.listing import RunSummary
from tui import format
from tui.exits import DONE, FAILED, NOTHING_STARTED
from tui.plain import plain

_BAR_CELLS = 20
_SHOWN_LABELS = 5
_LARGEST_CONFUSION = 12

_console = Console(markup=False, highlight=False, emoji=False)


def show_json(value: object) -> None:
    """Print a record, or a list of them, as JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    _console.out("".join(map(_escaped, text)), highlight=False)


def _escaped(character: str) -> str:
    """What could act on a terminal as JSON spells it; a program reads the same text."""
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]


def show_runs(runs: list[RunSummary], folder: Path, *, as_json: bool) -> None:
    """The list of runs."""
    if as_json:
        return show_json(runs)
    if not runs:
        return _line(
            f"There are no runs in {folder}. Start one with `bertcls-tui train DATA`, or see `demo`."
        )
    table = _table("run", "state", "model", "step", "validation", "test", "started")
    now = time.time()
    for run in runs:
        best = f"{run.metric} {format.score(run.best)} @{run.best_step}" if run.best is not None else "–"
        steps = f"{run.step}/{run.max_steps}" if run.max_steps else "–"
        cells = (run.name, run.state, run.model or "–", steps, best, format.score(run.test_accuracy))
        table.add_row(*_cells(*cells, format.ago(now - run.started_at)))
    _console.print(table)
    return None


def show_predictions(found: Predictions, texts: list[str], *, as_json: bool) -> None:
    """Labels with their probabilities, the likeliest first."""
    if as_json:
        return show_json(
            {
                "step": found.step,
                "which": found.which,
                "milliseconds": found.milliseconds,
                "predictions": [
                    {
                        "text": text,
                        "probabilities": dict(zip(found.labels, item.probabilities, strict=True)),
                        "tokens": item.tokens,
                        "truncated": item.truncated,
                    }
                    for text, item in zip(texts, found.items, strict=True)
                ],
            }
        )
    for text, item in zip(texts, found.items, strict=True):
        _line(f"› {text}")
        _show_probabilities(found, item)
    _line(f"{found.which} checkpoint, step {found.step} · {found.milliseconds:.0f} ms")
    return None


def _show_probabilities(found: Predictions, item: Prediction) -> None:
    ranked = sorted(zip(item.probabilities, found.labels, strict=True), reverse=True)
    width = max(len(plain(label)) for _, label in ranked[:_SHOWN_LABELS])
    for probability, label in ranked[:_SHOWN_LABELS]:
        bar = "█" * round(probability * _BAR_CELLS)
        _line(f"  {plain(label):<{width}}  {bar:<{_BAR_CELLS}}  {probability:.3f}")
    if len(ranked) > _SHOWN_LABELS:
        _line(f"  and {len(ranked) - _SHOWN_LABELS} labels more")
    if item.truncated:
        _line(f"  only the first {found.max_length} of {item.tokens} tokens were read")


def show_file_predictions(found: FilePredictions, *, as_json: bool) -> None:
    """What was written."""
    if as_json:
        return show_json(found)
    for reason in found.reasons:
        _line(reason)
    count = sum(found.labels.values())
    _line(
        f"{count:,} {'text' if count == 1 else 'texts'} classified in {format.duration(found.seconds)} "
        f"({found.which} checkpoint, step {found.step}), written to {found.output}"
    )
    for label, rows in found.labels.items():
        _line(f"  {label}: {rows:,}")
    if found.truncated:
        _line(f"  {found.truncated:,} texts were cut at the maximum length")
    for warning in found.warnings:
        _line(f"warning: {warning}")
    return None


def show_evaluation(found: EvaluationReport, *, as_json: bool) -> None:
    """Scores with their uncertainty, by label, and the confusion matrix where it is readable."""
    if as_json:
        return show_json(found)
    _line(f"{found.which} checkpoint, step {found.step}, on {found.source} ({found.examples:,} texts)")
    _line(
        f"accuracy {found.accuracy:.4f} (95 % interval {found.accuracy_low:.4f} to "
        f"{found.accuracy_high:.4f})  macro F1 {found.macro_f1:.4f}  loss {found.loss:.4f}"
    )
    table = _table("label", "precision", "recall", "F1", "texts")
    for label in found.labels:
        figures = (f"{label.precision:.3f}", f"{label.recall:.3f}", f"{label.f1:.3f}", f"{label.support:,}")
        table.add_row(*_cells(label.label, *figures))
    _console.print(table)
    if len(found.labels) <= _LARGEST_CONFUSION:
        _console.print(_confusion(found))
    if found.truncated:
        _line(f"{found.truncated:,} texts were cut at the maximum length")
    return None


def _confusion(found: EvaluationReport) -> Table:
    table = _table("true \\ predicted", *(label.label for label in found.labels))
    for label, row in zip(found.labels, found.confusion, strict=True):
        table.add_row(*_cells(label.label, *(f"{count:,}" for count in row)))
    return table


def show_check(found: DataReport, *, as_json: bool) -> int:
    """The report on a data set; the exit code says whether a run could start with it."""
    code = NOTHING_STARTED if found.problems else DONE
    if as_json:
        show_json(found)
        return code
    for problem in found.problems:
        _line(f"problem: {problem}")
    for reason in found.reasons:
        _line(reason)
    _line("")
    if found.tokenizer is not None:
        _line(f"lengths in tokens of {found.tokenizer}, cut at {found.max_length}")
    counted = ("median", "95 %", "longest", "cut", "of tokens") if found.tokenizer is not None else ()
    table = _table("split", "texts", *counted, "repeats", "conflicts")
    for split in found.splits:
        lengths = _lengths(split) if counted else []
        repeated = (f"{split.duplicates:,}", f"{split.conflicting:,}")
        table.add_row(*_cells(split.name, f"{split.rows:,}", *lengths, *repeated))
    _console.print(table)
    _show_labels(found)
    for pair, count in found.across.items():
        _line(f"texts in both of {pair}: {count:,}")
    for message in [*found.dropped, *(f"warning: {warning}" for warning in found.warnings)]:
        _line(message)
    return code


def _lengths(split: SplitReport) -> list[str]:
    lengths = split.lengths
    if lengths is None:
        return ["–"] * 5
    return [
        f"{lengths.median:,}",
        f"{lengths.p95:,}",
        f"{lengths.longest:,}",
        f"{lengths.truncated:,}",
        format.percent(lengths.tokens_cut),
    ]


def _show_labels(found: DataReport) -> None:
    names = list(dict.fromkeys(name for split in found.splits for name in split.labels))
    table = _table("label", *(split.name for split in found.splits))
    for name in names:
        table.add_row(*_cells(name, *(f"{split.labels.get(name, 0):,}" for split in found.splits)))
    _console.print(table)


def show_diagnoses(found: DoctorReport, *, as_json: bool) -> int:
    """What this machine has; the exit code says whether the program can work."""
    code = DONE if all(item.ok for item in found.items) else FAILED
    if as_json:
        show_json(found)
        return code
    table = _table("", "what", "found", "advice")
    for item in found.items:
        mark = "✗" if not item.ok else "!" if item.advice else "✓"
        table.add_row(*_cells(mark, item.name, item.value, item.advice))
    _console.print(table)
    return code


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(Text(plain(column)), overflow="fold")
    return table


def _cells(*values: str) -> list[Text]:
    return [Text(plain(value)) for value in values]


def _line(text: str) -> None:
    _console.print(plain(text), soft_wrap=True)
