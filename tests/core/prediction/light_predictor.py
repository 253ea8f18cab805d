"""A predictor without the heavy libraries. Its answers depend on the texts and cost nothing.

Run as a program it classifies a file and kills itself: `FILE OUTPUT progress 7` at the seventh progress
report, `FILE OUTPUT disk 7` at the seventh fsync.
"""

import os
import signal
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.encoding.tokens import Tokens, of_rows
from core.prediction import partial_output, progress, windows
from core.prediction.files import FileTask
from core.prediction.source import Source


class Answer:
    def __init__(self, tokens: Tokens) -> None:
        hashes = tokens.ids.astype(np.float32) / 2**31
        self.probabilities = np.stack([hashes, 1 - hashes], axis=1)
        self.decided = self.probabilities.argmax(axis=1)
        self.truncated = tokens.ids % 7 == 0


class LightPredictor:
    labels = ("negative", "positive")
    obstacle = ""

    def __init__(self, step: int = 20) -> None:
        self.source = Source(Path(f"/runs/light/step-{step}"), step, "last", (step, step))

    def encode(self, texts: list[str]) -> Tokens:
        return of_rows([np.array([zlib.crc32(text.encode()) >> 1], np.int32) for text in texts])

    def predict_tokens(self, tokens: Tokens, on_progress: Callable[[int], None]) -> Answer:
        for done in range(len(tokens)):
            on_progress(done + 1)
        return Answer(tokens)


def light(step: int = 20) -> Any:
    return LightPredictor(step)


def small_windows() -> None:
    """Divide rows into small windows. Sync and report each of them at once."""
    windows.CHARACTERS = 500
    partial_output.SAVE_SECONDS = 0.0
    progress.INTERVAL = 0.0


def main(file: str, output: str, when: str, number: str) -> None:
    left = int(number)

    def count(*_: object, **__: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    small_windows()
    if when == "disk":
        os.fsync = count
    FileTask.prepare(file, output).run(light(), count if when == "progress" else lambda *_, **__: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
