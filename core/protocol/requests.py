"""The requests that the engine service answers: one struct for each method, with the type of its result.

The fields of a struct are the `params` of the message. Configurations are pydantic models in Python and JSON
objects on the wire.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import msgspec

from core.config import DataConfig, ReadingConfig, RunConfig
from core.protocol.comparison import Comparison
from core.protocol.data import DataReport, FindingRows, Inspection
from core.protocol.evaluation import EvaluationReport, JudgedTexts
from core.protocol.predictions import Explanation, FilePredictions, Predictions
from core.protocol.report import DoctorReport, RunReport
from core.runs.checkpoints import Which
from core.runs.plan import Plan

AnswerT = TypeVar("AnswerT", bound=msgspec.Struct, covariant=True)

Count = Annotated[int, msgspec.Meta(ge=0)]
OwnSplit = Literal["test", "validation"]
"""A split of the run that can be evaluated."""


class Request(msgspec.Struct, Generic[AnswerT], frozen=True, forbid_unknown_fields=True):
    """A request whose result is an `AnswerT`.

    Fields that several requests share: `run` is the path of a run directory, `which` one of its checkpoints,
    and `device` is `auto`, `cpu`, `cuda` or `cuda:N`.
    """

    method: ClassVar[str]


class InspectData(Request[Inspection], frozen=True):
    """Columns, labels and first rows of a data source."""

    method: ClassVar[str] = "inspect"
    data: DataConfig


class PlanRun(Request[Plan], frozen=True):
    """The plan of a run with this configuration."""

    method: ClassVar[str] = "plan"
    config: RunConfig


class CheckData(Request[DataReport], frozen=True):
    """A report on the data of a configuration, with lengths in tokens of its model's tokenizer."""

    method: ClassVar[str] = "check"
    config: RunConfig
    label_errors: bool = False
    """Also look for label errors, which takes longer than all other checks together."""


class ReadRows(Request[FindingRows], frozen=True):
    """Rows of one finding of `CheckData`, with their texts."""

    method: ClassVar[str] = "rows"
    config: RunConfig
    check: str
    """`Finding.check`."""
    start: Count = 0
    count: Count = 200


class Predict(Request[Predictions], frozen=True):
    """Classify texts with a checkpoint, or the finished model."""

    method: ClassVar[str] = "predict"
    run: str
    texts: list[str]
    which: Which
    device: str = "auto"


class PredictFile(Request[FilePredictions], frozen=True):
    """Classify the texts of a file; write its rows with their predicted labels to another file.

    The same request continues an output that was interrupted.
    """

    method: ClassVar[str] = "predict_file"
    run: str
    file: str
    output: str
    which: Which
    reading: ReadingConfig = ReadingConfig()
    """A text column that it does not name is the one that the run was trained with, if the file has it."""
    device: str = "auto"
    overwrite: bool = False


class Explain(Request[Explanation], frozen=True):
    """Contributions of the words of a text to a label, by default to the predicted one."""

    method: ClassVar[str] = "explain"
    run: str
    text: str
    which: Which
    label: str | None = None
    device: str = "auto"


class Evaluate(Request[EvaluationReport], frozen=True):
    """Evaluate a checkpoint on `data`, or on a split of the run.

    With neither it is the test split if the run was tested and `which` is "best", else the validation split.
    Columns that `data` does not name are those that the run was trained with.
    """

    method: ClassVar[str] = "evaluate"
    run: str
    which: Which = "best"
    data: DataConfig | None = None
    split: OwnSplit | None = None
    device: str = "auto"


class ReadTexts(Request[JudgedTexts], frozen=True):
    """Texts in a cell of the confusion matrix of an evaluation, those with the highest probability first."""

    method: ClassVar[str] = "evaluated_texts"
    evaluation: Evaluate
    step: Count
    """`EvaluationReport.step`."""
    label: Count
    """Index of the true label."""
    predicted: Count
    """Index of the predicted label."""
    offset: Count = 0
    limit: Count = 50


class Compare(Request[Comparison], frozen=True):
    """Compare runs that were tested on the same texts."""

    method: ClassVar[str] = "compare"
    runs: list[str]
    groups: list[str] | None = None
    """A name for each run: runs of one name differ only in their seed."""
    baselines: bool = True
    """Compare them with the baselines as well."""
    remarks: list[str] = []
    """Sentences about the choice of runs, which the answer repeats."""

    def __post_init__(self) -> None:
        """Check the number of groups.

        Raises:
            ValueError: there is not one for each run. A decoder reports it as an invalid field.
        """
        if self.groups is not None and len(self.groups) != len(self.runs):
            raise ValueError(f"groups has {len(self.groups)} names for {len(self.runs)} runs")


class WriteReport(Request[RunReport], frozen=True):
    """Write the report on a run."""

    method: ClassVar[str] = "report"
    run: str
    output: str | None = None
    """A folder, or a file that ends in .md or .html; by default a folder of the run."""
    overwrite: bool = False


class Diagnose(Request[DoctorReport], frozen=True):
    """Versions, devices and free space of this machine."""

    method: ClassVar[str] = "doctor"


class Pong(msgspec.Struct, frozen=True):
    """The answer to `Ping`."""

    cpu_seconds: float
    """Processor time that the service has used so far."""


class Ping(Request[Pong], frozen=True):
    """Answered at once, even while the service works on another request."""

    method: ClassVar[str] = "ping"


METHODS: dict[str, type[Request[Any]]] = {
    request.method: request
    for request in (
        InspectData,
        PlanRun,
        CheckData,
        ReadRows,
        Predict,
        PredictFile,
        Explain,
        Evaluate,
        ReadTexts,
        Compare,
        WriteReport,
        Diagnose,
        Ping,
    )
}
