"""A stand-in engine with the report on one data set whose texts hold markup and escape codes."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from core.problems import Problem
from core.protocol import (
    CheckData,
    DataReport,
    DataRow,
    Finding,
    FindingRows,
    LabelLengths,
    LengthReport,
    ProgressReport,
    ReadRows,
    Request,
    Severity,
    SplitReport,
)

BINS = list(range(16, 16 * 17, 16))
LENGTHS = LengthReport(
    median=41, mean=47.2, p95=131, longest=290, truncated=9, tokens_cut=0.021, long=9, bins=[]
)
HOSTILE = "[b]Bold[/b] claims, \x1b[31mred\x1b[0m flags.\nA second line [/x]"


def lengths(label: str, shape: int) -> LabelLengths:
    bins = [abs(place - shape) * 7 % 40 + 1 for place in range(len(BINS))]
    return LabelLengths(
        label=label, texts=sum(bins), median=40 + shape, bins=bins, truncated=shape, tokens_cut=0.02
    )


def split(name: str, rows: int) -> SplitReport:
    labels = {"negative": rows // 3, "positive [i]": rows - rows // 3}
    by_label = [lengths(label, number + 4) for number, label in enumerate(labels)]
    whole = [sum(each) for each in zip(*(label.bins for label in by_label), strict=True)]
    return SplitReport(
        name=name,
        source=f"reviews_{name}.csv",
        rows=rows,
        labels=labels,
        lengths=msgspec.structs.replace(LENGTHS, bins=whole),
        duplicates=3,
        conflicting=1,
        lengths_by_label=by_label,
    )


def row(number: int, **more: Any) -> DataRow:
    return DataRow(
        split="train", row=number, line=number + 2, label="negative", text=f"text {number}: {HOSTILE}", **more
    )


def finding(check: str, severity: Severity, title: str, rows: int) -> Finding:
    return Finding(
        check=check,
        severity=severity,
        title=title,
        meaning=f"This is what {check} means [/x].",
        mend="Mend it in the file.",
        rows=rows,
        splits={"train": rows},
        facts={"rows": rows},
        first=[],
    )


FINDINGS = [
    finding("shared-test", "serious", "12 texts occur both in test and in train", 24),
    finding("conflicts", "warning", "1 text occurs with different labels", 2),
    finding("control-characters", "note", "450 texts hold control characters: [red]U+001B[/red]", 450),
]
LABEL_ERRORS = finding("label-errors", "warning", "3 labels are suspected of being wrong", 3)
REPORT = DataReport(
    text_column="text",
    label_column="label",
    reasons=[],
    tokenizer="minilm",
    max_length=128,
    long_text="head",
    splits=[split("train", 600), split("validation", 60), split("test", 200)],
    across={"train/test": 12},
    warnings=[],
    findings=FINDINGS,
    length_bins=BINS,
)


class DataEngine:
    """Answers at once, or never if it is `stuck`. Rejects a training file called bad.csv."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.asked: list[CheckData | ReadRows] = []
        self.cancelled = False
        self._stuck = stuck

    async def ask(
        self, request: Request[Any], *, on_progress: Callable[[ProgressReport], None] | None = None
    ) -> Any:
        assert isinstance(request, CheckData | ReadRows)
        self.asked.append(request)
        if request.config.data.train == "bad.csv":
            raise Problem("there is no such file", where="bad.csv", mend="Check the path.")
        if self._stuck and on_progress:
            on_progress(ProgressReport("looking at texts", 4096, 50_000))
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        if isinstance(request, CheckData):
            more = [LABEL_ERRORS] if request.label_errors else []
            return msgspec.structs.replace(REPORT, findings=[*FINDINGS, *more])
        return self._rows(request.check, request.start, request.count)

    def _rows(self, check: str, start: int, count: int) -> FindingRows:
        found = next(each for each in [*FINDINGS, LABEL_ERRORS] if each.check == check)
        numbers = range(start, min(start + count, found.rows))
        more = [self._more(check, number) for number in numbers]
        return FindingRows(
            finding=found,
            start=start,
            rows=[row(number, **each) for number, each in zip(numbers, more, strict=True)],
            sources={"train": "reviews_train.csv"},
            units={"train": "line"},
        )

    def _more(self, check: str, number: int) -> dict[str, Any]:
        if check == "label-errors":
            return {"suggested": "positive [i]", "probability": 0.97, "given_probability": 0.03}
        if check == "control-characters":
            return {"note": "U+001B ×2"}
        return {"group": number // 3}

    async def close(self) -> None:
        """Nothing to close."""
