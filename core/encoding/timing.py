"""How long it takes to make tokens of texts."""

import time

import numpy as np

from core.data.texts import Texts, pick
from core.encoding.encoder import Encoder

# Measured on so many, drawn evenly.
_TEXTS = 2000


def tokenizing_seconds(encoder: Encoder, texts: Texts) -> float:
    """What all `texts` take, measured on some of them: tokens from the cache cost nothing, and say nothing.

    Raises:
        Problem: the texts cannot be read any more, or were changed.
    """
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), _TEXTS)).astype(np.intp))
    some = [text for _, text in pick(texts, chosen)]
    encoder.encode(some[:1])  # the first call starts the threads
    began = time.perf_counter()
    encoder.encode(some)
    return (time.perf_counter() - began) * len(texts) / len(some)
