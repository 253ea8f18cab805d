"""The question why a text gets a label. The heavy libraries are imported by the function that needs them."""

from __future__ import annotations

from core.methods.memory import Memory, Progress, beside_trainer
from core.protocol import Explanation
from core.runs.checkpoints import Which


def explain(
    memory: Memory,
    run: str,
    text: str,
    which: Which,
    on_progress: Progress,
    label: str | None = None,
    device: str = "auto",
) -> Explanation:
    """What the words of a text contribute to a label, by default to the one that is predicted."""
    with beside_trainer(run, device) as place:
        predictor = memory.predictor(run, which, place, on_progress)
        from core.prediction.explaining import explain_text

        return explain_text(
            predictor, text, label, lambda done, total: on_progress("explaining", done, total)
        )
