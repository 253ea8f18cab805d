"""RunConfig: everything a run can be asked, with its defaults, read from and written to TOML.

The defaults are those of the notebook that people start from; what is None is derived from the data or the
model when the run is planned.
"""

from core.config.building import Values, build_config, merge, parse_setting, read_config
from core.config.networks import CnnSection, RnnSection
from core.config.run import RunConfig
from core.config.section import Section
from core.config.sections import (
    ClassWeights,
    Compile,
    DataConfig,
    Metric,
    ModelConfig,
    OutputConfig,
    Precision,
    StoppingConfig,
    TrainingConfig,
)

__all__ = [
    "ClassWeights",
    "CnnSection",
    "Compile",
    "DataConfig",
    "Metric",
    "ModelConfig",
    "OutputConfig",
    "Precision",
    "RnnSection",
    "RunConfig",
    "Section",
    "StoppingConfig",
    "TrainingConfig",
    "Values",
    "build_config",
    "merge",
    "parse_setting",
    "read_config",
]
