"""Presets: named combinations of settings, as layers for `build_config`."""

from core.config import Values

# How the notebook trains its CNN and RNN: Adam at a constant rate.
_NOTEBOOK_TRAINING = {
    "learning_rate": 1e-3,
    "train_batch_size": 8,
    "max_steps": 2500,
    "warmup": 0.0,
    "schedule": "constant",
    "weight_decay": 0.0,
}
# PyTorch's own initialization of word embeddings.
_NOTEBOOK_EMBEDDINGS = {"embedding_size": 64, "initializer_range": 1.0, "dropout": 0.0}
PRESETS: dict[str, Values] = {
    # The notebook exactly: no warm-up, no weight decay, three evaluations.
    "notebook": {
        "model": {"name": "bert-base-cased", "max_length": 512},
        "training": {
            "learning_rate": 3e-5,
            "train_batch_size": 8,
            "eval_batch_size": 32,
            "max_steps": 300,
            "eval_steps": 100,
            "warmup": 0.0,
            "weight_decay": 0.0,
        },
        "stopping": {"metric": "accuracy", "patience": 5},
    },
    "cnn-notebook": {
        "model": {"name": "cnn", "max_length": 128, "vocabulary": 16_000},
        "cnn": {**_NOTEBOOK_EMBEDDINGS, "filters": 10, "widths": [3]},
        "training": _NOTEBOOK_TRAINING,
    },
    "rnn-notebook": {
        "model": {"name": "rnn", "max_length": 128, "vocabulary": 16_000},
        "rnn": {
            **_NOTEBOOK_EMBEDDINGS,
            "cell": "tanh",
            "hidden_size": 96,
            "layers": 1,
            "bidirectional": False,
            # With the last state of 128, a plain cell learns almost nothing in 2,500 steps.
            "pooling": "max",
        },
        "training": _NOTEBOOK_TRAINING,
    },
}


def model_layer(model: str) -> Values:
    """The settings of a preset, or those that select the model of this name."""
    return PRESETS.get(model, {"model": {"name": model}})
