"""Dropout that a CPU draws quickly."""

import torch
from torch import Tensor, nn

# Sixteen random bits decide on an element; they are numbers from here on.
_LOWEST = -(1 << 15)
_DRAWS = 1 << 16


class QuickDropout(nn.Dropout):
    """As `nn.Dropout`, with four elements to a random number: a CPU draws these one after the other.

    The probability `p` is rounded to a multiple of 1 / 65,536.
    """

    def forward(self, states: Tensor) -> Tensor:
        """`states` of any shape, with zeros among them in training."""
        dropped = round(self.p * _DRAWS)
        if not self.training or not 0 < dropped < _DRAWS:
            return super().forward(states)
        elements = states.numel()
        numbers = torch.empty(elements // 4 + 1, dtype=torch.int64).random_(-(1 << 63), None)
        draws = numbers.view(torch.int16)[:elements].view(states.shape)
        kept = (draws >= _LOWEST + dropped).to(states.dtype)
        return states * kept.mul_(_DRAWS / (_DRAWS - dropped))


def quicken_dropout(model: nn.Module) -> None:
    """Replace every `nn.Dropout` of a model that computes on a CPU; a GPU draws quickly by itself."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout and not child.inplace:
                setattr(module, name, QuickDropout(child.p).train(child.training))
