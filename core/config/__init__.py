"""RunConfig: every setting of a run, with defaults, read from and written to TOML.

Settings that are None are derived from the data or the model when the run is planned.
"""

from core.config.layers import RUN, Values, build_config, merge, parse_setting, read_config
from core.config.mistakes import describe_mistakes
from core.config.settings import (
    FROM_SCRATCH,
    MINILM,
    ClassWeights,
    CnnSection,
    Compile,
    DataConfig,
    HeadChoice,
    Metric,
    ModelConfig,
    OutputConfig,
    Precision,
    Quote,
    ReadingConfig,
    RnnSection,
    RunConfig,
    Section,
    StoppingConfig,
    TrainingConfig,
)

__all__ = [
    "FROM_SCRATCH",
    "MINILM",
    "RUN",
    "ClassWeights",
    "CnnSection",
    "Compile",
    "DataConfig",
    "HeadChoice",
    "Metric",
    "ModelConfig",
    "OutputConfig",
    "Precision",
    "Quote",
    "ReadingConfig",
    "RnnSection",
    "RunConfig",
    "Section",
    "StoppingConfig",
    "TrainingConfig",
    "Values",
    "build_config",
    "describe_mistakes",
    "merge",
    "parse_setting",
    "read_config",
]
