"""One training run, from its plan to the sealed model and the report on the test split."""

import os
import socket

import numpy as np
from transformers import set_seed
from transformers.modeling_utils import PreTrainedModel
from transformers.utils import logging

from core.config import RunConfig
from core.data.splits import DataSplits
from core.devices import allow_tf32
from core.devices.memory import free_unused_memory
from core.models.catalog import ModelSource
from core.models.inference_settings import InferenceSettings
from core.models.layouts import Layout
from core.models.loading import load_classifier
from core.models.padding_free import choose_layout, pick_parity_texts
from core.models.training_layers import (
    set_initial_biases,
    train_used_embeddings,
    use_fast_dropout,
)
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import SavedCheckpoint
from core.runs.commands import CommandReader
from core.runs.directory import RunDirectory
from core.runs.disk_space import WaitingEventWriter
from core.runs.events import EndReason, RunStarted, Stage, Warned
from core.runs.history import read_outline
from core.runs.termination import Terminated, Termination
from core.training import compiling, environment
from core.training.building import build_trainer
from core.training.course import Course
from core.training.faults import NotFiniteError, roll_back
from core.training.finishing import finish
from core.training.keeping import KeepingCallback, checkpoint_event, read_stopping_state
from core.training.losses import label_shares
from core.training.planning import Prepared, prepare, with_warnings_of
from core.training.probing import ProbingCallback
from core.training.progress import ProgressCallback, StepRecorder
from core.training.rehearsal import find_token_budget
from core.training.resuming import Start, find_start
from core.training.saving import CheckpointSaver
from core.training.steering import Standing, SteeringCallback
from core.training.stopping import EarlyStopping, StoppingState
from core.training.trainer import ClassifierTrainer, Workings
from core.upstream.transformers import word_embeddings_of


class TrainingRun:
    """The work of a trainer process that holds the lock of `run`."""

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
        self._disk_space = events.disk_space
        # Where it lies now: it may have been moved since it was begun.
        place = config.output.model_copy(update={"runs_dir": str(run.path.parent)})
        self._config = config.model_copy(update={"output": place})
        self._splits = splits
        self._resume = resume
        self._commands = commands
        self._termination = termination
        self._standing = Standing()

    def train(self) -> None:
        """Plan, rehearse, train, seal the best model, report on the test split.

        Raises:
            Problem: the run cannot work.
        """
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        found = find_start(self._run, self._tell) if self._resume else Start()
        while (fault := self._train_from(found)) is not None:
            found = find_start(self._run, self._tell)
            on_nan, history = self._config.training.on_nan, read_outline(self._run)
            roll_back(fault, found.step, history, self._events, on_nan=on_nan)
            self._resume = True
            # Its model and optimizer go first: the device may not hold them twice.
            self._disk_space.on_end, self._disk_space.is_cancelled = (
                lambda: None,
                lambda: self._termination.is_asked,
            )
            free_unused_memory()

    def _train_from(self, found: Start) -> NotFiniteError | None:
        """Train from there to the end; what went wrong if the run must go back."""
        start = found.checkpoint
        prepared = self._prepare(start)
        self._disk_space.write("environment.json", lambda: environment.record(self._run, prepared))
        set_seed(prepared.plan.seed)
        model = self._load(prepared)
        if start is None and prepared.plan.is_multi_label:
            set_initial_biases(model, label_shares(prepared))
        layout, token_budget = self._fit(prepared, model)

        course = self._course(prepared)
        stopping = _early_stopping(prepared, start)
        stopping.follow(course.plan(found.step))
        self._announce(prepared, course, found, stopping, token_budget)
        trainer, steering = self._build(prepared, course, start, model, layout, token_budget, stopping)
        is_trained = start is not None and start.step >= course.plan(start.step).max_steps
        if stopping.state.evaluation_due or not (stopping.has_run_out or is_trained):
            # The loop has a way of its own to end early, at the end of a step.
            self._termination.interrupts = False
            # Dropout and data order begin anew here: the rehearsal has used random numbers up.
            set_seed(prepared.plan.seed)
            try:
                trainer.train_from(start.path if start else None)
            except NotFiniteError as fault:
                return fault.with_traceback(None)  # which holds the weights
            if self._termination.is_asked:
                steering.stopped = True
                if not checkpoints.complete(self._run):
                    raise Terminated  # nothing is trained that could be kept
        step = trainer.state.global_step or found.step
        reason: EndReason = "finished"
        if steering.stopped:
            reason = "stopped"
        elif stopping.has_run_out and step < course.plan(step).max_steps:
            reason = "early_stopped"
        finish(self._run, self._events, prepared, trainer, reason, step, self._tell)
        return None

    def _prepare(self, start: SavedCheckpoint | None) -> Prepared:
        """The plan. A run that goes on has its model in its checkpoint, wherever that once came from."""
        plan = read_outline(self._run).plan
        if start is None or plan is None:
            return prepare(self._config, self._splits, self._tell)
        kept_bytes = sum(path.stat().st_size for path in self._run.checkpoints.rglob("*") if path.is_file())
        source = ModelSource(
            plan.model, str(start.path), plan.learning_rate, is_folder=True, is_checkpoint=True
        )
        return prepare(self._config, self._splits, self._tell, source=source, kept_bytes=kept_bytes)

    def _load(self, prepared: Prepared) -> PreTrainedModel:
        """The model on its device, with as little as possible to train and to draw in a step."""
        self._tell("loading model")
        allow_tf32(prepared.device)
        plan, dropout = prepared.plan, _attention_dropout(self._config)
        model = load_classifier(prepared.source, plan.labels, dropout, is_multi_label=plan.is_multi_label)
        model.to(prepared.plan.device)  # type: ignore[arg-type]
        _train_only_used_words(prepared, model)
        if prepared.plan.device == "cpu":
            use_fast_dropout(model)
        return model

    def _fit(self, prepared: Prepared, model: PreTrainedModel) -> tuple[Layout, int]:
        """How the model takes texts, and how many tokens the device holds at once; both are tried."""
        self._tell("rehearsing")
        plan, tokens = prepared.plan, prepared.encoded["train"].tokens.rows
        bf16 = plan.precision == "bf16"
        few, pad_id = pick_parity_texts(tokens.lengths), prepared.tokenizer.pad_token_id or 0
        rows, types = [tokens[index] for index in few], tokens.types_of(few)
        layout, obstacle = choose_layout(model, pad_id, rows, bf16=bf16, types=types)
        if obstacle:
            self._events.write(Warned(message=f"Texts are padded, which is slower: {obstacle}."))
        if compiling.is_worth_it(self._config.training.compile, plan.device, plan.max_steps):
            self._tell("compiling")
            compiling.compile_layers(model)
        known = read_outline(self._run).token_budget if self._resume else None
        return layout, find_token_budget(prepared, model, layout, known)

    def _tell(self, stage: str) -> None:
        self._termination.check()
        self._events.write(Stage(name=stage))

    def _announce(
        self, prepared: Prepared, course: Course, start: Start, stopping: EarlyStopping, token_budget: int
    ) -> None:
        resumed_from = start.step if self._resume else None
        plan = with_warnings_of(prepared.plan, course.plan(start.step))
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
        known = {checkpoint.step for checkpoint in read_outline(self._run).checkpoints}
        if start.checkpoint is not None and start.step not in known:
            # Its trainer was killed before it could tell.
            self._events.write(checkpoint_event(start.checkpoint), durable=True)

    def _course(self, prepared: Prepared) -> Course:
        training, history = self._config.training, read_outline(self._run)
        warmup_steps = int(training.warmup * prepared.plan.max_steps)
        return Course(prepared.plan, training.schedule, warmup_steps, list(history.changes))

    def _build(
        self,
        prepared: Prepared,
        course: Course,
        start: SavedCheckpoint | None,
        model: PreTrainedModel,
        layout: Layout,
        token_budget: int,
        stopping: EarlyStopping,
    ) -> tuple[ClassifierTrainer, SteeringCallback]:
        recorder = StepRecorder(self._events)
        plan = prepared.plan
        unfitted = InferenceSettings.of(
            len(plan.labels),
            is_multi_label=plan.is_multi_label,
            long_text=plan.long_text,
            pairs=plan.pairs,
        )
        inference = InferenceSettings.read(start.path) if start else unfitted
        saver = CheckpointSaver(self._run, model, prepared.tokenizer, inference, self._disk_space)
        answered = read_outline(self._run).acknowledged
        steering = SteeringCallback(
            self._commands,
            self._events,
            recorder,
            course,
            stopping,
            self._termination,
            obeyed=answered,
            standing=self._standing,
        )
        examples = len(prepared.encoded["validation"])
        keeping = KeepingCallback(self._events, stopping, steering, saver, self._disk_space, examples)
        probing = ProbingCallback(self._run, self._events, prepared, layout, saver)
        callbacks = [ProgressCallback(recorder), steering, keeping, probing]
        workings = Workings(
            prepared,
            course,
            layout,
            token_budget,
            recorder,
            saver,
            self._events,
            self._termination,
        )
        trainer = build_trainer(self._run, model, workings, callbacks)
        self._disk_space.on_end = recorder.restart
        self._disk_space.is_cancelled = steering.is_asked_to_end
        trainer.catch_up, steering.trainer = keeping.catch_up, trainer
        return trainer, steering


def _train_only_used_words(prepared: Prepared, model: PreTrainedModel) -> None:
    """Leave out of training the word vectors that the training texts do not use.

    Raises:
        Problem: the model has no vector for a token that some split has.
    """
    table = word_embeddings_of(model)
    if table is None:
        return
    used = {name: split.tokens.used_ids for name, split in prepared.encoded.items()}
    for name, words in used.items():
        if words[-1] >= table.num_embeddings:
            raise Problem(
                f"token {prepared.tokenizer.convert_ids_to_tokens(int(words[-1]))!r} of the {name} split "
                f"has no vector: the model knows {table.num_embeddings:,} tokens, its tokenizer more",
                where=prepared.plan.model,
                mend="Save the model again after `model.resize_token_embeddings(len(tokenizer))`.",
            )
    words = np.union1d(used["train"], prepared.tokenizer.pad_token_id or 0)
    # Padding without a vector cannot be read, and packed texts have none.
    train_used_embeddings(model, words[words < table.num_embeddings])


def _attention_dropout(config: RunConfig) -> float | None:
    asked = config.training.attention_dropout
    return None if asked == "model" else asked


def _early_stopping(prepared: Prepared, start: SavedCheckpoint | None) -> EarlyStopping:
    plan = prepared.plan
    return EarlyStopping(
        metric=plan.metric,
        patience=plan.patience,
        min_delta=prepared.config.stopping.min_delta,
        greater_is_better=plan.greater_is_better,
        eval_steps=plan.eval_steps,
        max_steps=plan.max_steps,
        patience_from=plan.patience_from,
        state=read_stopping_state(start.path) if start else StoppingState(),
    )
