"""The tables of a configuration: data, model, training, stopping, output."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.config.section import Section
from core.text.long_text import LongText

Metric = Literal["auto", "accuracy", "macro_f1", "micro_f1", "loss"]
Precision = Literal["auto", "bf16", "fp32"]
OnNan = Literal["stop", "rollback"]
Compile = Literal["auto", "on", "off"]
Schedule = Literal["linear", "constant"]
ClassWeights = Literal["none", "balanced"]
# Of what is counted, so that every figure that comes of it is one that can be kept.
MOST = 10**9


class DataConfig(Section):
    """Where texts and labels come from."""

    train: str = ""
    """Training data: a file, a folder with train/validation/test files, or a data set of the Hub."""
    validation: str | None = None
    """Validation file; without one, a part of the training data is set aside."""
    test: str | None = None
    """Test file, used once, at the end."""
    text_column: str | None = None
    """Column with the texts; found by itself when not given. Two with a comma between are read together."""
    label_column: str | None = None
    """Column with the labels; found by itself when not given."""
    label_delimiter: str | None = Field(None, min_length=1)
    """Divides the labels of a text that can have several (joy,love); lists of labels need none."""
    encoding: str | None = None
    """Encoding of text files that are neither UTF-8 nor UTF-16 (for example cp1252)."""
    validation_fraction: float = Field(0.1, gt=0.0, lt=1.0)
    """Share of the training data set aside for validation when there is no validation split."""
    validation_limit: int = Field(2000, ge=1)
    """No more rows than about this are set aside: more would tell little and cost much."""
    split_seed: int | None = Field(None, ge=0, lt=2**32)
    """Decides which rows are set aside; by default the seed of the training does."""
    drop_bad_rows: bool = False
    """Go on without rows whose text or label is empty."""
    subset: str | None = None
    """Which configuration of a Hub data set (for example sst2 of glue)."""


class ModelConfig(Section):
    """What is trained: an encoder is fine-tuned, a `cnn` or an `rnn` begins from nothing."""

    name: str = "bert-base-cased"
    """A model of the Hub, a folder on disk, minilm, cnn or rnn."""
    max_length: int = Field(512, ge=8, le=8192)
    """Longest text in tokens that is read at once."""
    long_text: LongText = "head"
    """Of longer texts read the head, the tail, head-tail (a quarter of the head) or overlapping windows."""
    vocabulary: int = Field(16_000, ge=300, le=250_000)
    """Of cnn and rnn: so many tokens at most are learnt from the training texts."""
    tokenizer: str | None = None
    """Of cnn and rnn: take that of an encoder (minilm, a folder, a model of the Hub) instead."""


class TrainingConfig(Section):
    """How long and how fast is learned."""

    learning_rate: float | None = Field(None, gt=0.0, le=1.0)
    """Peak learning rate; the model's own by default (3e-5 for BERT)."""
    train_batch_size: int = Field(8, ge=1, le=MOST)
    """Texts in one training step."""
    eval_batch_size: int | None = Field(None, ge=1, le=MOST)
    """Texts that are evaluated at once; by default as many as the device computes best."""
    max_steps: int | None = Field(None, ge=1, le=MOST)
    """Length of training in steps; derived from the data when neither steps nor epochs are given."""
    epochs: float | None = Field(None, gt=0.0, le=1e6)
    """Length of training in passes over the training data."""
    eval_steps: int | None = Field(None, ge=1, le=MOST)
    """Evaluate, checkpoint and decide on stopping every so many steps; derived when not given."""
    warmup: float = Field(0.06, ge=0.0, lt=1.0)
    """Share of the steps over which the learning rate rises to its peak."""
    schedule: Schedule = "linear"
    """What the learning rate does then: it falls to zero (linear), or stays (constant)."""
    weight_decay: float = Field(0.01, ge=0.0)
    """Weight decay of AdamW."""
    class_weights: ClassWeights = "none"
    """balanced: texts with rare labels count for more in the training loss."""
    seed: int = Field(42, ge=0, lt=2**32)
    """Seed of the data order, the split, dropout and the new classifier layer."""
    precision: Precision = "auto"
    """bf16 autocast where the device has it natively (auto), always bf16, or fp32. Weights stay fp32."""
    attention_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] | Literal["model"] = 0.0
    """Dropout of the attention probabilities, or as much as the `model` has: any makes steps much slower."""
    on_nan: OnNan = "rollback"
    """What a loss that is no number does: it ends the run (stop), or sends it back to the last checkpoint, at
    most twice, with half the learning rate (rollback)."""
    compile: Compile = "auto"
    """torch.compile of the layers, on a GPU only: for long runs (auto), always, or never."""
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda|cuda:\d+)$")
    """auto, cpu, cuda or cuda:N."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.max_steps is not None and self.epochs is not None:
            raise ValueError("give max_steps or epochs, not both")
        return self


class StoppingConfig(Section):
    """When training ends before its time."""

    metric: Metric = "auto"
    """Validation metric that selects the best checkpoint: accuracy, or macro F1 of sets of labels (auto)."""
    patience: int = Field(5, ge=1, le=MOST)
    """Stop after so many evaluations in a row without a new best."""
    start_from: int | None = Field(None, ge=0, le=MOST)
    """Evaluations before this step use no patience; derived from the length when not given."""
    min_delta: float = Field(0.0, ge=0.0)
    """By how much a new best must beat the old one."""


class OutputConfig(Section):
    """Where the run is kept."""

    runs_dir: str = "runs"
    """Folder that holds the run directories."""
    name: str | None = None
    """Name of the run; made from data and model when not given."""
    disk_wait: float = Field(3600.0, ge=0.0, le=MOST)
    """Seconds for which a run whose disk is full waits for room before it ends."""
