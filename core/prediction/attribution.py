"""Attribute a prediction to its tokens by integrated gradients, from an empty text to the text.

After M. Sundararajan, A. Taly and Q. Yan, Axiomatic Attribution for Deep Networks, 2017. The log odds of the
label, ln(p / (1 - p)), are attributed: unlike the probability they do not level off near 1.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from core.encoding.tokens import Ids, Types
from core.models.packed.layouts import Layout, move
from core.problems import Problem
from core.upstream.transformers import word_embeddings_of

# Numbers of points on the path. The next one is tried while the attributions miss the difference of scores by
# more than this share of their absolute sum.
_POINTS = (24, 48, 96, 192)
_TOLERANCE = 0.02
# Token budget of one forward and backward pass, whose memory grows with it.
_POSITIONS = 1024

Score = Callable[[Tensor], Tensor]
"""From logits, shape (texts, labels), to the score that is attributed, shape (texts,)."""


@dataclass(frozen=True)
class Attribution:
    """Contributions of the tokens of a text to a score.

    Attributes:
        tokens: float64, shape (tokens,), of all rows end to end. They sum to `score` - `empty_score`,
            but for `error`.
        score: of the text.
        empty_score: of as many padding tokens.
        error: of the approximation.
        points: number of points on the path.
    """

    tokens: npt.NDArray[np.float64]
    score: float
    empty_score: float
    error: float
    points: int


def log_odds(label: int, temperature: float = 1.0, *, is_multi_label: bool = False) -> Score:
    """Log odds of label number `label` against all others; multi-label: against not having it."""

    def score(logits: Tensor) -> Tensor:
        scaled = logits / temperature
        if is_multi_label:
            return scaled[:, label]
        others = [index for index in range(scaled.shape[1]) if index != label]
        return scaled[:, label] - scaled[:, others].logsumexp(1)

    return score


def attribute(
    model: PreTrainedModel,
    layout: Layout,
    rows: Sequence[Ids],
    empty: Sequence[Ids],
    score: Score,
    on_progress: Callable[[int, int], None],
    types: Sequence[Types] | None = None,
) -> Attribution:
    """Attribute a score of one text to its tokens.

    For several windows, the score of the mean of their logits is attributed.

    Args:
        model: a classifier in evaluation mode on its device; the gradients of its parameters are turned off.
        layout: how it takes texts.
        rows: token ids of the text: one row, or several windows of equal length.
        empty: token ids of the empty text, in the same shape.
        score: what is attributed.
        on_progress: called with the number of points that are computed, and of all points.
        types: token type ids of each row of a text pair.

    Raises:
        Problem: captum is not installed, or the model has no word embeddings.
    """
    integrated_gradients = _integrated_gradients()
    table = word_embeddings_of(model)
    if table is None:
        raise Problem(f"{model.config.model_type} has no word embeddings to trace predictions to")
    model.requires_grad_(False)
    ids = torch.from_numpy(np.array([rows, empty], np.int64)).to(model.device)
    vectors, empty_vectors = table(ids).split(1)
    logits_of = _logits_of(model, layout, table, rows, types)
    done = 0

    def scores(points: Tensor) -> Tensor:
        nonlocal done
        if done < count:
            on_progress(done, count)
        done += len(points)
        return score(logits_of(points))

    # cuDNN computes no gradients of a recurrent network in evaluation mode.
    with torch.backends.cudnn.flags(enabled=False):
        for count in _POINTS:
            done = 0
            found, error = integrated_gradients(scores).attribute(
                vectors,
                empty_vectors,
                n_steps=count,
                internal_batch_size=max(1, _POSITIONS // sum(map(len, rows))),
                return_convergence_delta=True,
            )
            tokens = found[0].sum(-1).flatten().double().cpu().numpy()
            if abs(float(error)) <= _TOLERANCE * np.abs(tokens).sum():
                break
        with torch.inference_mode():
            ends = [float(scores(each)) for each in (vectors, empty_vectors)]
    return Attribution(tokens, ends[0], ends[1], float(error), count)


def _integrated_gradients() -> Any:
    try:
        from captum.attr import IntegratedGradients
    except ImportError as error:
        raise Problem(
            f"predictions cannot be explained without captum ({error})",
            mend="Install it: pip install 'bertcls-tui[explain]'.",
        ) from error
    return IntegratedGradients


def _logits_of(
    model: Any, layout: Layout, table: nn.Embedding, rows: Sequence[Ids], types: Sequence[Types] | None
) -> Callable[[Tensor], Tensor]:
    """Make a function from word embeddings, shape (points, rows, tokens, width), to mean logits of the rows.

    The logits have shape (points, labels).
    """
    at_once = max(1, _POSITIONS // len(rows[0]))

    def compute(vectors: Tensor, first: int) -> Tensor:
        """Logits of rows, beginning with number `first` and again with 0 after the last."""
        numbers = [(first + number) % len(rows) for number in range(len(vectors))]
        of_rows = None if types is None else [types[number] for number in numbers]
        # Ids are passed as well: some models derive positions from them.
        inputs = move(layout.inputs([rows[number] for number in numbers], of_rows), model.device)
        with _replaced_output(table, vectors):
            logits: Tensor = model(**inputs).logits
            return logits

    def mean_logits(points: Tensor) -> Tensor:
        vectors = points.flatten(0, 1)
        if len(vectors) <= at_once:
            logits = compute(vectors, 0)
        else:
            # Windows that exceed the budget are recomputed for their gradients.
            parts = enumerate(torch.split(vectors, at_once))
            logits = torch.cat(
                [checkpoint(compute, part, number * at_once, use_reentrant=False) for number, part in parts]
            )
        return logits.view(*points.shape[:2], -1).mean(1)

    return mean_logits


@contextlib.contextmanager
def _replaced_output(table: nn.Embedding, vectors: Tensor) -> Iterator[None]:
    """Within this context `table` outputs `vectors`, shape (texts, tokens, width), for any ids."""
    hook = table.register_forward_hook(lambda module, args, output: vectors.reshape(output.shape))
    try:
        yield
    finally:
        hook.remove()
