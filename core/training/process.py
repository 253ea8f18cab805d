"""Train a run in this process, from its configuration to its finished model."""

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from core.config import build_config, read_config
from core.data.columns.columns import as_planned
from core.data.splits import load_splits
from core.devices.choice import choose_visible_gpu
from core.devices.memory import is_out_of_memory
from core.files import lock
from core.problems import Problem, without_home
from core.runs import checkpoints
from core.runs.commands import Command, CommandReader
from core.runs.directory import RunDirectory
from core.runs.disk_space import Cancelled, WaitingEventWriter
from core.runs.events import Acknowledged, AnyEvent, Launched, RunEnded, Stage, Warned
from core.runs.process_directory import changed_at
from core.runs.termination import Terminated, Termination, terminated

OnEvent = Callable[[AnyEvent], None]


def train_run(
    run: RunDirectory,
    *,
    resume: bool,
    on_event: OnEvent | None = None,
    handle_signals: bool = False,
) -> RunEnded:
    """Train `run` in this process until it ends. Nothing is printed; its files tell everything.

    Args:
        run: has its configuration.
        resume: continue from the last checkpoint; otherwise training begins with step 1.
        on_event: called with each event once it is written, in this thread. An error that it raises ends the
            run.
        handle_signals: end with a checkpoint on SIGTERM. Only the main thread may ask for this.

    Returns:
        How the run ended: finished, early_stopped or stopped.

    Raises:
        Problem: the run was refused or failed (its last event says so too), or another process trains it.
        KeyboardInterrupt: came from outside; the run has failed, and can be resumed from its last checkpoint.
    """
    ended, error = _work(run, resume=resume, on_event=on_event, handle_signals=handle_signals)
    if error is not None:
        raise error
    return ended


def main(path: Path, *, resume: bool, held: int | None = None) -> int:
    """Be the trainer process of the run at `path`; errors go to its log.

    Args:
        path: of the run.
        resume: continue from the last checkpoint.
        held: open file of the lock, where it was taken for this process.

    Returns:
        The exit code: 0 done (also when stopped, by a person or by SIGTERM), 1 the run failed, 2 it was
        refused.

    Raises:
        Problem: there is no such run, or another process trains it.
    """
    run = RunDirectory.open(path)
    ended, error = _work(run, resume=resume, handle_signals=True, held=held, is_own_process=True)
    if error is not None and not isinstance(error, Problem):
        traceback.print_exception(error)
    return {"failed": 1, "refused": 2}.get(ended.reason, 0)


def _work(
    run: RunDirectory,
    *,
    resume: bool,
    handle_signals: bool,
    on_event: OnEvent | None = None,
    held: int | None = None,
    is_own_process: bool = False,
) -> tuple[RunEnded, BaseException | None]:
    """Train the run; return its last event, and the error that ended it if there was one.

    A process that only trains may change its environment, and exits if it hangs after SIGTERM.
    """
    launched_at = time.time() if held is None else changed_at(run.launch_mark)
    termination = Termination(exits=is_own_process)
    with termination if handle_signals else contextlib.nullcontext(), lock.hold(run.lock, held):
        # A command that came since the launch is obeyed after the first step.
        commands = CommandReader(run.commands, since=launched_at)

        def is_asked_to_end() -> bool:
            return termination.is_asked or any(command.name == "stop" for command in commands.peek())

        events = WaitingEventWriter(
            run, on_event=on_event, is_cancelled=is_asked_to_end, guard=termination.held
        )
        error: BaseException | None = None
        is_stopped = False
        try:
            termination.interrupts = True
            _train(run, events, commands, termination, resume=resume, is_own_process=is_own_process)
        except (Terminated, Cancelled) as reason:
            termination.interrupts = False
            _end_stopped(run, events, termination, reason)
            is_stopped = True
        except BaseException as reason:  # noqa: BLE001 - whatever it was, the events say how the run ended
            termination.interrupts = False
            _end_failed(run, events, reason)
            error = reason
        finally:
            _reject(commands.read(), events, "the trainer was ending", is_stopped=is_stopped)
            events.close()
        ended = events.history.ended
        assert ended is not None
        return ended, error


def _train(
    run: RunDirectory,
    events: WaitingEventWriter,
    commands: CommandReader,
    termination: Termination,
    *,
    resume: bool,
    is_own_process: bool,
) -> None:
    events.write(Launched(pid=os.getpid()))
    _reject(commands.earlier, events, "no trainer was running")
    events.write(Stage(name="reading data"))
    config = build_config(read_config(run.config))
    events.disk_space.seconds = config.output.disk_wait
    splits = load_splits(as_planned(config.data, events.history.plan), seed=config.split_seed)
    events.write(Stage(name="loading libraries"))
    if is_own_process:
        device = choose_visible_gpu(config.training.device)
        config = config.model_copy(update={"training": config.training.model_copy(update={"device": device})})
    # Imported late: it takes seconds, and problems with the data are reported before.
    from core.training.run import TrainingRun

    TrainingRun(run, events, commands, termination, config, splits, resume=resume).train()


def _end_stopped(
    run: RunDirectory, events: WaitingEventWriter, termination: Termination, reason: Terminated | Cancelled
) -> None:
    """End a run that was asked to end outside of the training loop, or while it waited for disk space."""
    error = ""
    if isinstance(reason, Cancelled):
        checkpoints.remove(checkpoints.staging(run))  # the checkpoint that did not fit
        events.disk_space.release_reserve()
        error = str(reason)
    step = events.history.step
    if termination.is_asked:
        events.write(Warned(message=terminated(step)))
    events.write(RunEnded(reason="stopped", step=step, error=error), durable=True)


def _end_failed(run: RunDirectory, events: WaitingEventWriter, error: BaseException) -> None:
    """Say why the run ended; its complete checkpoints stay."""
    # A checkpoint that was being written may be what filled the disk.
    checkpoints.remove(checkpoints.staging(run))
    message = str(error) if isinstance(error, Problem) else without_home(_described(error))
    events.write(
        RunEnded(
            reason="failed" if events.history.is_started else "refused",
            step=events.history.step,
            error=message,
        ),
        durable=True,
    )


def _described(error: BaseException) -> str:
    if is_out_of_memory(error):
        first, _, _ = str(error).partition("\n")
        return (
            f"Out of memory, and smaller micro-batches do not help ({first}). Free memory and resume the "
            "run, or start one with a smaller --model."
        )
    return f"{type(error).__name__}: {error}"


def _reject(
    commands: Sequence[Command], events: WaitingEventWriter, reason: str, *, is_stopped: bool = False
) -> None:
    """Reject the commands that nobody has answered; a run that was stopped has obeyed a stop."""
    for command in commands:
        if command.id not in events.history.acknowledged:
            obeyed = is_stopped and command.name in ("stop", "stop_after_evaluation")
            events.write(
                Acknowledged(
                    id=command.id,
                    name=command.name,
                    step=events.history.step,
                    accepted=obeyed,
                    message="stopped" if obeyed else f"not delivered: {reason}",
                    value=command.value,
                    text=command.text,
                )
            )
