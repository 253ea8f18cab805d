"""Classify texts with a checkpoint of a run."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoTokenizer

from core.config import build_config, read_config
from core.devices import allow_tf32, choose_device
from core.encoding.encoder import Encoder, Traced
from core.encoding.tokens import Tokens
from core.models.inference_settings import Decisions, InferenceSettings, ThresholdMetric
from core.models.loading import load_saved
from core.models.logits import compute_logits
from core.models.padding_free import choose_layout
from core.models.tokenizer import check_words
from core.prediction.attribution import Attribution, attribute, log_odds
from core.prediction.source import Source, find_source
from core.problems import Problem
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory
from core.text.long_text import Span
from core.text.text_pairs import join

# Packed and padded logits are compared on these texts when a classifier is loaded.
_PARITY_TEXTS = [" ".join(["a text of some length"] * count) for count in (1, 1, 2, 3, 5, 9, 20, 60)]


@dataclass(frozen=True)
class Output:
    """Predictions: logits and probabilities, shape (texts, labels), and token counts, shape (texts,)."""

    logits: npt.NDArray[np.float32]
    """Before the temperature."""
    probabilities: npt.NDArray[np.float32]
    decided: Decisions
    """Predicted label numbers, shape (texts,); multi-label: bool, shape (texts, labels)."""
    full_lengths: npt.NDArray[np.int32]
    """Number of tokens before truncation."""
    unread: npt.NDArray[np.int32]
    """Number of tokens that were not read."""
    truncated: npt.NDArray[np.bool_]
    milliseconds: float


class Predictor:
    """A classifier in memory.

    Args:
        source: the checkpoint or finished model.
        device: to compute on.
        bf16: whether to autocast to bfloat16.
    """

    def __init__(self, source: Source, device: torch.device, *, bf16: bool) -> None:
        self.source = source
        self._device = device
        self._bf16 = bf16
        # Any: the methods of tokenizers and models are too dynamic for the type checker.
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
        check_words(self._tokenizer, str(source.folder))
        self._model: Any = load_saved(source.folder).to(self._device).eval()  # type: ignore[arg-type]
        self._inference = InferenceSettings.read(source.folder)
        self.long_text, self.pairs = self._inference.long_text, self._inference.pairs
        self.max_length = int(self._tokenizer.model_max_length)
        self._encoder = Encoder(self._tokenizer, self.max_length, self.long_text, pairs=self.pairs)
        self._pad_id = self._tokenizer.pad_token_id or 0
        texts = [join(text, text) if self.pairs else text for text in _PARITY_TEXTS]
        tokens = self._encoder.encode(texts).rows
        rows, types = [tokens[row] for row in range(len(tokens))], tokens.types_of(range(len(tokens)))
        self._layout, self.obstacle = choose_layout(self._model, self._pad_id, rows, bf16=bf16, types=types)
        """Why texts are padded; empty where they are packed."""
        names = self._model.config.id2label
        self.labels = [str(names[index]) for index in range(len(names))]

    @property
    def temperature(self) -> float:
        """Divides the logits before they become probabilities."""
        return self._inference.temperature

    @property
    def thresholds(self) -> list[float] | None:
        """Multi-label: by label number, the lowest probability at which a text has it; else None."""
        return self._inference.thresholds

    @property
    def thresholds_for(self) -> ThresholdMetric:
        """Multi-label: the metric that the thresholds maximize."""
        return self._inference.thresholds_for

    @property
    def fitted_at(self) -> int | None:
        """Step of the weights that temperature and thresholds were fitted for; see `InferenceSettings`."""
        return self._inference.fitted_at

    @property
    def is_multi_label(self) -> bool:
        """Whether a text may have several labels."""
        return self.thresholds is not None

    @classmethod
    def load(cls, run: RunDirectory, which: Which, *, device: str = "auto", attempts: int = 3) -> "Predictor":
        """Load the best or last checkpoint of a run, also while its trainer replaces it.

        Args:
            run: the run.
            which: the best or the last.
            device: auto, cpu, cuda, or cuda:N for one of the visible GPUs. bfloat16 is used where
                the hardware supports it, unless the run was configured for fp32.
            attempts: how often a checkpoint may be removed while it is loaded.

        Raises:
            Problem: there is no checkpoint, it cannot be read, or there is no such device.
        """
        place, bf16 = _place(device, _precision(run))
        for _ in range(attempts):
            source = find_source(run, which)
            try:
                predictor = cls(source, place, bf16=bf16)
            except Exception as error:
                # If it was removed meanwhile there is a newer one, and that explains the error.
                if not source.is_there:
                    continue
                if isinstance(error, Problem):
                    raise
                raise Problem(
                    f"this checkpoint cannot be read ({error})", where=str(source.folder)
                ) from error
            if source.is_there:
                return predictor
        raise Problem(
            "its checkpoints are replaced faster than they can be loaded", where=run.name, mend="Try again."
        )

    def predict(self, texts: list[str], on_progress: Callable[[int], None] | None = None) -> Output:
        """Classify `texts`; their order is kept.

        Args:
            texts: any number.
            on_progress: called with the number of texts that are done.
        """
        began = time.perf_counter()
        found = self.predict_tokens(self.encode(texts), on_progress)
        return replace(found, milliseconds=(time.perf_counter() - began) * 1000)

    def encode(self, texts: list[str]) -> Tokens:
        """Encode texts. May be called while another thread predicts.

        Raises:
            Problem: the classifier reads text pairs, and one of `texts` is a single text.
        """
        return self._encoder.encode(texts)

    def unread(self, text: str) -> list[Span]:
        """Spans of `text` that are not read, in characters."""
        return self._encoder.unread(text)

    def predict_tokens(self, tokens: Tokens, on_progress: Callable[[int], None] | None = None) -> Output:
        """As `predict`, for encoded texts."""
        began = time.perf_counter()
        logits = compute_logits(
            self._model, self._layout, tokens, bf16=self._bf16, on_progress=on_progress or _ignore
        )
        probabilities = self._inference.probabilities(logits)
        milliseconds = (time.perf_counter() - began) * 1000
        return Output(
            logits=logits,
            probabilities=probabilities,
            decided=self._inference.decide(probabilities),
            full_lengths=tokens.full_lengths,
            unread=tokens.unread,
            truncated=tokens.is_truncated,
            milliseconds=milliseconds,
        )

    def trace(self, text: str) -> Traced:
        """The tokens that are read of a text, with their places in it."""
        return self._encoder.trace(text)

    def attribute(self, traced: Traced, label: int, on_progress: Callable[[int, int], None]) -> Attribution:
        """Attribute the log odds of a label to tokens, over all windows.

        Args:
            traced: result of `trace`.
            label: label number.
            on_progress: called with the number of computed points, and of all points.

        Raises:
            Problem: captum is not installed, or the model cannot be explained.
        """
        is_special = np.array([word is None for word in traced.words])
        empty = np.where(is_special, traced.ids, np.int32(self._pad_id))
        score = log_odds(label, self._inference.temperature, is_multi_label=self.is_multi_label)
        rows, empty_rows = ([ids[row] for row in traced.rows] for ids in (traced.ids, empty))
        types = None if traced.types is None else [traced.types[row] for row in traced.rows]
        found = attribute(self._model, self._layout, rows, empty_rows, score, on_progress, types)
        tokens = np.zeros(len(traced.ids))
        np.add.at(tokens, np.concatenate(traced.rows), found.tokens)
        return replace(found, tokens=tokens)


def _ignore(done: int) -> None:
    """The default of `on_progress`."""


def _place(device: str, precision: str) -> tuple[torch.device, bool]:
    """The device, and whether to use bfloat16. fp32 on a GPU may use TF32.

    Raises:
        Problem: there is no such device.
    """
    chosen = choose_device(device, precision)
    allow_tf32(chosen)
    return chosen.place, chosen.bf16


def _precision(run: RunDirectory) -> str:
    """fp32 if the run was trained with it, so that predictions agree with its metrics; else auto."""
    with contextlib.suppress(OSError, Problem):  # a checkpoint can be used without its run's configuration
        if build_config(read_config(run.config)).training.precision == "fp32":
            return "fp32"
    return "auto"


@contextlib.contextmanager
def half_the_threads() -> Iterator[None]:
    """Within this context PyTorch uses half of its threads, at least one, while another process computes too.

    The threads of an operation wait for the slowest one. If a trainer occupies its core, fewer threads are
    faster.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))
    try:
        yield
    finally:
        torch.set_num_threads(threads)
