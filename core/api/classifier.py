"""load: a classifier in memory, from a checkpoint of a run or its finished model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.arguments import check_checkpoint
from core.api.naming import RunName, find_run
from core.api.wording import in_words_of_python
from core.problems import Problem
from core.runs.checkpoints import Which
from core.text.text_pairs import join, split

if TYPE_CHECKING:
    from core.prediction.predictor import Predictor


@dataclass(frozen=True)
class Prediction:
    """The answer of a classifier about one text."""

    labels: tuple[str, ...]
    """The predicted label; with several labels a text, all that reach their thresholds: none, one or more."""
    probabilities: dict[str, float]
    """By label name, 0 to 1, with the temperature applied. Those of single labels add up to 1."""
    is_truncated: bool
    """Whether a part of the text was not read."""

    @property
    def label(self) -> str:
        """The predicted label, or the most probable one with several labels a text."""
        return max(self.probabilities, key=self.probabilities.__getitem__)


class Classifier:
    """A classifier in memory, made by `load`.

    It applies what was saved with the weights: temperature, thresholds and the long-text policy.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    @property
    def labels(self) -> list[str]:
        """Label names by label number."""
        return self._predictor.labels

    @property
    def step(self) -> int:
        """Training step of the weights."""
        return self._predictor.source.step

    @property
    def max_length(self) -> int:
        """Tokens that are read at once."""
        return self._predictor.max_length

    @property
    def is_multi_label(self) -> bool:
        """Whether a text can have several labels."""
        return self._predictor.is_multi_label

    def predict(self, texts: Iterable[str | tuple[str, str]]) -> list[Prediction]:
        """Classify texts.

        Args:
            texts: any number; tuples of two if the classifier reads text pairs.

        Returns:
            One prediction a text, in the same order.

        Raises:
            Problem: single texts were given to a classifier of text pairs, or the other way round.
            TypeError: `texts` is a single string, or one of them is neither a string nor a tuple of two.
        """
        from core.models.inference_settings import label_names

        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts: write predict([text])")
        given = [self._as_text(number, text) for number, text in enumerate(texts)]
        if not given:
            return []
        output = self._predictor.predict(given)
        return [
            Prediction(tuple(labels), dict(zip(self.labels, row, strict=True)), truncated)
            for labels, row, truncated in zip(
                label_names(output.decided, self.labels),
                output.probabilities.tolist(),
                output.truncated.tolist(),
                strict=True,
            )
        ]

    def _as_text(self, number: int, text: str | tuple[str, str]) -> str:
        """Return a text, or a text pair joined to one string, as the model takes it."""
        if isinstance(text, str):
            if self._predictor.pairs and split(text) is None:
                raise Problem(
                    "this is a single text, and the classifier reads text pairs",
                    where=f"text {number}",
                    mend="Give tuples of two texts.",
                )
            return text
        if not (isinstance(text, tuple | list) and len(text) == 2 and all(isinstance(t, str) for t in text)):
            raise TypeError(f"text {number} is neither a string nor a tuple of two strings")
        if not self._predictor.pairs:
            raise Problem(
                "this is a text pair, and the classifier reads single texts",
                where=f"text {number}",
                mend="Give strings.",
            )
        return join(*text)


def load(
    run: RunName, *, which: Which = "best", device: str = "auto", runs_dir: str | Path | None = None
) -> Classifier:
    """Load the classifier of a run; it may still be training.

    Args:
        run: its name, path or summary.
        which: the checkpoint that was `best` on validation, or the `last` one.
        device: `auto`, `cpu`, `cuda` or `cuda:N`. It computes in bfloat16 where the device has that
            natively, unless the run was trained in fp32.
        runs_dir: folder in which names are looked up; by default $BERTCLS_RUNS_DIR, or `runs`.

    Raises:
        Problem: there is no such run, checkpoint or device, or the checkpoint cannot be read.
    """
    check_checkpoint(which, device)
    found = find_run(run, runs_dir)
    # Imported late: torch and transformers take seconds.
    from core.models.quiet import quiet_transformers
    from core.prediction.predictor import Predictor

    with quiet_transformers(), in_words_of_python({}):
        return Classifier(Predictor.load(found, which, device=device))
