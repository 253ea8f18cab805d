"""Requests about evaluations and comparisons. Heavy libraries load in the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.evaluation.target import EvaluationTarget
from core.methods.memory import Memory
from core.protocol import (
    Compare,
    Comparison,
    Evaluate,
    EvaluationReport,
    JudgedTexts,
    OnProgress,
    ReadTexts,
)
from core.runs.directory import RunDirectory


def evaluate(memory: Memory, request: Evaluate, on_progress: OnProgress) -> EvaluationReport:
    """Evaluate a checkpoint."""
    return memory.evaluator.evaluate(_target(request), on_progress).report


def read_texts(memory: Memory, request: ReadTexts, on_progress: OnProgress) -> JudgedTexts:
    """Texts in a cell of the confusion matrix of an evaluation."""
    found = memory.evaluator.evaluate(_target(request.evaluation), on_progress, step=request.step)
    from core.evaluation.mistakes import in_cell, judged

    rows = in_cell(found.outcomes, request.label, request.predicted)
    page = rows[request.offset : request.offset + request.limit]
    return JudgedTexts(total=len(rows), items=judged(found.outcomes, found.split, page))


def compare(memory: Memory, request: Compare, on_progress: OnProgress) -> Comparison:
    """Compare runs that were tested on the same texts."""
    on_progress("reading the runs")
    from core.evaluation.run_comparison import compare_runs

    groups = dict(zip(request.runs, request.groups or request.runs, strict=True))
    return compare_runs(
        [RunDirectory.open(Path(run)) for run in groups],
        on_progress,
        groups=list(groups.values()) if request.groups else None,
        baselines=request.baselines,
        remarks=request.remarks,
    )


def _target(request: Evaluate) -> EvaluationTarget:
    run = RunDirectory.open(Path(request.run))
    return EvaluationTarget(run, request.which, request.data, request.split, request.device)
