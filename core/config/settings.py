"""Every setting of a run. The docstring under a field is its help text in the form and in `--help`."""

import re
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.config.data_names import check_without_secrets
from core.text.long_text import LongText

Metric = Literal["auto", "accuracy", "macro_f1", "micro_f1", "loss"]
Precision = Literal["auto", "bf16", "fp32"]
OnNan = Literal["stop", "rollback"]
Compile = Literal["auto", "on", "off"]
Schedule = Literal["linear", "constant"]
ClassWeights = Literal["none", "balanced"]
HeadChoice = Literal["auto", "new", "keep"]

FROM_SCRATCH = ("cnn", "rnn")
"""Models that are trained from scratch, by name."""
MINILM = "minilm"
"""Name of the encoder that the extra `minilm` installs."""
_MAX_COUNT = 10**9  # keeps every number derived from a count representable


class Section(BaseModel):
    """A table of the TOML file. Unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        str_strip_whitespace=False,
        protected_namespaces=(),
        allow_inf_nan=False,
    )


def _words(value: Any) -> Any:
    """Split a typed list of names at its commas."""
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


def _pairs(value: Any) -> Any:
    """Split typed pairs, as in `old=new, older=new`; a list of such pairs is joined."""
    pairs = value.split(",") if isinstance(value, str) else value
    if not isinstance(pairs, list):
        return value
    divided = [str(pair).partition("=") for pair in pairs if str(pair).strip()]
    if not all(equals and old.strip() and new.strip() for old, equals, new in divided):
        raise ValueError("must be pairs as in old=new")
    return {old.strip(): new.strip() for old, _, new in divided}


_DELIMITER = re.compile(r"""[^\0\r\n"'\\] ?|(?=\S*[^\w\s])[^\0\s"'\\,;]{2,9}""")


def _delimiter(value: Any) -> Any:
    """A delimiter, also by its name: what cannot be typed on a command line, or is awkward to."""
    names = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
    found = names.get(value, value) if isinstance(value, str) else value
    if isinstance(found, str) and not _DELIMITER.fullmatch(found):
        raise ValueError("must be one character or tab, or a sign of several as :::, and no quote")
    return found


Names = Annotated[list[str], BeforeValidator(_words)]
Quote = Literal['"', "'", '\\"', "none"]
"""Encloses cells that contain the delimiter. `\\"`: double quotes, escaped inside a cell by a backslash."""


class ReadingConfig(Section):
    """How rows are read. What is None is detected."""

    text_column: str | None = None
    """Column with the texts, detected if not given. FIRST,SECOND names two columns: text pairs. A number
    names a column of a file without a header."""
    encoding: str | None = None
    """Encoding of text files that are neither UTF-8 nor UTF-16, for example cp1252."""
    delimiter: Annotated[str | None, BeforeValidator(_delimiter)] = None
    """Delimiter between the cells of a row: one character, or tab. A space may follow it: then a space after
    the delimiter is not part of the cells. Or a sign of several characters, as :::. Detected if not given."""
    quote: Quote | None = None
    """Quote around cells: ", ', \\" (escaped in a cell by a backslash), or none. Detected if not given."""
    header: bool | None = None
    """Whether the first row holds the column names. Detected if not given."""
    columns: Names | None = None
    """Column names of a file without a header, separated by commas."""
    skip_rows: int | None = Field(None, ge=0, le=_MAX_COUNT)
    """Lines above the header to skip. Detected if not given."""
    subset: str | None = None
    """Configuration of a data set, for example sst2 of glue; or sheet of a workbook."""
    drop_bad_rows: bool = False
    """Skip rows with an empty text or label, and lines that cannot be decoded."""


class DataConfig(ReadingConfig):
    """Data files, columns and splits."""

    train: str = ""
    """Training data: a file, several (a pattern, or names with commas), a folder, a URL, or a data set on the
    Hub."""
    validation: str | None = None
    """Validation file. Without one, a share of the training data is held out."""
    test: str | None = None
    """Test file. Used once, after training, with the best checkpoint."""
    label_column: str | None = None
    """Column with the labels, detected if not given. FIRST,SECOND,… names a column of 0 and 1 per label."""
    split_column: str | None = None
    """Column that names the split of each row: train, validation or test; none: all rows are of one split.
    Detected if not given."""
    label_delimiter: str | None = Field(None, min_length=1)
    """Delimiter between the labels of a multi-label cell, as in joy,love; none: a text is one label, whatever
    it looks like. Detected if not given; not needed for lists."""
    multi_label: bool | None = None
    """Whether a text can have several labels or none. Detected if not given."""
    label_names: Names | None = None
    """Names of the labels 0, 1, 2, …, separated by commas."""
    merge_labels: Annotated[dict[str, str], BeforeValidator(_pairs)] = Field({})
    """Labels to count as others: old=new, separated by commas."""
    drop_labels: Annotated[list[str], BeforeValidator(_words)] = Field([])
    """Labels whose rows are dropped, separated by commas: for example -1, where it stands for no label."""
    min_label_examples: int = Field(1, ge=1, le=_MAX_COUNT)
    """Drop labels with fewer training examples than this."""
    validation_fraction: float = Field(0.1, gt=0.0, lt=1.0)
    """Share of the training data to hold out if there is no validation split."""
    validation_limit: int = Field(2000, ge=1)
    """Approximate maximum number of rows to hold out."""
    split_seed: int | None = Field(None, ge=0, lt=2**32)
    """Seed that selects the held-out rows. Default: the training seed."""


class ModelConfig(Section):
    """The model: a pre-trained encoder to fine-tune, or a CNN or RNN trained from scratch."""

    name: str = "bert-base-cased"
    """A model on the Hub, a local folder, the folder of a run, minilm, cnn or rnn."""
    max_length: int | None = Field(None, ge=8, le=8192)
    """Maximum length of a text in tokens. Default: 512, or that of the run which trained the model."""
    long_text: LongText = "head"
    """Part of a longer text to read: head, tail, head-tail (a quarter from the head), or windows (all of it,
    in overlapping windows)."""
    head: HeadChoice = "auto"
    """Output layer of a model that is a classifier already: its rows for equal label names (auto), a new one
    (new), or all its rows in their order, whatever their names (keep)."""
    vocabulary: int | None = Field(None, ge=300, le=250_000)
    """Maximum vocabulary size, learned from the training texts (cnn and rnn). Default: by the amount of text,
    500 to 16,000."""
    tokenizer: str | None = None
    """Encoder whose tokenizer to use instead: minilm, a folder, or a model on the Hub (cnn and rnn)."""


def _numbers(value: Any) -> Any:
    """Split a typed list at its commas."""
    return value.strip("[] ").split(",") if isinstance(value, str) else value


class CnnSection(Section):
    """The model `cnn`: convolutions over word embeddings, max-pooled over the text."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Size of the word embeddings."""
    filters: int = Field(128, ge=1, le=8192)
    """Number of filters of each width."""
    widths: Annotated[list[Annotated[int, Field(ge=1, le=64)]], BeforeValidator(_numbers)] = Field(
        [2, 3, 4, 5]
    )
    """Filter widths in tokens."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout after the word embeddings and after pooling."""
    initializer_range: float = Field(0.02, gt=0.0, le=10.0)
    """Standard deviation of the initial word embeddings. PyTorch's default of 1 learns slowly."""


class RnnSection(Section):
    """The model `rnn`: a recurrent network over word embeddings."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Size of the word embeddings."""
    cell: Literal["tanh", "gru", "lstm"] = "gru"
    """Recurrent cell: tanh (plain RNN), gru or lstm."""
    hidden_size: int = Field(128, ge=1, le=8192)
    """Size of the hidden state."""
    layers: int = Field(1, ge=1, le=16)
    """Number of stacked layers."""
    bidirectional: bool = True
    """Read the text in both directions."""
    pooling: Literal["last", "max"] = "max"
    """Text representation: the last state of each direction, or the maximum over all states."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout after the word embeddings, between layers and after pooling."""
    initializer_range: float = Field(0.1, gt=0.0, le=10.0)
    """Standard deviation of the initial word embeddings. PyTorch's default of 1 learns slowly."""


class TrainingConfig(Section):
    """Optimizer, schedule, length and device."""

    learning_rate: float | None = Field(None, gt=0.0, le=1.0)
    """Peak learning rate. Default: depends on the model (3e-5 for BERT)."""
    train_batch_size: int = Field(8, ge=1, le=_MAX_COUNT)
    """Texts per training step."""
    eval_batch_size: int | None = Field(None, ge=1, le=_MAX_COUNT)
    """Texts per evaluation batch. Default: the fastest for the device."""
    max_steps: int | None = Field(None, ge=1, le=_MAX_COUNT)
    """Length of the training in steps. Without max_steps and epochs, derived from the data."""
    epochs: float | None = Field(None, gt=0.0, le=1e6)
    """Length of the training in passes over the training data."""
    eval_steps: int | None = Field(None, ge=1, le=_MAX_COUNT)
    """Evaluation interval: steps between evaluations, each with a checkpoint. Derived if not given."""
    warmup: float = Field(0.06, ge=0.0, lt=1.0)
    """Share of the steps over which the learning rate rises to its peak."""
    schedule: Schedule = "linear"
    """Learning rate after the warm-up: decays to zero (linear) or stays (constant)."""
    weight_decay: float = Field(0.01, ge=0.0)
    """Weight decay of AdamW."""
    class_weights: ClassWeights = "none"
    """balanced: weigh rare labels more in the training loss."""
    seed: int = Field(42, ge=0, lt=2**32)
    """Seed for the data order, the validation split, dropout and the classification head."""
    precision: Precision = "auto"
    """bf16 autocast if the device supports it natively (auto), bf16, or fp32. Weights stay fp32."""
    attention_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] | Literal["model"] = 0.0
    """Dropout of the attention probabilities; model: as the model was pre-trained. Above 0, steps are much
    slower."""
    on_nan: OnNan = "rollback"
    """If the loss is NaN or infinite: end the run (stop), or return to the last checkpoint with half the
    learning rate, at most twice (rollback)."""
    compile: Compile = "auto"
    """torch.compile, on a GPU only: for long runs (auto), on, or off."""
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda|cuda:\d+)$")
    """auto, cpu, cuda or cuda:N."""

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if self.max_steps is not None and self.epochs is not None:
            raise ValueError("give max_steps or epochs, not both")
        return self


class StoppingConfig(Section):
    """Best checkpoint and early stopping."""

    metric: Metric = "auto"
    """Validation metric that selects the best checkpoint; auto: accuracy, or macro F1 if multi-label."""
    early_stopping: bool = True
    """End training before its planned end when validation no longer improves."""
    patience: int | None = Field(None, ge=1, le=_MAX_COUNT)
    """Stop after this many evaluations in a row without a new best. Default: 5, but at least an epoch."""
    start_from: int | None = Field(None, ge=0, le=_MAX_COUNT)
    """First step at which evaluations count towards patience. Default: after an epoch and half of the run."""
    min_delta: float = Field(0.0, ge=0.0)
    """Minimum improvement that counts as a new best."""


class OutputConfig(Section):
    """Where the run is kept."""

    runs_dir: str = "runs"
    """Folder of the run directories."""
    name: str | None = None
    """Name of the run. Default: made from data and model."""
    disk_wait: float = Field(3600.0, ge=0.0, le=_MAX_COUNT)
    """Seconds to wait for disk space before the run ends."""


class RunConfig(Section):
    """The configuration of a run, as in `config.toml` of its directory."""

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    cnn: CnnSection = CnnSection()
    rnn: RnnSection = RnnSection()
    training: TrainingConfig = TrainingConfig()
    stopping: StoppingConfig = StoppingConfig()
    output: OutputConfig = OutputConfig()

    @property
    def split_seed(self) -> int:
        """Seed that selects the rows held out for validation."""
        return self.training.seed if self.data.split_seed is None else self.data.split_seed

    def to_toml(self) -> str:
        """The configuration as TOML, without fields that are None and untouched sections of other models.

        Raises:
            Problem: data are named by a URL with a secret.
        """
        for name in filter(None, (self.data.train, self.data.validation, self.data.test)):
            check_without_secrets(name)
        others = {
            name
            for name in FROM_SCRATCH
            if name != self.model.name and getattr(self, name) == type(getattr(self, name))()
        }
        return tomli_w.dumps(self.model_dump(exclude_none=True, exclude=others))
