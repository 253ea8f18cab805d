"""How much each token speaks for a label: integrated gradients along the way from an empty text to the text.

After M. Sundararajan, A. Taly and Q. Yan, Axiomatic Attribution for Deep Networks, 2017. What is attributed
are the log odds of the label, ln(p / (1 - p)): unlike the probability they do not level off where it is near
1, so that words count all along the way.
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
from transformers.modeling_utils import PreTrainedModel

from core.encoding.tokens import Ids, Types
from core.models.layouts import Layout, move
from core.problems import Problem
from core.upstream.transformers import word_embeddings_of

# Points on the way, until what the tokens add up to is off by no more than this share of all they say.
_POINTS = (24, 48, 96, 192)
_TOLERANCE = 0.02
# Token positions of one forward and backward pass: what it keeps in memory grows with them.
_POSITIONS = 1024

Score = Callable[[Tensor], Tensor]
"""From logits, shape (texts, labels), to what is attributed, shape (texts,)."""


@dataclass(frozen=True)
class Attribution:
    """What the tokens of a text contribute.

    Attributes:
        tokens: float64, shape (tokens,), of all rows end to end: they add up to `score` - `empty_score`, but
            for `error`.
        score: of the text.
        empty_score: of as many tokens of padding.
        error: of the approximation.
        points: how many points on the way were computed.
    """

    tokens: npt.NDArray[np.float64]
    score: float
    empty_score: float
    error: float
    points: int


def log_odds(label: int, temperature: float = 1.0, *, is_multi_label: bool = False) -> Score:
    """The log odds of the label of that number: against all others, or, of a set, against not having it."""

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

    Windows go the way together: what is attributed is the score of the mean of their logits.

    Args:
        model: a classifier in evaluation mode on its device; its parameters need no gradient from now on.
        layout: how it takes texts.
        rows: the tokens of the text: one row, or several windows of one length.
        empty: those of the text that says nothing, as many.
        score: what is attributed.
        on_progress: is told how many points of how many are computed.
        types: of the tokens of each row, where the text is two.

    Raises:
        Problem: captum is not installed, or the model has no table of word vectors.
    """
    integrated_gradients = _integrated_gradients()
    table = word_embeddings_of(model)
    if table is None:
        raise Problem(f"{model.config.model_type} has no table of word vectors that words could be traced to")
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

    # cuDNN computes no gradients of a recurrent network that is not in training.
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
            f"why a label was chosen cannot be computed without captum ({error})",
            mend="Install it: pip install 'bertcls-tui[explain]'.",
        ) from error
    return IntegratedGradients


def _logits_of(
    model: Any, layout: Layout, table: nn.Embedding, rows: Sequence[Ids], types: Sequence[Types] | None
) -> Callable[[Tensor], Tensor]:
    """Takes word vectors in place of those of `rows`, shape (points, rows, tokens, width).

    It gives the mean of the logits of the rows, shape (points, labels).
    """
    at_once = max(1, _POSITIONS // len(rows[0]))

    def compute(vectors: Tensor, first: int) -> Tensor:
        """Logits of the rows from the number `first` on, the first one again after the last."""
        numbers = [(first + number) % len(rows) for number in range(len(vectors))]
        of_rows = None if types is None else [types[number] for number in numbers]
        # The ids stay those of the text: some models count positions by them.
        inputs = move(layout.inputs([rows[number] for number in numbers], of_rows), model.device)
        with _vectors_instead(table, vectors):
            logits: Tensor = model(**inputs).logits
            return logits

    def mean_logits(points: Tensor) -> Tensor:
        vectors = points.flatten(0, 1)
        if len(vectors) <= at_once:
            logits = compute(vectors, 0)
        else:
            # Of windows that do not fit into memory together, each is computed again for its gradient.
            parts = enumerate(torch.split(vectors, at_once))
            logits = torch.cat(
                [checkpoint(compute, part, number * at_once, use_reentrant=False) for number, part in parts]
            )
        return logits.view(*points.shape[:2], -1).mean(1)

    return mean_logits


@contextlib.contextmanager
def _vectors_instead(table: nn.Embedding, vectors: Tensor) -> Iterator[None]:
    """Within this `table` gives `vectors`, shape (texts, tokens, width), whatever it is asked for."""
    hook = table.register_forward_hook(lambda module, args, output: vectors.reshape(output.shape))
    try:
        yield
    finally:
        hook.remove()
