"""The CNN and the RNN, trained from scratch. Importing this registers them with the Auto classes."""

from transformers import AutoConfig, AutoModelForSequenceClassification

from core.models.from_scratch.cnn import CnnConfig, CnnForSequenceClassification
from core.models.from_scratch.rnn import RnnConfig, RnnForSequenceClassification

for config, model in (
    (CnnConfig, CnnForSequenceClassification),
    (RnnConfig, RnnForSequenceClassification),
):
    AutoConfig.register(config.model_type, config)
    AutoModelForSequenceClassification.register(config, model)
