"""train and resume: training in this process, or detached in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.api.data import Data, data_layer, files_of
from core.api.naming import RunName, find_run
from core.api.questions import as_layer
from core.api.wording import in_words_of_python
from core.config import RunConfig, build_config
from core.runs.directory import RunDirectory, default_runs_dir
from core.runs.events import AnyEvent
from core.runs.history import read_outline
from core.runs.launch import launch
from core.runs.listing import RunSummary, summarize
from core.runs.start import check_resumable, create_run

OnEvent = Callable[[AnyEvent], None]
"""Is called with each event of a run (`core.runs.events`) once it is written."""


def train(
    data: Data,
    *,
    validation: Data | None = None,
    test: Data | None = None,
    model: str | Path | None = None,
    config: RunConfig | Mapping[str, Mapping[str, Any]] | None = None,
    name: str | None = None,
    runs_dir: str | Path | None = None,
    on_event: OnEvent | None = None,
    handle_signals: bool = False,
    detach: bool = False,
) -> RunSummary:
    """Train a classifier, by default in this process.

    Data from memory are written into the run directory, so that the run can be resumed. An error
    before the first step leaves no run. The random generators of Python, NumPy and torch are seeded.

    A process that trains here cannot have an `accelerate.Accelerator` in mixed precision, before or after:
    Accelerate keeps one precision for a process. Use `detach` there.

    Args:
        data: labelled examples: a path, a data set of the Hub, examples in memory, or a mapping of splits.
        validation: examples for early stopping; by default a part of `data` is held out.
        test: examples that are used once, at the end.
        model: a Hub name, a folder, `minilm`, `cnn` or `rnn`; by default that of `config`.
        config: settings as in config.toml, for instance `{"training": {"max_steps": 300}}`.
        name: of the run; by default made from data and model.
        runs_dir: folder of the run; by default that of `config`, then $BERTCLS_RUNS_DIR, or `runs`.
        on_event: called with each event, in this thread. An exception from it ends the run as failed.
        handle_signals: end with a checkpoint on SIGTERM. Only possible in the main thread.
        detach: train in a process of its own, which outlives this one, and return at once. A run that this
            process refuses stays: `runs` lists it as "failed", with the reason in `error`.

    Returns:
        The run: path, state, best validation metric, test accuracy. With `detach` as it is at the start.

    Raises:
        Problem: the run was refused or failed; the message says what to mend.
    """
    _check_detached(detach, on_event, handle_signals=handle_signals)
    output = ({"runs_dir": str(runs_dir)} if runs_dir else {}) | ({"name": name} if name else {})
    splits = {"train": data, "validation": validation, "test": test}
    layers = [
        {"output": {"runs_dir": str(default_runs_dir())}},
        as_layer(config),
        {"output": output},
        {"model": {"name": str(model)}} if model else {},
    ]

    def configure(folder: Path) -> RunConfig:
        return build_config(*layers, data_layer(splits, folder / "data"))

    with in_words_of_python({}):
        run = create_run(build_config(*layers, _paths(splits)), configure)
    try:
        with in_words_of_python(files_of(run.path / "data")):
            return _work(run, on_event, resume=False, handle_signals=handle_signals, detach=detach)
    except BaseException:  # also an interrupt: only a run that has started can be resumed
        if not run.is_alive and not read_outline(run).is_started:
            run.delete()
        raise


def resume(
    run: RunName,
    *,
    runs_dir: str | Path | None = None,
    on_event: OnEvent | None = None,
    handle_signals: bool = False,
    detach: bool = False,
) -> RunSummary:
    """Continue a run that was stopped, interrupted or failed, from its last complete checkpoint.

    Args:
        run: its name, path or summary.
        runs_dir: folder in which names are looked up; by default $BERTCLS_RUNS_DIR, or `runs`.
        on_event: called with each event, in this thread. An exception from it ends the run as failed.
        handle_signals: end with a checkpoint on SIGTERM. Only possible in the main thread.
        detach: train in a process of its own, which outlives this one, and return at once.

    Returns:
        The run, as `train` does.

    Raises:
        Problem: the run is over or still training, or it failed again.
    """
    _check_detached(detach, on_event, handle_signals=handle_signals)
    found = find_run(run, runs_dir)
    check_resumable(found)
    with in_words_of_python(files_of(found.path / "data")):
        return _work(found, on_event, resume=True, handle_signals=handle_signals, detach=detach)


def _check_detached(detach: bool, on_event: OnEvent | None, *, handle_signals: bool) -> None:
    """Refuse what a process of its own cannot do for this one.

    Raises:
        ValueError: such an argument was given with `detach`.
    """
    if detach and (on_event is not None or handle_signals):
        raise ValueError("detach=True trains in another process, without on_event and handle_signals")


def _work(
    run: RunDirectory, on_event: OnEvent | None, *, resume: bool, handle_signals: bool, detach: bool
) -> RunSummary:
    if detach:
        trainer = launch(run, resume=resume)
        # Collects the exit code: Python would warn of the process, and the system would keep it as a zombie.
        threading.Thread(target=trainer.wait, name=f"wait for {run.name}", daemon=True).start()
    else:
        # Imported late: `core` is light until something is trained.
        from core.training.process import train_run

        train_run(run, resume=resume, on_event=on_event, handle_signals=handle_signals)
    return summarize(run)


def _paths(splits: Mapping[str, Data | None]) -> dict[str, dict[str, Any]]:
    """The splits that are paths or names already, as a section of a configuration."""
    named = {name: str(data) for name, data in splits.items() if isinstance(data, str | Path)}
    return {"data": named}
