"""ModelRecord: what a finished model says of itself, as `bertcls.json` beside its weights keeps it."""

import msgspec

from core.text.long_text import LongText

MODEL_RECORD = "bertcls.json"


class ModelRecord(msgspec.Struct, frozen=True):
    """What a finished model says of itself beside its config."""

    run: str
    step: int
    labels: list[str]
    max_length: int
    metric: str
    best: float | None
    """Best value of the metric, on the validation split."""
    long_text: LongText = "head"
    """What is read of texts longer than `max_length`."""
