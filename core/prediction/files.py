"""Classify the texts of a file and write its rows with the predictions to another file."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import ReadingConfig
from core.config.data_names import public_name
from core.data.columns.columns import TrainedColumns
from core.data.examples.texts import TextSource, open_texts
from core.data.formats.content import stamp
from core.data.locations.stamps import stamps_of
from core.data.tables.table import Cell, RowWarnings
from core.prediction.partial_output import Job, PartialOutput, Tally
from core.prediction.predicted_columns import COLUMNS, Answers, delimiter_for
from core.prediction.progress import OnProgress, ProgressReporter
from core.prediction.row_formats import SUFFIXES
from core.prediction.windows import Window, ahead, read_windows
from core.problems import Problem
from core.protocol import FilePredictions

if TYPE_CHECKING:
    from core.prediction.predictor import Output, Predictor

_WINDOWS_AHEAD = 2


@dataclass(frozen=True)
class FileTask:
    """A file to classify and its output, checked as far as that needs no classifier."""

    file: str
    output: Path
    reading: ReadingConfig
    overwrite: bool
    source: TextSource
    label_delimiter: str | None
    """Delimiter of several labels in the training data."""
    files: tuple[Path, ...]
    """The files on disk with its content."""
    stamp: tuple[int, int]
    """Size of the files in bytes, and time of the last change."""

    @classmethod
    def prepare(
        cls,
        file: str,
        output: str,
        *,
        reading: ReadingConfig | None = None,
        trained: TrainedColumns | None = None,
        overwrite: bool = False,
    ) -> FileTask:
        """Check the output and read the first rows of the file.

        Args:
            file: a data file of any format, several of them, or a URL.
            output: the file to write; its extension selects the format.
            reading: how to read the file; what it leaves open is detected.
            trained: the columns of the training data.
            overwrite: whether an existing output may be replaced.

        Raises:
            Problem: the output cannot be written, the file cannot be read, or no text column is found.
        """
        place = Path(output).expanduser()
        check_output(place, [path for path, _ in stamps_of(file)], overwrite=overwrite)
        reading = reading or ReadingConfig()
        source = open_texts(file, reading, trained)
        files = tuple(source.reader.paths)
        found = [now for path in files if (now := stamp(path))]
        delimiter = trained.delimiter if trained else None
        return cls(
            file=public_name(file),
            output=place,
            reading=reading,
            overwrite=overwrite,
            source=source,
            label_delimiter=delimiter,
            files=files,
            stamp=(sum(size for _, size, _ in found), max((time for _, _, time in found), default=0)),
        )

    def run(self, predictor: Predictor, on_progress: OnProgress) -> FilePredictions:
        """Write every row of the file with two more columns: `predicted` and `probability`.

        Both are empty where there is no text. Multi-label: lists, or labels joined by a delimiter.
        The output appears when it is complete. After an interruption the same task continues.

        Raises:
            Problem: the file cannot be read, or the output cannot be written.
        """
        remarks = RowWarnings()
        began = time.perf_counter()
        delimiter = delimiter_for(self.output.suffix, predictor.labels, self.label_delimiter)
        with PartialOutput(self.output, self._job(predictor)) as output:
            if output.beginning:
                on_progress(output.beginning, notable=True)
            before = output.tally
            progress = ProgressReporter(on_progress, self.stamp[0], before.rows)
            windows = read_windows(self.source, predictor.encode, remarks, done=before.rows)
            for window in ahead(windows, _WINDOWS_AHEAD):
                progress(window, 0.0)
                if window.rows:
                    found = predictor.predict_tokens(window.tokens, partial(progress.of_texts, window))
                    answers = Answers.of(found, predictor.labels, delimiter)
                    seconds = before.seconds + time.perf_counter() - began
                    output.append(
                        _with_answers(window, answers),
                        _counted(output.tally, window, answers, found, seconds),
                    )
                    progress(window, 1.0)
            check_output(self.output, self.files, overwrite=self.overwrite)
            output.complete()
        return FilePredictions(
            rows=output.tally.rows,
            output=str(self.output),
            text_column=self.source.text_column,
            reasons=self.source.reasons,
            step=predictor.source.step,
            which=predictor.source.which,
            labels=dict(Counter(output.tally.labels).most_common()),
            classified=output.tally.classified,
            without_labels=output.tally.without_labels,
            truncated=output.tally.truncated,
            seconds=output.tally.seconds,
            beginning=output.beginning,
            warnings=[*_warn_of_padding(predictor), *remarks.sentences()],
        )

    def _job(self, predictor: Predictor) -> Job:
        folder, mark = predictor.source.weights
        return Job(
            file=str(self.files[0].resolve()) if len(self.files) == 1 else self.file,
            stamp=self.stamp,
            weights=(str(folder.resolve()), *mark),
            text_column=self.source.text_column,
            columns=_output_columns(self.source.columns),
            reading=self.reading.model_dump(include={*ReadingConfig.model_fields} - {"text_column"}),
        )


def check_output(output: Path, files: Iterable[str | Path], *, overwrite: bool) -> None:
    """Check that the output can be written, before anything is computed.

    Args:
        output: the file to write.
        files: the files that are read.
        overwrite: whether an existing output may be replaced.

    Raises:
        Problem: its extension is unsupported, or it exists, is one of `files`, or cannot be written.
    """
    where = str(output)
    if output.suffix.lower() not in SUFFIXES:
        raise Problem(
            "unsupported file extension of the output",
            where=where,
            mend=f"Use one of {', '.join(SUFFIXES)}.",
        )
    if not output.absolute().parent.is_dir():
        raise Problem("its folder does not exist", where=where, mend="Create the folder first.")
    if output.is_dir() or not os.access(output.absolute().parent, os.W_OK):
        raise Problem("it cannot be written", where=where, mend="Choose another --output.")
    if not output.exists():
        return
    if any(Path(file).exists() and output.samefile(file) for file in files):
        raise Problem(
            "the output is the file that is read, which is never replaced",
            where=where,
            mend="Choose another --output.",
        )
    if not overwrite:
        raise Problem(
            "the file already exists",
            where=where,
            mend="Choose another --output, or give --overwrite.",
        )


def _warn_of_padding(predictor: Predictor) -> list[str]:
    return [f"Texts are padded, which is slower: {predictor.obstacle}."] if predictor.obstacle else []


def _output_columns(columns: list[str]) -> list[str]:
    """The columns of the file and `COLUMNS`; a column of the file that has one of these names is renamed."""
    taken = {*columns, *COLUMNS}

    def free(column: str) -> str:
        while column in taken:
            column += "_"
        taken.add(column)
        return column

    return [free(column) if column in COLUMNS else column for column in columns] + list(COLUMNS)


def _with_answers(window: Window, answers: Answers) -> list[tuple[Cell, ...]]:
    cells = iter(answers.cells)
    return [
        (*row, *(next(cells) if text else (None, None)))
        for row, text in zip(window.rows, window.texts, strict=True)
    ]


def _counted(tally: Tally, window: Window, answers: Answers, found: Output, seconds: float) -> Tally:
    return Tally(
        job=tally.job,
        rows=window.start + len(window.rows),
        labels=dict(Counter(tally.labels) + Counter(chain(*answers.names))),
        classified=tally.classified + len(answers.names),
        without_labels=tally.without_labels + answers.names.count([]),
        truncated=tally.truncated + int(found.truncated.sum()),
        seconds=seconds,
    )
