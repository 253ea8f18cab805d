"""start_from_shares: a new classifier of sets begins with how frequent the labels are."""

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers.modeling_utils import PreTrainedModel


def start_from_shares(model: PreTrainedModel, shares: npt.NDArray[np.floating]) -> None:
    """Set the biases of the last layer so that each label begins with its share of the texts.

    Most labels are rare: without this the first some hundred steps do nothing but learn that (T.-Y. Lin et
    al., Focal Loss for Dense Object Detection, 2017, section 4.1). A model whose last layer has no biases
    stays as it is.

    Args:
        model: whose last layer is new.
        shares: of the texts that have a label, shape (labels,), between 0 and 1.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    last = next((layer for layer in reversed(layers) if layer.out_features == len(shares)), None)
    if last is not None and last.bias is not None:
        with torch.no_grad():
            last.bias.copy_(torch.from_numpy(np.log(shares / (1 - shares))))
