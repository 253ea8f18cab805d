"""What is derived from the data for a model that is trained from scratch."""

import math

from core.config import FROM_SCRATCH, RunConfig
from core.data.tables.table import assumption
from core.training.lengths import training_steps


def from_scratch_reasons(config: RunConfig, rows: int, tokens: int) -> list[str]:
    """Return a sentence for each derived setting; none for another model.

    Args:
        config: of the run.
        rows: training examples.
        tokens: size of the vocabulary.
    """
    model, training = config.model, config.training
    if model.name not in FROM_SCRATCH:
        return []
    found = []
    if training.epochs is None and training.max_steps is None:
        batch_size = training.train_batch_size
        epochs = training_steps(rows, batch_size, from_scratch=True) / math.ceil(rows / batch_size)
        why = f"{model.name} is trained from scratch"
        found.append(assumption(f"length of training {epochs:.3g} epochs", why, "--epochs"))
    if model.vocabulary is None and model.tokenizer is None:
        what = f"vocabulary {tokens:,} tokens"
        found.append(assumption(what, "by the amount of training text", "--set model.vocabulary=N"))
    return found
