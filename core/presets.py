"""Presets: settings that go together, as one layer for `build_config`."""

from core.config import Values

# How the notebook trains its two baselines.
_FROM_NOTHING = {
    "learning_rate": 1e-3,
    "train_batch_size": 8,
    "max_steps": 2500,
    "warmup": 0.0,
    "weight_decay": 0.0,
}
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
        "cnn": {"embedding_size": 64, "filters": 10, "widths": [3], "dropout": 0.0},
        "training": _FROM_NOTHING,
    },
    "rnn-notebook": {
        "model": {"name": "rnn", "max_length": 128},
        "rnn": {
            "embedding_size": 64,
            "cell": "tanh",
            "hidden_size": 96,
            "layers": 1,
            "bidirectional": False,
            "pooling": "last",
            "dropout": 0.0,
        },
        "training": _FROM_NOTHING,
    },
}
