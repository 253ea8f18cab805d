"""Explain a prediction: the contribution of each word of a text to a label."""

import time
from collections.abc import Callable

from scipy.special import expit

from core.encoding.words import words_of
from core.models.inference_settings import label_names
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.protocol import Explanation, WordContribution


def explain_text(
    predictor: Predictor, text: str, label: str | None, on_progress: Callable[[int, int], None]
) -> Explanation:
    """Explain the probability of a label by the words of a text.

    Args:
        predictor: the classifier.
        text: of any length; for unread parts only their place is given.
        label: the label to explain; by default the most probable of those that are predicted.
        on_progress: called with the number of computed points, and of all points.

    Raises:
        Problem: the label does not exist, captum is not installed, or the model cannot be explained.
    """
    began = time.perf_counter()
    output = predictor.predict([text])
    (chosen,) = label_names(output.decided, predictor.labels)
    shares = dict(zip(predictor.labels, output.probabilities[0].tolist(), strict=True))
    names = sorted(shares, key=lambda name: (name not in chosen, -shares[name]))
    if label is None:
        label = names[0]
    elif label not in names:
        raise Problem(f"there is no label {label!r}", mend=f"The labels are {', '.join(predictor.labels)}.")
    traced = predictor.trace(text)
    found = predictor.attribute(traced, predictor.labels.index(label), on_progress)
    words = words_of(text, traced)
    contributions = [float(found.tokens[list(word.tokens)].sum()) for word in words]
    said = sum(map(abs, contributions)) or 1.0
    return Explanation(
        label=label,
        labels=names,
        probability=float(expit(found.score)),
        empty_probability=float(expit(found.empty_score)),
        words=[
            WordContribution(start=word.start, end=word.end, contribution=contribution / said)
            for word, contribution in zip(words, contributions, strict=True)
        ],
        error=found.error / said,
        step=predictor.source.step,
        which=predictor.source.which,
        tokens=int(output.full_lengths[0]),
        truncated=bool(output.truncated[0]),
        unread_tokens=int(output.unread[0]),
        unread=predictor.unread(text),
        max_length=predictor.max_length,
        seconds=time.perf_counter() - began,
    )
