"""PredictorCache: the predictor that was used last, kept in memory.

PyTorch and transformers are imported when the first predictor is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.prediction.source import find_source
from core.protocol import OnProgress
from core.runs.checkpoints import Which
from core.runs.directory import RunDirectory

if TYPE_CHECKING:
    from core.prediction.predictor import Predictor


class PredictorCache:
    """Loads predictors and keeps the last one. There are never two in memory."""

    def __init__(self) -> None:
        self._predictor: Predictor | None = None
        self._key: object = None

    def load(self, run: RunDirectory, which: Which, device: str, on_progress: OnProgress) -> Predictor:
        """The predictor of the newest best or last checkpoint.

        Raises:
            Problem: there is no checkpoint yet, or it cannot be loaded.
        """
        source = find_source(run, which)
        if self._predictor is None:
            on_progress("loading libraries")
        from core.prediction.predictor import Predictor

        if self._predictor is None or self._key != (source.weights, device):
            on_progress(f"loading checkpoint {source.step}")
            self._predictor = None
            predictor = Predictor.load(run, which, device=device)
            # Training may have written a newer checkpoint than `source` meanwhile.
            self._predictor, self._key = predictor, (predictor.source.weights, device)
        else:
            # The best checkpoint may also be the last one.
            self._predictor.source = source
        return self._predictor


@contextmanager
def sharing_with_trainer(run: RunDirectory, device: str) -> Iterator[str]:
    """Choose the device, and leave resources to the trainer while the run is training.

    Then `auto` is the CPU, so that the trainer keeps its GPU memory, and PyTorch uses half of its threads.
    """
    if not run.is_alive:
        yield device
        return
    from core.prediction.predictor import half_the_threads

    with half_the_threads():
        yield "cpu" if device == "auto" else device
