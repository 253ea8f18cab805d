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

from core.models.loading import check_words, load_saved
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.training.devices import choose_device
from core.training.encoding import EncodedSplit, PaddingCollator, encode
from core.training.sealing import SEAL, Seal


@dataclass(frozen=True)
class Source:
    """A folder that holds a whole classifier, and the step its weights are from."""

    folder: Path
    step: int
    which: Which
    mark: tuple[int, int]
    """Inode and time of the file that says that it is whole: what is written there later has another."""

    @property
    def weights(self) -> tuple[Path, tuple[int, int]]:
        """Equal for sources of the same weights."""
        return self.folder, self.mark

    @property
    def is_there(self) -> bool:
        """Whether it is still whole, and the same."""
        return any(_mark(self.folder / name) == self.mark for name in (checkpoints.MARKER, SEAL))


def find_source(run: RunDirectory, which: Which) -> Source:
    """The checkpoint that is the best or the last now; the finished model where checkpoints are gone.

    Raises:
        Problem: there is none yet.
    """
    while found := checkpoints.current(run, which) or checkpoints.current(run, "last"):
        if (mark := _mark(found.path / checkpoints.MARKER)) is not None:
            is_best = found.is_best and which == "best"
            return Source(found.path, found.step, "best" if is_best else "last", mark)
    if (mark := _mark(run.model / SEAL)) is not None:
        record = msgspec.json.decode((run.model / SEAL).read_bytes(), type=Seal)
        return Source(run.model, record.step, "best", mark)
    raise Problem(
        "there is no checkpoint yet", where=run.name, mend="The first one comes with the first evaluation."
    )


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


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
