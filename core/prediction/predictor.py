"""Predictor: texts to probabilities with a checkpoint of a run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoTokenizer

from core.models.loading import load_saved
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.training.devices import Device, choose_device
from core.training.encoding import EncodedSplit, PaddingCollator, encode
from core.training.sealing import SEAL, Seal


@dataclass(frozen=True)
class Source:
    """A folder that holds a whole classifier, and the step its weights are from."""

    folder: Path
    step: int
    which: Which


def find_source(run: RunDirectory, which: Which) -> Source:
    """The checkpoint that is the best or the last now; the finished model where checkpoints are gone.

    Raises:
        Problem: there is none yet.
    """
    found = checkpoints.current(run, which) or checkpoints.current(run, "last")
    if found is not None:
        return Source(found.path, found.step, "best" if found.is_best and which == "best" else "last")
    if (run.model / SEAL).is_file():
        record = msgspec.json.decode((run.model / SEAL).read_bytes(), type=Seal)
        return Source(run.model, record.step, "best")
    raise Problem(
        "there is no checkpoint yet", where=run.name, mend="The first one comes with the first evaluation."
    )


@dataclass(frozen=True)
class Output:
    """Probabilities of shape (texts, labels), and the token counts of the texts, of shape (texts,)."""

    probabilities: npt.NDArray[np.float32]
    full_lengths: npt.NDArray[np.int32]
    """Before truncation."""
    truncated: npt.NDArray[np.bool_]
    milliseconds: float


class Predictor:
    """A classifier in memory, ready to be asked."""

    def __init__(self, source: Source, device: Device) -> None:
        self.source = source
        self._device = torch.device(device.kind)
        self._bf16 = device.bf16
        # Typed Any: the methods of tokenizers and models are too dynamic to be checked.
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
        self._model: Any = load_saved(source.folder).to(self._device).eval()  # type: ignore[arg-type]
        names = self._model.config.id2label
        self.labels = [str(names[index]) for index in range(len(names))]
        self.max_length = int(self._tokenizer.model_max_length)

    @classmethod
    def load(cls, run: RunDirectory, which: Which, *, device: str = "auto", attempts: int = 3) -> "Predictor":
        """Load the best or last checkpoint of `run`, which its trainer may replace meanwhile.

        Raises:
            Problem: there is no checkpoint, or none that can be read.
        """
        chosen = choose_device(device, "auto")
        for attempt in range(attempts):
            source = find_source(run, which)
            try:
                return cls(source, chosen)
            except OSError as error:
                # Pruned between finding and loading: there is a newer one now.
                if attempt + 1 == attempts or source.folder.exists():
                    raise Problem(
                        f"this checkpoint cannot be read ({error})", where=str(source.folder)
                    ) from error
        raise AssertionError("unreachable")

    def predict(
        self, texts: list[str], batch_size: int = 32, on_progress: Callable[[int], None] | None = None
    ) -> Output:
        """Classify `texts`, the longest first so that batches need little padding; the order is kept.

        Args:
            texts: any number.
            batch_size: texts that are computed together.
            on_progress: is told how many texts are done.
        """
        if not texts:
            return Output(
                np.zeros((0, len(self.labels)), np.float32), np.zeros(0, np.int32), np.zeros(0, np.bool_), 0.0
            )
        began = time.perf_counter()
        encoded = encode(self._tokenizer, texts, [0] * len(texts), self.max_length)
        order = np.argsort(-encoded.lengths, kind="stable")
        probabilities = np.empty((len(texts), len(self.labels)), np.float32)
        for start in range(0, len(texts), batch_size):
            rows = order[start : start + batch_size]
            probabilities[rows] = self._compute(encoded, rows)
            if on_progress is not None:
                on_progress(min(start + batch_size, len(texts)))
        milliseconds = (time.perf_counter() - began) * 1000
        return Output(
            probabilities, encoded.full_lengths, encoded.full_lengths > encoded.lengths, milliseconds
        )

    def _compute(self, encoded: EncodedSplit, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        batch = PaddingCollator(self._tokenizer.pad_token_id or 0)([encoded[int(row)] for row in rows])
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            logits = self._model(
                input_ids=batch["input_ids"].to(self._device),
                attention_mask=batch["attention_mask"].to(self._device),
            ).logits
        result: npt.NDArray[np.float32] = logits.float().softmax(-1).cpu().numpy()
        return result
