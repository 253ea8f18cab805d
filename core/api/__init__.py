"""The public functions of the engine, as `core` exports them.

They print nothing, and raise `core.problems.Problem` for errors that a user can mend. A run is given by its
name in the folder of runs, by its path, or by its `RunSummary`. `core.runs` is the function that lists runs.
"""

from core.api.classifier import Classifier, Prediction, load
from core.api.data import Data
from core.api.questions import check, compare, evaluate
from core.api.training import resume, train

__all__ = [
    "Classifier",
    "Data",
    "Prediction",
    "check",
    "compare",
    "evaluate",
    "load",
    "resume",
    "train",
]
