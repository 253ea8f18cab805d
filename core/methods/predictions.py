"""Questions about texts without labels. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.methods.memory import Memory, Progress, beside_trainer, plan_of, trained_columns
from core.prediction.source import find_source
from core.protocol import FilePredictions, Prediction, Predictions
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory


def predict(
    memory: Memory, run: str, texts: list[str], which: Which, on_progress: Progress, device: str = "auto"
) -> Predictions:
    """Classify texts with the best or the last checkpoint that there is now."""
    with beside_trainer(run, device) as place:
        predictor = memory.predictor(run, which, place, on_progress)
        from core.models.inference_settings import named

        output = predictor.predict(texts)
    return Predictions(
        labels=predictor.labels,
        thresholds=predictor.thresholds,
        fitted_at=predictor.fitted_at,
        step=predictor.source.step,
        which=predictor.source.which,
        max_length=predictor.max_length,
        milliseconds=output.milliseconds,
        items=[
            Prediction(
                probabilities=row,
                predicted=names,
                tokens=tokens,
                truncated=unread > 0,
                unread_tokens=unread,
                unread=predictor.unread(text) if unread else [],
            )
            for text, row, names, tokens, unread in zip(
                texts,
                output.probabilities.tolist(),
                named(output.decided, predictor.labels),
                output.full_lengths.tolist(),
                output.unread.tolist(),
                strict=True,
            )
        ],
    )


def predict_file(
    memory: Memory,
    run: str,
    file: str,
    output: str,
    which: Which,
    on_progress: Progress,
    text_column: str | None = None,
    encoding: str | None = None,
    device: str = "auto",
    overwrite: bool = False,
) -> FilePredictions:
    """Classify the texts of a file and write its rows, with the predicted label, to another.

    Without `text_column` it is the one that the run was trained with, where the file has it. When the
    same was asked before and did not come to its end, it goes on from there.
    """
    from core.prediction.files import FileTask

    find_source(RunDirectory.open(Path(run)), which)
    task = FileTask.prepare(
        file,
        output,
        text_column=text_column,
        encoding=encoding,
        trained=trained_columns(plan_of(run)),
        overwrite=overwrite,
    )
    with beside_trainer(run, device) as place:
        if place != device:
            on_progress("the run is training: this computes on the CPU; --device overrules it", notable=True)
        return task.run(memory.predictor(run, which, place, on_progress), on_progress)
