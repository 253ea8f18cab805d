"""RunConfig: everything a run can be asked."""

import tomli_w

from core.config.networks import CnnSection, RnnSection
from core.config.section import Section
from core.config.sections import DataConfig, ModelConfig, OutputConfig, StoppingConfig, TrainingConfig


class RunConfig(Section):
    """Everything that was asked of a run. `config.toml` of a run directory is one of these."""

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    cnn: CnnSection = CnnSection()
    rnn: RnnSection = RnnSection()
    training: TrainingConfig = TrainingConfig()
    stopping: StoppingConfig = StoppingConfig()
    output: OutputConfig = OutputConfig()

    @property
    def split_seed(self) -> int:
        """Decides which rows are set aside for validation."""
        return self.training.seed if self.data.split_seed is None else self.data.split_seed

    def to_toml(self) -> str:
        """The configuration as TOML; fields that are None and networks that are not trained are left out."""
        others = {"cnn", "rnn"} - {self.model.name}
        return tomli_w.dumps(self.model_dump(exclude_none=True, exclude=others))
