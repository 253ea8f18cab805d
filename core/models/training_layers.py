"""Changes to a classifier before it is trained: word embeddings, dropout, initial biases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from transformers import PreTrainedModel

from core.upstream.transformers import word_embeddings_of


class WordEmbeddings(nn.Module):
    """An embedding that trains the rows of some words only, those of the training texts.

    Word embeddings are half of MiniLM's weights and two thirds of XLM-RoBERTa's. For the rows of other words
    an optimizer would spend time without effect, except for weight decay; here they stay as pre-trained. The
    state dict is that of `nn.Embedding`: all rows, under the name `weight`.

    Args:
        embeddings: the embedding to replace.
        words: ids of the words to train, shape (words,), on the device of `embeddings`.
    """

    def __init__(self, embeddings: nn.Embedding, words: Tensor) -> None:
        super().__init__()
        self.weight = embeddings.weight.requires_grad_(False)
        places = torch.full((embeddings.num_embeddings,), -1, device=words.device)
        places[words] = torch.arange(len(words), device=words.device)
        self.register_buffer("_words", words, persistent=False)
        self.register_buffer("_places", places, persistent=False)
        self._words: Tensor
        self._places: Tensor
        padding = -1 if embeddings.padding_idx is None else int(places[embeddings.padding_idx])
        self._padding = None if padding < 0 else padding
        self.trained = nn.Parameter(self.weight.detach()[words])
        self.register_state_dict_pre_hook(_before_saving)  # type: ignore[no-untyped-call]
        self.register_state_dict_post_hook(_after_saving)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_before_loading)  # type: ignore[no-untyped-call]

    def forward(self, ids: Tensor) -> Tensor:
        """Embeddings of word ids; the output has one dimension more.

        Raises:
            IndexError: in training, an id is not among `words`.
        """
        if self.training:
            return embedding(self._places[ids], self.trained, self._padding)
        return embedding(ids, self.weight)

    def train(self, mode: bool = True) -> "WordEmbeddings":
        """As `nn.Module.train`; evaluation sees what was learned until now."""
        if not mode:
            self.merge()
        return super().train(mode)

    def merge(self) -> None:
        """Copy the trained rows into `weight`."""
        with torch.no_grad():
            self.weight[self._words] = self.trained

    def split(self, weight: Tensor) -> Tensor:
        """The rows of `weight`, shape (all words, width), that are trained here."""
        return weight[self._words.to(weight.device)]


# Hooks of `nn.Module` must be plain functions.
def _before_saving(module: WordEmbeddings, prefix: str, keep_vars: bool) -> None:
    module.merge()


def _after_saving(module: WordEmbeddings, state_dict: Any, prefix: str, metadata: Any) -> None:
    del state_dict[f"{prefix}trained"]


def _before_loading(module: WordEmbeddings, state_dict: Any, prefix: str, *args: Any) -> None:
    weight = state_dict.get(f"{prefix}weight")
    if weight is not None:
        state_dict[f"{prefix}trained"] = module.split(weight)


def train_used_embeddings(model: PreTrainedModel, used: npt.NDArray[np.intp]) -> None:
    """Train the embeddings of used words only, if `model` has ordinary embeddings that nothing else shares.

    Args:
        model: a classifier.
        used: token ids that occur in training, ascending, each once.
    """
    embeddings = word_embeddings_of(model)
    if embeddings is None:
        return
    users = [module for module in model.modules() if getattr(module, "weight", None) is embeddings.weight]
    if len(users) == 1:
        words = torch.from_numpy(used).to(embeddings.weight.device)
        model.set_input_embeddings(WordEmbeddings(embeddings, words))


# `FastDropout` decides on an element by sixteen random bits, read as a signed number.
_LOWEST = -(1 << 15)
_DRAWS = 1 << 16


class FastDropout(nn.Dropout):
    """`nn.Dropout` that draws one random number for four elements: a CPU draws them one after the other.

    The probability `p` is rounded to a multiple of 1 / 65,536.
    """

    def forward(self, states: Tensor) -> Tensor:
        """Zero elements of `states`, of any shape, in training."""
        dropped = round(self.p * _DRAWS)
        if not self.training or not 0 < dropped < _DRAWS:
            return super().forward(states)
        elements = states.numel()
        numbers = torch.empty(elements // 4 + 1, dtype=torch.int64).random_(-(1 << 63), None)
        draws = numbers.view(torch.int16)[:elements].view(states.shape)
        kept = (draws >= _LOWEST + dropped).to(states.dtype)
        return states * kept.mul_(_DRAWS / (_DRAWS - dropped))


def use_fast_dropout(model: nn.Module) -> None:
    """Replace every `nn.Dropout` of a model on the CPU by `FastDropout`."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout and not child.inplace:
                setattr(module, name, FastDropout(child.p).train(child.training))


def set_initial_biases(
    model: PreTrainedModel, shares: npt.NDArray[np.floating], new: Sequence[int] | None = None
) -> None:
    """Set the biases of new labels of a multi-label head so that each starts at its share of the texts.

    Most labels are rare: otherwise the first few hundred steps learn nothing else (T.-Y. Lin et al., Focal
    Loss for Dense Object Detection, 2017, section 4.1). A head without biases stays as it is.

    Args:
        model: a classifier.
        shares: of the texts that have a label, shape (labels,), between 0 and 1.
        new: numbers of the labels whose rows are new; by default all.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    last = next((layer for layer in reversed(layers) if layer.out_features == len(shares)), None)
    if last is not None and last.bias is not None:
        with torch.no_grad():
            biases = torch.from_numpy(np.log(shares / (1 - shares)))
            chosen = list(range(len(shares)) if new is None else new)
            last.bias[chosen] = biases[chosen].to(last.bias)
