"""Predictor: texts to probabilities with a checkpoint of a run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoTokenizer

from core.models.loading import check_words, load_saved
from core.prediction.source import Source, find_source
from core.problems import Problem
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.training.devices import choose_device
from core.training.encoding import EncodedSplit, PaddingCollator, encode


@dataclass(frozen=True)
class Output:
    """Probabilities of shape (texts, labels), and the token counts of the texts, of shape (texts,)."""

    probabilities: npt.NDArray[np.float32]
    full_lengths: npt.NDArray[np.int32]
    """Before truncation."""
    truncated: npt.NDArray[np.bool_]
    milliseconds: float


class Predictor:
    """A classifier in memory, ready to be asked.

    Args:
        source: where it is loaded from.
        device: where it computes.
        bf16: whether it computes in bfloat16 where that does no harm.
    """

    def __init__(self, source: Source, device: torch.device, *, bf16: bool) -> None:
        self.source = source
        self._device = device
        self._bf16 = bf16
        # Typed Any: the methods of tokenizers and models are too dynamic to be checked.
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
        check_words(self._tokenizer, str(source.folder))
        self._model: Any = load_saved(source.folder).to(self._device).eval()  # type: ignore[arg-type]
        names = self._model.config.id2label
        self.labels = [str(names[index]) for index in range(len(names))]
        self.max_length = int(self._tokenizer.model_max_length)

    @classmethod
    def load(cls, run: RunDirectory, which: Which, *, device: str = "auto", attempts: int = 3) -> "Predictor":
        """Load the best or last checkpoint of `run`, which its trainer may replace meanwhile.

        Args:
            run: the run.
            which: the best or the last.
            device: auto, cpu, cuda or cuda:N, the GPU of that number among those in sight.
            attempts: how often a checkpoint may go while it is loaded.

        Raises:
            Problem: there is no checkpoint, or none that can be read, or no such device.
        """
        place, bf16 = _place(device)
        for _ in range(attempts):
            source = find_source(run, which)
            try:
                predictor = cls(source, place, bf16=bf16)
            except Exception as error:
                # Where it was pruned meanwhile there is a newer one now, and the error was only that.
                if not source.is_there:
                    continue
                if isinstance(error, Problem):
                    raise
                raise Problem(
                    f"this checkpoint cannot be read ({error})", where=str(source.folder)
                ) from error
            if source.is_there:
                return predictor
        raise Problem("its checkpoints go faster than they can be loaded", where=run.name, mend="Ask again.")

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


def _place(device: str) -> tuple[torch.device, bool]:
    """Where to compute, and whether in bfloat16.

    Raises:
        Problem: there is no such device.
    """
    chosen = choose_device(device, "auto")
    place = torch.device(device if device.startswith("cuda:") else chosen.kind)
    if place.index is not None and place.index >= (count := torch.cuda.device_count()):
        raise Problem(
            f"there {'is only one GPU' if count == 1 else f'are only {count} GPUs'} here",
            where=f"--device {device}",
            mend=f"The last one is cuda:{count - 1}.",
        )
    return place, chosen.bf16
