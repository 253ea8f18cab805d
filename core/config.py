"""RunConfig: everything a run can be asked, with its defaults, read from and written to TOML.

The defaults are those of the notebook that people start from; what is None is derived from the data or the
model when the run is planned.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from core.problems import Problem

Metric = Literal["accuracy", "macro_f1", "loss"]
Precision = Literal["auto", "bf16", "fp32"]
Compile = Literal["auto", "on", "off"]


class Section(BaseModel):
    """A table of the TOML file. Unknown keys are errors; the docstring under a field is its help text."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        str_strip_whitespace=False,
        protected_namespaces=(),
        allow_inf_nan=False,
    )


class DataConfig(Section):
    """Where texts and labels come from."""

    train: str = ""
    """Training data: a file, a folder with train/validation/test files, or a data set of the Hub."""
    validation: str | None = None
    """Validation file; without one, a part of the training data is set aside."""
    test: str | None = None
    """Test file, used once, at the end."""
    text_column: str | None = None
    """Column with the texts; found by itself when not given."""
    label_column: str | None = None
    """Column with the labels; found by itself when not given."""
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
    """Longest text in tokens; what is beyond is cut off."""
    vocabulary: int = Field(16_000, ge=300, le=250_000)
    """Of cnn and rnn: so many tokens at most are learnt from the training texts."""
    tokenizer: str | None = None
    """Of cnn and rnn: take that of an encoder (minilm, a folder, a model of the Hub) instead."""


def _numbers(value: Any) -> Any:
    """A list that was typed: numbers with commas between them."""
    return value.strip("[] ").split(",") if isinstance(value, str) else value


class CnnSection(Section):
    """The network of `--model cnn`: filters over word vectors, the highest answer of each is kept."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Numbers in a word vector."""
    filters: int = Field(128, ge=1, le=8192)
    """Filters of each width."""
    widths: Annotated[list[Annotated[int, Field(ge=1, le=64)]], BeforeValidator(_numbers)] = [2, 3, 4, 5]
    """Widths of the filters in tokens."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout of the word vectors and of what the filters give."""


class RnnSection(Section):
    """The network of `--model rnn`: cells that read word vectors one after the other."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Numbers in a word vector."""
    cell: Literal["tanh", "gru", "lstm"] = "gru"
    """Kind of the cell; tanh is the plain one."""
    hidden_size: int = Field(128, ge=1, le=8192)
    """Numbers in the state of a cell."""
    layers: int = Field(1, ge=1, le=16)
    """Cells on top of each other."""
    bidirectional: bool = True
    """Read backwards as well."""
    pooling: Literal["last", "max"] = "max"
    """What stands for a text: the last state of each direction, or the highest of all states."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout of the word vectors, between layers, and of what stands for the text."""


class TrainingConfig(Section):
    """How long and how fast is learned."""

    learning_rate: float | None = Field(None, gt=0.0, le=1.0)
    """Peak learning rate; the model's own by default (3e-5 for BERT)."""
    train_batch_size: int = Field(8, ge=1)
    """Texts in one training step."""
    eval_batch_size: int | None = Field(None, ge=1)
    """Texts that are evaluated at once; by default as many as the device computes best."""
    max_steps: int | None = Field(None, ge=1)
    """Length of training in steps; derived from the data when neither steps nor epochs are given."""
    epochs: float | None = Field(None, gt=0.0)
    """Length of training in passes over the training data."""
    eval_steps: int | None = Field(None, ge=1)
    """Evaluate, checkpoint and decide on stopping every so many steps; derived when not given."""
    warmup: float = Field(0.06, ge=0.0, lt=1.0)
    """Share of the steps over which the learning rate rises to its peak."""
    weight_decay: float = Field(0.01, ge=0.0)
    """Weight decay of AdamW."""
    seed: int = Field(42, ge=0, lt=2**32)
    """Seed of the data order, the split, dropout and the new classifier layer."""
    precision: Precision = "auto"
    """bf16 autocast where the device has it natively (auto), always bf16, or fp32. Weights stay fp32."""
    attention_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] | Literal["model"] = 0.0
    """Dropout of the attention probabilities, or as much as the `model` has: any makes steps much slower."""
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

    metric: Metric = "accuracy"
    """Validation metric that selects the best checkpoint and decides on stopping."""
    patience: int = Field(5, ge=1)
    """Stop after so many evaluations in a row without a new best."""
    min_delta: float = Field(0.0, ge=0.0)
    """By how much a new best must beat the old one."""


class OutputConfig(Section):
    """Where the run is kept."""

    runs_dir: str = "runs"
    """Folder that holds the run directories."""
    name: str | None = None
    """Name of the run; made from data and model when not given."""


class RunConfig(Section):
    """Everything that was asked of a run. `config.toml` of a run directory is one of these."""

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    cnn: CnnSection = CnnSection()
    rnn: RnnSection = RnnSection()
    training: TrainingConfig = TrainingConfig()
    stopping: StoppingConfig = StoppingConfig()
    output: OutputConfig = OutputConfig()

    @property
    def split_seed(self) -> int:
        """Decides which rows are set aside for validation."""
        return self.training.seed if self.data.split_seed is None else self.data.split_seed

    def to_toml(self) -> str:
        """The configuration as TOML; fields that are None and networks that are not trained are left out."""
        others = {"cnn", "rnn"} - {self.model.name}
        return tomli_w.dumps(self.model_dump(exclude_none=True, exclude=others))


Values = dict[str, dict[str, Any]]


def build_config(*layers: Values) -> RunConfig:
    """Lay partial configurations over each other, later ones winning, and check the result.

    A layer that sets one of `max_steps` and `epochs` takes the other away from the layers below it.

    Raises:
        Problem: a section or key that does not exist, or a value that is not allowed; all are named.
    """
    merged: Values = {}
    for layer in layers:
        for section, values in layer.items():
            target = merged.setdefault(section, {})
            if not isinstance(values, dict):
                raise Problem(f"{section!r} is not a section", where="configuration", mend=_known_sections())
            if section == "training":
                given = {key for key in ("max_steps", "epochs") if values.get(key) is not None}
                if len(given) == 1:
                    target.pop("epochs" if "max_steps" in given else "max_steps", None)
            target.update(values)
    try:
        return RunConfig.model_validate(merged)
    except ValidationError as error:
        raise _problem(error) from None


def read_config(path: Path) -> Values:
    """Read a TOML configuration file as one layer for `build_config`.

    Raises:
        Problem: the file is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem("there is no such configuration file", where=str(path)) from None
    except OSError as error:
        raise Problem(f"it cannot be read ({error.strerror})", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"this is not valid TOML ({error})", where=str(path)) from None


def parse_setting(setting: str) -> Values:
    """One `section.key=value` as a layer for `build_config`. The value is read as TOML, else taken as text.

    Raises:
        Problem: the setting has no section, key or value.
    """
    path, separator, raw = setting.partition("=")
    section, dot, key = path.strip().partition(".")
    if not (separator and dot and section and key):
        raise Problem(
            f"{setting!r} is not a setting",
            where="--set",
            mend="Write section.key=value, for example training.warmup=0.1.",
        )
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    return {section: {key: value}}


def _known_sections() -> str:
    return "The sections are " + ", ".join(RunConfig.model_fields) + "."


def _problem(error: ValidationError) -> Problem:
    details, mend = [], ""
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            kind = "setting" if len(item["loc"]) > 1 else "section"
            details.append(f"{where} is not a {kind}")
            mend = _known_keys(item["loc"])
        else:
            given = "" if isinstance(item["input"], dict) else f" (it is {item['input']!r})"
            details.append(f"{where}: {item['msg'].removeprefix('Value error, ')}{given}")
    return Problem("; ".join(details), where="configuration", mend=mend)


def _known_keys(location: tuple[int | str, ...]) -> str:
    field = RunConfig.model_fields.get(str(location[0]))
    if len(location) < 2 or field is None or field.annotation is None:
        return _known_sections()
    return f"Settings of {location[0]} are " + ", ".join(field.annotation.model_fields) + "."
