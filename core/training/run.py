"""TrainingRun: one training run, from its plan to the finished model and the report on the test split."""

import contextlib
import os
import socket

from transformers import set_seed

from core.config import RunConfig
from core.data.splits import DataSplits
from core.devices import as_current
from core.devices.memory import free_unused_memory
from core.models.catalog import ModelSource
from core.models.inference_settings import InferenceSettings
from core.models.quiet import quiet_transformers
from core.problems import Problem
from core.runs import checkpoints
from core.runs.changes import learning_rate_factor
from core.runs.checkpoints import SavedCheckpoint
from core.runs.commands import CommandReader
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import NotFinite, RolledBack, RunStarted, Stage, Warned
from core.runs.termination import Terminated, Termination
from core.training.checkpoint_saver import CheckpointSaver
from core.training.early_stopping import EarlyStopping, StoppingState
from core.training.finishing import finish
from core.training.learner import Learner, check_accelerate
from core.training.loop import TrainingLoop
from core.training.model_setup import fit_to_device, load_model
from core.training.planning import Prepared, prepare
from core.training.preflight import record_environment
from core.training.recorder import NotFiniteError, StepRecorder
from core.training.resuming import Start, checkpoint_event, find_start
from core.training.schedule import TrainingSchedule
from core.training.steering import Standing, Steering
from core.training.stopping_warnings import with_warnings_of
from core.training.training_state import load_optimizer, read_stopping_state, restore_random
from core.training.validation import Validator

# Of a run. The learning rate is halved each time, and a lower one would hardly help.
MOST_ROLLBACKS = 2


class TrainingRun:
    """The work of a process that holds the lock of `run`.

    Args:
        run: the run.
        events: of the run; they keep its history.
        commands: from people.
        termination: knows whether SIGTERM arrived.
        config: of the run.
        splits: its data.
        resume: continue from the last checkpoint; otherwise begin with step 1.
    """

    def __init__(
        self,
        run: RunDirectory,
        events: WaitingEventWriter,
        commands: CommandReader,
        termination: Termination,
        config: RunConfig,
        splits: DataSplits,
        *,
        resume: bool,
    ) -> None:
        self._run = run
        self._events = events
        # Its present place: the run may have been moved since it began.
        place = config.output.model_copy(update={"runs_dir": str(run.path.parent)})
        self._config = config.model_copy(update={"output": place})
        self._splits = splits
        self._resume = resume
        self._commands = commands
        self._termination = termination
        self._standing = Standing()

    def train(self) -> None:
        """Plan, rehearse, train, save the best model, and evaluate the test split.

        Raises:
            Problem: the run cannot work.
            Terminated: SIGTERM came before there was anything to keep.
        """
        check_accelerate()
        with quiet_transformers():
            self._train()

    def _train(self) -> None:
        start = find_start(self._run, self._on_stage) if self._resume else Start()
        while (fault := self._train_from(start)) is not None:
            start = find_start(self._run, self._on_stage)
            self._roll_back(fault, start.step)
            self._resume = True
            free_unused_memory()  # the device may not hold model and optimizer twice

    def _train_from(self, start: Start) -> NotFiniteError | None:
        """Train to the end; return what went wrong if the run must go back to a checkpoint."""
        prepared = self._prepare(start.checkpoint)
        with as_current(prepared.device):
            return self._train_prepared(prepared, start)

    def _train_prepared(self, prepared: Prepared, start: Start) -> NotFiniteError | None:
        """As `_train_from`, once the plan is made."""
        checkpoint, plan = start.checkpoint, prepared.plan
        self._events.disk_space.write(
            "environment.json",
            lambda: record_environment(self._run, plan, prepared.device.name, prepared.splits.fingerprint),
        )
        set_seed(plan.seed)
        model = load_model(prepared, self._on_stage, is_new=checkpoint is None)
        known_budget = self._events.history.token_budget if self._resume else None
        layout, token_budget = fit_to_device(prepared, model, self._events, self._on_stage, known_budget)
        schedule = self._schedule(prepared)
        stopping = _early_stopping(prepared, checkpoint)
        stopping.follow(schedule.plan(start.step))
        self._announce(prepared, schedule, start, stopping, token_budget)
        # From here on SIGTERM ends the work between two micro-batches or stages, which keeps what was
        # trained.
        self._termination.interrupts = False
        learner = Learner(prepared, model, layout, token_budget, self._termination)
        with contextlib.closing(self._saver(prepared, learner)) as saver:
            loop = self._loop(prepared, start, learner, schedule, stopping, saver)
            if stopping.state.evaluation_due or not loop.is_over:
                # The rehearsal has drawn random numbers: the seed of dropout is set again.
                set_seed(plan.seed)
                if checkpoint is not None:
                    load_optimizer(checkpoint.path, learner.optimizer)
                    restore_random(checkpoint.path, learner.device)
                try:
                    loop.run()
                except NotFiniteError as fault:
                    return fault.with_traceback(None)  # which refers to the weights
        if self._termination.is_asked and not checkpoints.complete(self._run):
            raise Terminated
        finish(self._run, self._events, prepared, learner, loop.end_reason, loop.step, self._on_stage)
        return None

    def _saver(self, prepared: Prepared, learner: Learner) -> CheckpointSaver:
        return CheckpointSaver(self._run, learner.model, prepared.tokenizer, self._events.disk_space)

    def _loop(
        self,
        prepared: Prepared,
        start: Start,
        learner: Learner,
        schedule: TrainingSchedule,
        stopping: EarlyStopping,
        saver: CheckpointSaver,
    ) -> TrainingLoop:
        inference = _inference_settings(prepared, start.checkpoint)
        steering = Steering(
            self._commands,
            self._events,
            self._termination,
            learner,
            schedule,
            stopping,
            self._standing,
            answered=self._events.history.acknowledged,
        )
        return TrainingLoop(
            start.step,
            learner,
            schedule,
            StepRecorder(self._events),
            Validator(self._run, self._events, prepared, learner, stopping, inference),
            stopping,
            saver,
            steering,
            self._events,
            self._termination,
        )

    def _prepare(self, checkpoint: SavedCheckpoint | None) -> Prepared:
        """Make the plan. A resumed run has its model in its checkpoint, wherever that first came from."""
        history = self._events.history
        plan = history.plan
        # As it was made, without the changes since: the schedule makes each of them at its step.
        planned = history.started.plan if self._resume and history.started else None
        if checkpoint is None or plan is None:
            return prepare(self._config, self._splits, self._on_stage, recorded=planned)
        kept_bytes = sum(path.stat().st_size for path in self._run.checkpoints.rglob("*") if path.is_file())
        source = ModelSource(
            plan.model,
            str(checkpoint.path),
            plan.default_learning_rate or plan.learning_rate,
            is_folder=True,
            is_checkpoint=True,
            max_length=plan.max_length,
        )
        return prepare(
            self._config,
            self._splits,
            self._on_stage,
            source=source,
            kept_bytes=kept_bytes,
            recorded=planned,
        )

    def _schedule(self, prepared: Prepared) -> TrainingSchedule:
        training = self._config.training
        warmup_steps = int(training.warmup * prepared.plan.max_steps)
        changes = list(self._events.history.changes)
        return TrainingSchedule(prepared.plan, training.schedule, warmup_steps, changes)

    def _announce(
        self,
        prepared: Prepared,
        schedule: TrainingSchedule,
        start: Start,
        stopping: EarlyStopping,
        token_budget: int,
    ) -> None:
        """Write the plan, warnings, and where training begins."""
        resumed_from = start.step if self._resume else None
        plan = with_warnings_of(prepared.plan, schedule.plan(start.step))
        self._events.write(
            RunStarted(
                plan=plan,
                pid=os.getpid(),
                host=socket.gethostname(),
                device_name=prepared.device.name,
                resumed_from=resumed_from,
                token_budget=token_budget,
            ),
            durable=True,
        )
        for message in (*plan.warnings, *start.warnings):
            self._events.write(Warned(message=message))
        if resumed_from is not None:
            self._events.write(stopping.event(resumed_from))
        known = {checkpoint.step for checkpoint in self._events.history.checkpoints}
        if start.checkpoint is not None and start.step not in known:
            # Its trainer was killed before it could write the event.
            self._events.write(checkpoint_event(start.checkpoint), durable=True)

    def _roll_back(self, fault: NotFiniteError, to_step: int) -> None:
        """Write that the run goes back to the checkpoint of `to_step`, with half the learning rate.

        Raises:
            Problem: it does not, because on_nan is "stop" or it did so too often.
        """
        history, on_nan = self._events.history, self._config.training.on_nan
        self._events.write(NotFinite(step=fault.step, what=fault.what), durable=True)
        times = len(history.rollbacks)
        if on_nan == "stop" or times >= MOST_ROLLBACKS:
            done = "" if on_nan == "stop" else f", though the learning rate was halved {times} times before"
            raise Problem(
                f"{fault}{done}",
                mend="Start a new run with a lower --learning-rate or a longer warm-up "
                "(--set training.warmup=0.2).",
            )
        factor = learning_rate_factor(history.changes, fault.step) / 2
        self._events.write(
            RolledBack(step=fault.step, to_step=to_step, what=fault.what, learning_rate_factor=factor),
            durable=True,
        )

    def _on_stage(self, stage: str) -> None:
        self._termination.check()
        self._events.write(Stage(name=stage))


def _inference_settings(prepared: Prepared, checkpoint: SavedCheckpoint | None) -> InferenceSettings:
    if checkpoint is not None:
        return InferenceSettings.read(checkpoint.path)
    plan = prepared.plan
    return InferenceSettings.of(
        len(plan.labels),
        is_multi_label=plan.is_multi_label,
        long_text=plan.long_text,
        pairs=plan.pairs,
    )


def _early_stopping(prepared: Prepared, checkpoint: SavedCheckpoint | None) -> EarlyStopping:
    plan = prepared.plan
    return EarlyStopping(
        metric=plan.metric,
        patience=plan.patience,
        min_delta=prepared.config.stopping.min_delta,
        greater_is_better=plan.greater_is_better,
        eval_steps=plan.eval_steps,
        max_steps=plan.max_steps,
        patience_from=plan.patience_from,
        ties_by_loss=plan.ties_by_loss,
        is_on=plan.early_stopping,
        state=read_stopping_state(checkpoint.path) if checkpoint else StoppingState(),
    )
