"""The events of a run: one line of JSON each, with `seq`, `time` and `kind`, in an append-only file.

Numbers that are not finite are written as null and read as None, a gap in a curve.
"""

from core.runs.events.kinds import (
    Acknowledged,
    AnyEvent,
    Blocked,
    Checkpoint,
    EndReason,
    Evaluation,
    Event,
    Launched,
    MemoryShort,
    NotFinite,
    Probed,
    RolledBack,
    RunEnded,
    RunStarted,
    Stage,
    Step,
    Stopping,
    Unblocked,
    Warned,
)
from core.runs.events.reading import EventFollower
from core.runs.events.writing import EventWriter

__all__ = [
    "Acknowledged",
    "AnyEvent",
    "Blocked",
    "Checkpoint",
    "EndReason",
    "Evaluation",
    "Event",
    "EventFollower",
    "EventWriter",
    "Launched",
    "MemoryShort",
    "NotFinite",
    "Probed",
    "RolledBack",
    "RunEnded",
    "RunStarted",
    "Stage",
    "Step",
    "Stopping",
    "Unblocked",
    "Warned",
]
