"""Results on standard output: readable, or JSON."""

import time
from pathlib import Path

from rich.table import Table

from core.experiments.listing import ExperimentSummary
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
from tui import format, narration
from tui.exits import DONE, FAILED, NOTHING_STARTED
from tui.plain import plain
from tui.printing import cells, line, print_table, show_json, table_of
from tui.unread import excerpt, told

_BAR_CELLS = 20
_SHOWN_LABELS = 5
_LARGEST_CONFUSION = 12
_EXCERPT_WIDTH = 90


def show_runs(runs: list[RunSummary | ExperimentSummary], folder: Path, *, as_json: bool) -> None:
    """The list of runs and experiments."""
    if as_json:
        return show_json(runs)
    if not runs:
        return line(f"There are no runs in {folder}. Start one with `bertcls-tui train DATA`, or see `demo`.")
    table = table_of("run", "state", "model", "step", "validation", "test", "started")
    now = time.time()
    for run in runs:
        if isinstance(run, ExperimentSummary):
            figures = (", ".join(run.models), narration.members(run), "–", "–")
            table.add_row(*cells(f"◆ {run.name}", run.state, *figures, format.ago(now - run.started_at)))
            continue
        best = f"{run.metric} {format.score(run.best)} @{run.best_step}" if run.best is not None else "–"
        steps = f"{run.step}/{run.max_steps}" if run.max_steps else "–"
        figures = (run.model or "–", steps, best, format.score(run.test_accuracy))
        table.add_row(*cells(run.name, run.state, *figures, format.ago(now - run.started_at)))
    print_table(table)
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
                        "unread_tokens": item.unread_tokens,
                        "unread": item.unread,
                    }
                    for text, item in zip(texts, found.items, strict=True)
                ],
            }
        )
    for text, item in zip(texts, found.items, strict=True):
        line(f"› {text}")
        _show_probabilities(found, item, text)
    line(f"{found.which} checkpoint, step {found.step} · {found.milliseconds:.0f} ms")
    return None


def _show_probabilities(found: Predictions, item: Prediction, text: str) -> None:
    ranked = sorted(zip(item.probabilities, found.labels, strict=True), reverse=True)
    width = max(len(plain(label)) for _, label in ranked[:_SHOWN_LABELS])
    for probability, label in ranked[:_SHOWN_LABELS]:
        bar = "█" * round(probability * _BAR_CELLS)
        line(f"  {plain(label):<{width}}  {bar:<{_BAR_CELLS}}  {probability:.3f}")
    if len(ranked) > _SHOWN_LABELS:
        line(f"  and {len(ranked) - _SHOWN_LABELS} labels more")
    if item.truncated:
        line(f"  {told(item)}")
        for start, end in item.unread:
            line("    " + "".join(excerpt(text, start, end, _EXCERPT_WIDTH)))


def show_file_predictions(found: FilePredictions, *, as_json: bool) -> None:
    """What was written."""
    if as_json:
        return show_json(found)
    for reason in found.reasons:
        line(reason)
    count = sum(found.labels.values())
    line(
        f"{count:,} {'text' if count == 1 else 'texts'} classified in {format.duration(found.seconds)} "
        f"({found.which} checkpoint, step {found.step}), written to {found.output}"
    )
    for label, rows in found.labels.items():
        line(f"  {label}: {rows:,}")
    if found.truncated:
        line(f"  {found.truncated:,} texts were too long to be read whole")
    for warning in found.warnings:
        line(f"warning: {warning}")
    return None


def show_evaluation(found: EvaluationReport, *, as_json: bool) -> None:
    """Scores with their uncertainty, by label, and the confusion matrix where it is readable."""
    if as_json:
        return show_json(found)
    line(f"{found.which} checkpoint, step {found.step}, on {found.source} ({found.examples:,} texts)")
    line(
        f"accuracy {found.accuracy:.4f} (95 % interval {found.accuracy_low:.4f} to "
        f"{found.accuracy_high:.4f})  macro F1 {found.macro_f1:.4f}  loss {found.loss:.4f}"
    )
    table = table_of("label", "precision", "recall", "F1", "texts")
    for label in found.labels:
        figures = (f"{label.precision:.3f}", f"{label.recall:.3f}", f"{label.f1:.3f}", f"{label.support:,}")
        table.add_row(*cells(label.label, *figures))
    print_table(table)
    if len(found.labels) <= _LARGEST_CONFUSION:
        print_table(_confusion(found))
    if found.truncated:
        line(f"{found.truncated:,} texts were too long to be read whole")
    return None


def _confusion(found: EvaluationReport) -> Table:
    table = table_of("true \\ predicted", *(label.label for label in found.labels))
    for label, row in zip(found.labels, found.confusion, strict=True):
        table.add_row(*cells(label.label, *(f"{count:,}" for count in row)))
    return table


def show_check(found: DataReport, *, as_json: bool) -> int:
    """The report on a data set; the exit code says whether a run could start with it."""
    code = NOTHING_STARTED if found.problems else DONE
    if as_json:
        show_json(found)
        return code
    for problem in found.problems:
        line(f"problem: {problem}")
    for reason in found.reasons:
        line(reason)
    line("")
    if found.tokenizer is not None:
        line(f"lengths in tokens of {found.tokenizer}, cut at {found.max_length}")
    counted = ("median", "95 %", "longest", "cut", "of tokens") if found.tokenizer is not None else ()
    table = table_of("split", "texts", *counted, "repeats", "conflicts")
    for split in found.splits:
        lengths = _lengths(split) if counted else []
        repeated = (f"{split.duplicates:,}", f"{split.conflicting:,}")
        table.add_row(*cells(split.name, f"{split.rows:,}", *lengths, *repeated))
    print_table(table)
    _show_labels(found)
    for pair, count in found.across.items():
        line(f"texts in both of {pair}: {count:,}")
    for message in [*found.dropped, *(f"warning: {warning}" for warning in found.warnings)]:
        line(message)
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
    table = table_of("label", *(split.name for split in found.splits))
    for name in names:
        table.add_row(*cells(name, *(f"{split.labels.get(name, 0):,}" for split in found.splits)))
    print_table(table)


def show_diagnoses(found: DoctorReport, *, as_json: bool) -> int:
    """What this machine has; the exit code says whether the program can work."""
    code = DONE if all(item.ok for item in found.items) else FAILED
    if as_json:
        show_json(found)
        return code
    table = table_of("", "what", "found", "advice")
    for item in found.items:
        mark = "✗" if not item.ok else "!" if item.advice else "✓"
        table.add_row(*cells(mark, item.name, item.value, item.advice))
    print_table(table)
    return code
