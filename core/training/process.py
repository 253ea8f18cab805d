"""The trainer process: from the configuration in a run directory to a finished model.

Exit codes: 0 done (also when stopped, by a person or by SIGTERM), 1 the run failed, 2 nothing was started.
"""

import os
import time
import traceback
from pathlib import Path

from core.config import build_config, read_config
from core.data.splits import load_splits
from core.devices import choose_visible_gpu
from core.files import lock
from core.problems import Problem, without_home
from core.runs import checkpoints
from core.runs.commands import CommandReader
from core.runs.directory import RunDirectory
from core.runs.disk_space import Cancelled, WaitingEventWriter
from core.runs.events import EventWriter, Launched, RunEnded, Stage, Warned
from core.runs.history import read_outline
from core.runs.process_directory import changed_at
from core.runs.termination import Terminated, Termination, terminated
from core.training.declining import decline


def main(path: Path, *, resume: bool, held: int | None = None) -> int:
    """Train the run at `path`; what happens is written to its events.

    Args:
        path: of the run.
        resume: whether it goes on.
        held: the open file of its lock, where it was taken for this process.
    """
    run = RunDirectory.open(path)
    launched_at = time.time() if held is None else changed_at(run.launch_mark)
    with Termination() as termination, lock.hold(run.lock, held):
        events = WaitingEventWriter(run)
        events.guard = termination.held
        events.disk_space.is_cancelled = lambda: termination.is_asked
        # A command that came since the launch is obeyed after the first step.
        commands = CommandReader(run.commands, since=launched_at)
        is_stopped = False
        try:
            termination.interrupts = True
            _train(run, events, commands, termination, resume=resume)
        except (Terminated, Cancelled) as reason:
            termination.interrupts = False
            _end_early(run, events, termination, reason)
            is_stopped = True
        except BaseException as error:  # noqa: BLE001 - whatever it was, the events say how the run ended
            termination.interrupts = False
            return _give_up(run, events, error)
        finally:
            late = "the trainer was at its end"
            decline(commands.read(), events, run, late, is_stopped=is_stopped)
            events.close()
    return 0


def _train(
    run: RunDirectory,
    events: WaitingEventWriter,
    commands: CommandReader,
    termination: Termination,
    *,
    resume: bool,
) -> None:
    events.write(Launched(pid=os.getpid()))
    decline(commands.earlier, events, run, "no trainer was at work")
    events.write(Stage(name="reading data"))
    config = build_config(read_config(run.config))
    events.disk_space.seconds = config.output.disk_wait
    splits = load_splits(config.data, seed=config.split_seed)
    events.write(Stage(name="loading libraries"))
    choose_visible_gpu(config.training.device)
    # Imported late: it takes seconds, and what is wrong with the data is said before.
    from core.training.run import TrainingRun

    TrainingRun(run, events, commands, termination, config, splits, resume=resume).train()


def _end_early(
    run: RunDirectory, events: WaitingEventWriter, termination: Termination, reason: Terminated | Cancelled
) -> None:
    """The end was asked for outside of the training loop, or while it waited for room; the run can go on."""
    error = ""
    if isinstance(reason, Cancelled):
        checkpoints.remove(checkpoints.staging(run))  # for which there was no room
        events.disk_space.release_reserve()
        error = str(reason)
    history = read_outline(run)
    if termination.is_asked:
        events.write(Warned(message=terminated(history.step)))
    events.write(RunEnded(reason="stopped", step=history.step, error=error), durable=True)


def _give_up(run: RunDirectory, events: EventWriter, error: BaseException) -> int:
    """Say why the run ended; what this process trained so far stays as it is."""
    # A checkpoint that was being written may be what filled the disk.
    checkpoints.remove(checkpoints.staging(run))
    history = read_outline(run)
    if isinstance(error, Problem):
        message = str(error)
    else:
        message = without_home(_in_words(error))
        traceback.print_exception(error)  # into the log
    events.write(
        RunEnded(reason="failed" if history.is_started else "refused", step=history.step, error=message),
        durable=True,
    )
    return 1 if history.is_started else 2


def _in_words(error: BaseException) -> str:
    # By their words: the library that they are of may not even be loaded.
    is_of_torch = type(error).__name__ == "OutOfMemoryError" or "allocate memory" in str(error)
    if is_of_torch or isinstance(error, MemoryError):
        first, _, _ = str(error).partition("\n")
        return (
            f"Memory ran out where smaller passes are no help ({first}). Make room and resume the run, or "
            "begin one with a smaller --model."
        )
    return f"{type(error).__name__}: {error}"
