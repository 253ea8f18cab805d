"""Presets: settings that go together, as one layer for `build_config`."""

from core.config import Values

# How the notebook trains its two baselines: plain Adam at one rate.
_FROM_NOTHING = {
    "learning_rate": 1e-3,
    "train_batch_size": 8,
    "max_steps": 2500,
    "warmup": 0.0,
    "schedule": "constant",
    "weight_decay": 0.0,
}
# PyTorch draws word vectors so, where nothing else is said.
_PLAIN_VECTORS = {"embedding_size": 64, "initializer_range": 1.0, "dropout": 0.0}
PRESETS: dict[str, Values] = {
    # The exact settings of the notebook: no warm-up, no weight decay, three evaluations.
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
        "model": {"name": "cnn", "max_length": 128},
        "cnn": {**_PLAIN_VECTORS, "filters": 10, "widths": [3]},
        "training": _FROM_NOTHING,
    },
    "rnn-notebook": {
        "model": {"name": "rnn", "max_length": 128},
        "rnn": {
            **_PLAIN_VECTORS,
            "cell": "tanh",
            "hidden_size": 96,
            "layers": 1,
            "bidirectional": False,
            # From the last state of 128 a plain cell learns next to nothing in so many steps.
            "pooling": "max",
        },
        "training": _FROM_NOTHING,
    },
}


def layer_of(model: str) -> Values:
    """What the name of a model, or of a preset in its place, sets."""
    return PRESETS.get(model, {"model": {"name": model}})
