"""Handling: what belongs to a classifier beside its weights: what it reads, and what its logits mean."""

from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from core.encoding.long_text import LongText

FILE = "handling.json"


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """Kept with the weights, in checkpoints and in the finished model."""

    temperature: float = 1.0
    """Logits are divided by it; fitted on validation: above 1 where weights are too sure of themselves."""
    long_text: LongText = "head"
    """What is read of a text that is longer than the tokenizer's length."""
    pairs: bool = False
    """Whether each text is two, as `core.data.two_texts` joins them."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """That of the classifier in `folder`; that of the weights alone where nothing is kept there.

        Raises:
            msgspec.DecodeError: the file is damaged.
        """
        try:
            return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()

    def write(self, folder: Path) -> None:
        """Keep it in `folder`."""
        (folder / FILE).write_bytes(msgspec.json.encode(self))

    def probabilities(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Of the labels, shape (texts, labels), as are the logits."""
        found: npt.NDArray[np.float32] = softmax(logits / np.float32(self.temperature), axis=-1)
        return found
