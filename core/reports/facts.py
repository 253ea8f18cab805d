"""gather: collect everything a report says about a run, from its directory."""

import time
from typing import Any

import msgspec
import numpy as np
from scipy.signal import lfilter

from core.charts.bins import Bins, Floats
from core.config import read_config
from core.evaluation.calibration import reliability
from core.evaluation.known_baselines import below_known_baselines
from core.evaluation.outcomes import Outcomes
from core.evaluation.scores import confusion, label_scores, scores_on, scores_without
from core.models.inference_settings import InferenceSettings
from core.problems import Problem, without_home
from core.protocol.report import LossCurve, RunFacts, RunMarker, SavedModel, TestedSplit
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import History, read_history
from core.runs.improvement import still_improving
from core.runs.records import MODEL_RECORD, Environment, ModelRecord
from core.runs.state import reason_of, state_of

_POINTS = 512


def gather(run: RunDirectory) -> RunFacts:
    """Collect the facts of `run` as of now, whether it has ended or not.

    Raises:
        Problem: its configuration or its model is damaged.
    """
    # Check the lock first: a trainer that ends after this has written all its events before releasing it.
    launching, alive = run.is_launching, run.is_alive
    history = read_history(run)
    started, last, model = history.started, history.last_step, _model(run)
    test = tested_split(run, history)
    state = state_of(history, is_alive=alive, is_launching=launching)
    return RunFacts(
        name=run.name,
        path=without_home(str(run.path)),
        state=state,
        error=reason_of(history, state),
        written_at=round(time.time(), 3),
        started_at=history.started_at,
        updated_at=history.updated_at,
        elapsed=history.elapsed,
        host=started.host if started else "",
        device=started.device_name if started else "",
        step=history.step,
        epoch=last.epoch if last else None,
        plan=history.plan,
        settings=_settings(run),
        environment=Environment.read(run),
        loss=loss_curve(history),
        evaluations=history.evaluations,
        best=history.best,
        stopping=history.stopping,
        test=test,
        model=model,
        training_seconds=history.training_seconds,
        evaluation_seconds=sum(item.seconds for item in history.evaluations),
        training_speed=history.training_speed,
        warnings=list(
            dict.fromkeys(
                [
                    *(item.message for item in history.warnings),
                    *still_improving(history),
                    *(test.warnings if test else []),
                ]
            )
        ),
        markers=[RunMarker(marker.step, marker.text) for marker in history.markers],
    )


def _settings(run: RunDirectory) -> dict[str, dict[str, Any]]:
    """Read the tables of config.toml."""
    return {name: table for name, table in read_config(run.config).items() if isinstance(table, dict)}


def _model(run: RunDirectory) -> SavedModel | None:
    """Describe the finished model, or the best checkpoint while there is none."""
    folder, step = run.model, None
    try:
        if (run.model / MODEL_RECORD).is_file():
            step = msgspec.json.decode((run.model / MODEL_RECORD).read_bytes(), type=ModelRecord).step
        elif best := checkpoints.current(run, "best"):
            folder, step = best.path, best.step
        if step is None:
            return None
        return SavedModel(
            is_finished=folder == run.model,
            step=step,
            bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            inference=msgspec.to_builtins(InferenceSettings.read(folder)),
        )
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise Problem(f"the model cannot be read ({error})", where=str(folder)) from error


def tested_split(run: RunDirectory, history: History) -> TestedSplit | None:
    """Return the results on the test split; None if it was not scored."""
    evaluation = history.test
    if evaluation is None:
        return None
    try:
        outcomes = Outcomes.read(run.outcomes)
    except FileNotFoundError:
        remark = "The predictions on the test split were not saved."
    except Problem as problem:
        remark = str(problem)
    else:
        if (outcomes.step, len(outcomes.label_ids)) == (evaluation.step, evaluation.examples):
            return _tested(run, history, outcomes)
        remark = "The saved predictions on the test split are of other weights or other texts."
    return TestedSplit(evaluation=evaluation, remark=remark)


def _tested(run: RunDirectory, history: History, outcomes: Outcomes) -> TestedSplit:
    assert history.test is not None
    assert history.plan is not None
    # Reliability is about the one predicted label, which multi-label runs do not have.
    is_one_label = outcomes.label_ids.ndim == 1
    return TestedSplit(
        evaluation=history.test,
        scores=scores_on(outcomes, np.ones(len(outcomes.seen), bool)),
        unseen=scores_without(outcomes, outcomes.seen),
        seen=int(outcomes.seen.sum()),
        warnings=below_known_baselines(run.name, history.plan, outcomes),
        labels=label_scores(outcomes),
        confusion=confusion(outcomes) or [],
        calibrated=reliability(outcomes.probabilities, outcomes.label_ids) if is_one_label else None,
        uncalibrated=reliability(outcomes.raw_probabilities, outcomes.label_ids)
        if is_one_label and outcomes.temperature != 1
        else None,
    )


def loss_curve(history: History) -> LossCurve:
    """Return the training loss in at most a few hundred points: lowest, highest and smoothed."""
    steps, losses = np.asarray(history.steps.step), np.asarray(history.steps.loss)
    window = min(100, max(5, history.plan.max_steps // 25)) if history.plan else 25
    raw, smooth = Bins(_POINTS), Bins(_POINTS)
    raw.extend(steps, losses)
    smooth.extend(steps, _smoothed(losses, window))
    index = np.flatnonzero(raw.touched)
    return LossCurve(
        width=raw.width,
        steps=(index * raw.width + (raw.width - 1) / 2).tolist(),
        low=_known(raw.low[index]),
        high=_known(raw.high[index]),
        smoothed=_known(smooth.last[index]),
        window=window,
    )


def _smoothed(losses: Floats, window: int) -> Floats:
    """Exponential moving average with bias correction. NaN is a gap and does not change the average."""
    smoothed, known = losses.copy(), np.isfinite(losses)
    keep = 1.0 - 1.0 / window
    weights = 1.0 - keep ** np.arange(1, known.sum() + 1)
    if known.any():
        smoothed[known] = lfilter([1.0 - keep], [1.0, -keep], losses[known]) / weights
    return smoothed


def _known(values: Floats) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
