"""gather: everything there is to report of a run, from its directory."""

import time
from typing import Any

import msgspec

from core.config import read_config
from core.models.inference_settings import InferenceSettings
from core.problems import Problem, without_home
from core.protocol.report import Done, RunFacts, SealedModel
from core.reports.curves import loss_curve
from core.reports.tested import tested_split
from core.runs import checkpoints
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.records import MODEL_RECORD, Environment, ModelRecord
from core.runs.state import reason_of, state_of


def gather(run: RunDirectory) -> RunFacts:
    """Everything there is to report of `run` now, whether it has ended or not.

    Raises:
        Problem: its configuration, or what belongs to its model, is damaged.
    """
    # Liveness first: a trainer that ends in between has written all its events before it let go.
    launching, alive = run.is_launching, run.is_alive
    history = read_history(run)
    started, last, model = history.started, history.last_step, _model(run)
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
        test=tested_split(run, history),
        model=model,
        training_seconds=history.training_seconds,
        evaluation_seconds=sum(item.seconds for item in history.evaluations),
        training_speed=history.training_speed,
        warnings=list(dict.fromkeys(item.message for item in history.warnings)),
        done=[Done(marker.step, marker.text) for marker in history.markers],
    )


def _settings(run: RunDirectory) -> dict[str, dict[str, Any]]:
    """The tables of config.toml, which `RunDirectory.open` has found to be there."""
    return {name: table for name, table in read_config(run.config).items() if isinstance(table, dict)}


def _model(run: RunDirectory) -> SealedModel | None:
    """The finished model; the best checkpoint where there is none yet."""
    folder, step = run.model, None
    try:
        if (run.model / MODEL_RECORD).is_file():
            step = msgspec.json.decode((run.model / MODEL_RECORD).read_bytes(), type=ModelRecord).step
        elif best := checkpoints.current(run, "best"):
            folder, step = best.path, best.step
        if step is None:
            return None
        return SealedModel(
            is_finished=folder == run.model,
            step=step,
            bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            inference=msgspec.to_builtins(InferenceSettings.read(folder)),
        )
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise Problem(f"this model cannot be read ({error})", where=str(folder)) from error
