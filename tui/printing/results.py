"""Print lists of runs, predictions, the result of a report, and the diagnosis of this machine."""

import time
from pathlib import Path

from core.experiments.listing import ExperimentSummary
from core.protocol import (
    DoctorReport,
    FilePredictions,
    Prediction,
    Predictions,
    RunReport,
)
from core.runs.listing import RunSummary
from core.text import format
from core.text.plain import plain
from tui.printing.console import cells, line, print_table, show_json, table_of
from tui.terminal import DONE, FAILED
from tui.wording import run as wording
from tui.wording.evaluation import truncated
from tui.wording.prediction import excerpt, fitted_at_other_step, not_read

_BAR_CELLS = 20
_SHOWN_LABELS = 5
_EXCERPT_WIDTH = 90


def show_runs(runs: list[RunSummary | ExperimentSummary], folder: Path, *, as_json: bool) -> None:
    """Print the list of runs and experiments."""
    if as_json:
        return show_json(runs)
    if not runs:
        return line(
            f"There are no runs in {folder}. Start one with `bertcls-tui train DATA` or `bertcls-tui demo`."
        )
    table = table_of("run", "state", "model", "step", "validation", "test", "started")
    now = time.time()
    for run in runs:
        if isinstance(run, ExperimentSummary):
            figures = (", ".join(run.models), wording.members(run), "–", "–")
            table.add_row(*cells(f"◆ {run.name}", run.state, *figures, format.ago(now - run.started_at)))
            continue
        best = f"{run.metric} {format.score(run.best)} @{run.best_step}" if run.best is not None else "–"
        steps = f"{run.step}/{run.max_steps}" if run.max_steps else "–"
        test = format.score(run.test_accuracy) + " exact" * (run.is_multi_label and bool(run.test_accuracy))
        figures = (run.model or "–", steps, best, test)
        table.add_row(*cells(run.name, run.state, *figures, format.ago(now - run.started_at)))
    print_table(table)
    for run in runs:
        has_reason = isinstance(run, ExperimentSummary) or run.state in (
            "waiting for disk space",
            "unreadable",
        )
        if has_reason and run.error:
            line(f"{run.name}: {run.error}")
    return None


def show_predictions(found: Predictions, texts: list[str], *, as_json: bool) -> None:
    """Print the labels of each text, most probable first; mark the predicted ones of a multi-label model."""
    if as_json:
        return show_json(
            {
                "step": found.step,
                "which": found.which,
                "fitted_at": found.fitted_at,
                "milliseconds": found.milliseconds,
                "thresholds": dict(zip(found.labels, found.thresholds or [], strict=False)),
                "predictions": [
                    {
                        "text": text,
                        "predicted": item.predicted,
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
        if found.thresholds is None:
            _show_probabilities(found, item)
        else:
            _show_set(found, item, found.thresholds)
        if item.truncated:
            line(f"  {not_read(item)}")
            for start, end in item.unread:
                line("    " + "".join(excerpt(text, start, end, _EXCERPT_WIDTH)))
    other_step = fitted_at_other_step(
        found.fitted_at, found.step, is_multi_label=found.thresholds is not None
    )
    parts = [f"{found.which} checkpoint, step {found.step}", other_step, f"{found.milliseconds:.0f} ms"]
    line(" · ".join(filter(None, parts)))
    return None


def _show_probabilities(found: Predictions, item: Prediction) -> None:
    ranked = sorted(zip(item.probabilities, found.labels, strict=True), reverse=True)
    # "and 1 more label" would take the line of that label.
    shown = ranked if len(ranked) == _SHOWN_LABELS + 1 else ranked[:_SHOWN_LABELS]
    width = max(len(plain(label)) for _, label in shown)
    for probability, label in shown:
        bar = "█" * round(probability * _BAR_CELLS)
        line(f"  {plain(label):<{width}}  {bar:<{_BAR_CELLS}}  {probability:.3f}")
    if len(ranked) > len(shown):
        line(f"  and {format.more(len(ranked) - len(shown), 'label')}")


def _show_set(found: Predictions, item: Prediction, thresholds: list[float]) -> None:
    """Print the predicted labels with their thresholds, then the most probable of the others."""
    every = list(zip(item.probabilities, found.labels, thresholds, strict=True))
    chosen = sorted((each for each in every if each[1] in item.predicted), reverse=True)
    others = sorted((each for each in every if each[1] not in item.predicted), reverse=True)
    shown = chosen + others[: max(0, _SHOWN_LABELS - len(chosen))]
    line(f"  {', '.join(label for _, label, _ in chosen) or 'no label reaches its threshold'}")
    width = max(len(plain(label)) for _, label, _ in shown)
    for place, (probability, label, threshold) in enumerate(shown):
        mark = "✓" if place < len(chosen) else " "
        bar = "█" * round(probability * _BAR_CELLS)
        figures = f"{probability:.3f}  threshold {threshold:.3f}"
        line(f"  {mark} {plain(label):<{width}}  {bar:<{_BAR_CELLS}}  {figures}")
    if len(every) > len(shown):
        line(f"  and {format.more(len(every) - len(shown), 'label')}")


def show_file_predictions(found: FilePredictions, *, as_json: bool) -> None:
    """Print how many rows of a file got which label, and where they are."""
    if as_json:
        return show_json(found)
    for reason in found.reasons:
        line(reason)
    line(
        f"{format.counted(found.classified, 'text')} classified in {format.duration(found.seconds)} "
        f"({found.which} checkpoint, step {found.step}), written to {found.output}"
    )
    for label, rows in found.labels.items():
        line(f"  {label}: {rows:,}")
    if found.without_labels:
        line(f"  no label: {found.without_labels:,}")
    if found.truncated:
        line(f"  {truncated(found.truncated)}")
    for warning in found.warnings:
        line(f"warning: {warning}")
    return None


def show_diagnoses(found: DoctorReport, *, as_json: bool) -> int:
    """Print the diagnosis; return the exit code: `FAILED` if the program cannot work here."""
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


def show_report(found: RunReport, *, as_json: bool) -> None:
    """Print the score of the run and the files of the report; as JSON, everything in it."""
    if as_json:
        return show_json(found)
    line(wording.report_headline(found))
    for path in found.files:
        line(path)
    return None
