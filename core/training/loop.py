"""The training loop: the order of everything in a step and between two steps."""

import torch

from core.runs.events import Checkpoint, EndReason, EventWriter, MemoryShort
from core.runs.termination import Terminated, Termination
from core.training.batches import endless_batches
from core.training.checkpoint_saver import CheckpointSaver
from core.training.early_stopping import EarlyStopping
from core.training.learner import Learner
from core.training.recorder import StepRecorder
from core.training.schedule import TrainingSchedule
from core.training.steering import Boundary, Steering
from core.training.training_state import RandomState, set_torch_random_state, torch_random_state
from core.training.validation import Validator


class TrainingLoop:
    """Trains a model until its last step, early stopping, or a stop.

    Args:
        step: the last one that was trained before.
        learner: computes gradients and updates weights.
        schedule: length, evaluation interval and learning rate.
        recorder: writes the figures of steps.
        validator: evaluates on the validation split.
        stopping: decides when patience has run out.
        saver: writes checkpoints.
        steering: executes commands.
        events: of the run.
        termination: knows whether SIGTERM arrived.
    """

    def __init__(
        self,
        step: int,
        learner: Learner,
        schedule: TrainingSchedule,
        recorder: StepRecorder,
        validator: Validator,
        stopping: EarlyStopping,
        saver: CheckpointSaver,
        steering: Steering,
        events: EventWriter,
        termination: Termination,
    ) -> None:
        self.step = step
        self._learner = learner
        self._schedule = schedule
        self._recorder = recorder
        self._validator = validator
        self._stopping = stopping
        self._saver = saver
        self._steering = steering
        self._events = events
        self._termination = termination
        self._batches = endless_batches(
            learner.batcher, learner.order, after_step=step, pin_memory=learner.device.type == "cuda"
        )
        self._boundary = Boundary(step)
        self._random: list[torch.Tensor] | None = None
        """Of torch, after the last step of this process. SIGTERM may come when the next has drawn numbers."""

    @property
    def is_over(self) -> bool:
        """Whether no further step is trained."""
        is_last = self.step >= self._schedule.plan(self.step).max_steps
        return is_last or self._steering.stopped or self._stopping.has_run_out

    @property
    def end_reason(self) -> EndReason:
        """Why training is over."""
        if self._steering.stopped or self._termination.is_asked:
            return "stopped"
        is_early = self._stopping.has_run_out and self.step < self._schedule.plan(self.step).max_steps
        return "early_stopped" if is_early else "finished"

    def run(self) -> None:
        """Train until it is over, and wait for the last checkpoint.

        SIGTERM ends it within a step or an evaluation: a checkpoint then holds everything up to the last
        whole step, and the interrupted evaluation is made up for when the run resumes.

        Raises:
            NotFiniteError: a figure is NaN or infinite.
            Problem: a text does not fit into memory, or a checkpoint onto the disk.
        """
        try:
            self._begin()
            while not self.is_over:
                self._train_step()
        except Terminated:
            self._save_interrupted()
        self._recorder.flush()
        self._report_checkpoint(wait=True)

    def _train_step(self) -> None:
        """Train one step, then do what is due before the next. The order of everything is here."""
        self._boundary = boundary = Boundary(self.step)
        self._recorder.restart()
        batch = next(self._batches)
        token_budget = self._learner.token_budget
        loss = self._learner.compute_gradients(batch)
        grad_norm = self._learner.clip_gradients()
        learning_rate = self._schedule.learning_rate(self.step)
        self._learner.update(learning_rate)
        self.step = boundary.step = self.step + 1
        self._random = torch_random_state(self._learner.device)
        self._recorder.record(self.step, self._epoch, batch, loss, grad_norm, learning_rate)
        self._report_token_budget(token_budget)

        boundary.evaluate = self._schedule.is_due(self.step)
        if self._schedule.changes_at(self.step):  # of an earlier process, which was interrupted later
            self._steering.follow_settings(self.step)
        self._steering.execute(boundary)
        self._finish(boundary)
        while self._steering.is_paused:
            self._recorder.flush()
            self._steering.rest()
            self._steering.execute(boundary)
            self._finish(boundary)

    def _finish(self, boundary: Boundary) -> None:
        """Evaluate, judge and probe; save a checkpoint: as far as that is due or was asked for."""
        self._report_checkpoint(wait=boundary.evaluate or boundary.save or self.is_over)
        if boundary.evaluate:
            self._recorder.flush()
            self._validator.evaluate(self.step, requested=boundary.evaluation_requested)
            boundary.evaluate, boundary.save = False, True
            self._steering.after_evaluation(boundary)
            self._validator.probe(self.step)
        if boundary.save:
            self._save(boundary)
            boundary.save = False

    def _begin(self) -> None:
        """Take over the settings that hold now, and make up for an evaluation that SIGTERM interrupted."""
        self._steering.follow_settings(self.step)
        state = self._stopping.state
        if state.evaluation_due:
            # Checkpoints of older versions do not say who asked for it.
            is_requested = state.evaluation_requested or not self._schedule.is_due(self.step)
            self._boundary.evaluate, self._boundary.evaluation_requested = True, is_requested
            self._finish(self._boundary)

    def _report_token_budget(self, before: int) -> None:
        """Write an event if the step ran out of memory, which made the token budget smaller."""
        if (budget := self._learner.token_budget) < before:
            # The write may wait for disk space. That wait must not count into the rate of any step.
            self._recorder.flush()
            self._events.write(MemoryShort(step=self.step, before=before, token_budget=budget))

    def _save(self, boundary: Boundary) -> None:
        # First, or the events of a run that resumes from this checkpoint would lack its last steps.
        self._recorder.flush()
        state = self._stopping.state
        state.evaluation_due = boundary.evaluate
        state.evaluation_requested = boundary.evaluate and boundary.evaluation_requested
        self._saver.save(
            self.step,
            optimizer=self._learner.optimizer,
            inference=self._validator.inference,
            random=RandomState.now(self._learner.device),
            stopping=state,
        )

    def _save_interrupted(self) -> None:
        """Save what was trained up to the last whole step, if this process has trained one."""
        if self._random is not None:
            self._learner.drop_gradients()
            set_torch_random_state(self._learner.device, self._random)
            self._report_checkpoint(wait=True)
            self._save(self._boundary)

    def _report_checkpoint(self, *, wait: bool) -> None:
        """Write the event of a completed checkpoint; `wait` for the one that is being written."""
        written = self._saver.wait() if wait else self._saver.poll()
        if written is not None:
            self._events.write(
                Checkpoint(
                    step=written.step, is_best=written.is_best, bytes=written.bytes, seconds=written.seconds
                ),
                durable=True,
            )

    @property
    def _epoch(self) -> float:
        """Epochs trained so far."""
        whole, batches = divmod(self.step - 1, len(self._learner.order))
        return whole + (batches + 1) / len(self._learner.order)
