"""Requests about unlabelled texts. Heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from pathlib import Path

from core.data.columns.columns import trained_columns
from core.methods.memory import Memory
from core.prediction.predictor_cache import sharing_with_trainer
from core.prediction.source import find_source
from core.protocol import (
    Explain,
    Explanation,
    FilePredictions,
    OnProgress,
    Predict,
    PredictFile,
    Prediction,
    Predictions,
)
from core.runs.directory import RunDirectory
from core.runs.history import read_outline


def predict(memory: Memory, request: Predict, on_progress: OnProgress) -> Predictions:
    """Classify texts with the newest best or last checkpoint."""
    run, texts = RunDirectory.open(Path(request.run)), request.texts
    with sharing_with_trainer(run, request.device) as device:
        predictor = memory.predictors.load(run, request.which, device, on_progress)
        from core.models.inference_settings import label_names

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
                label_names(output.decided, predictor.labels),
                output.full_lengths.tolist(),
                output.unread.tolist(),
                strict=True,
            )
        ],
    )


def predict_file(memory: Memory, request: PredictFile, on_progress: OnProgress) -> FilePredictions:
    """Classify the texts of a file and write its rows, with the predicted label, to another file."""
    from core.prediction.files import FileTask

    run = RunDirectory.open(Path(request.run))
    find_source(run, request.which)  # without a checkpoint the file need not be read
    task = FileTask.prepare(
        request.file,
        request.output,
        reading=request.reading,
        trained=trained_columns(read_outline(run).plan),
        overwrite=request.overwrite,
    )
    with sharing_with_trainer(run, request.device) as device:
        if device != request.device:
            on_progress("the run is training: predicting on the CPU; --device overrides it", notable=True)
        return task.run(memory.predictors.load(run, request.which, device, on_progress), on_progress)


def explain(memory: Memory, request: Explain, on_progress: OnProgress) -> Explanation:
    """Contributions of the words of a text to a label."""
    run = RunDirectory.open(Path(request.run))
    with sharing_with_trainer(run, request.device) as device:
        predictor = memory.predictors.load(run, request.which, device, on_progress)
        from core.prediction.explanation import explain_text

        return explain_text(
            predictor,
            request.text,
            request.label,
            lambda done, total: on_progress("explaining", done, total),
        )
