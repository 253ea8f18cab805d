"""Word vectors of which only those are trained that training texts use."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from transformers.modeling_utils import PreTrainedModel


class WordEmbeddings(nn.Module):
    """An embedding whose parameter holds the vectors of some words only, those of the training texts.

    An optimizer would do nothing to the others, and take long for it: half of MiniLM's weights are word
    vectors, two thirds of XLM-RoBERTa's. (Weight decay would shrink them; here they stay as they were
    pre-trained.) A state dict has the vectors of all words under the one name `weight`, as that of
    `nn.Embedding` has.

    Args:
        vectors: the embedding that this takes the place of.
        words: ids of those that are used, shape (used words,), on the same device.
    """

    def __init__(self, vectors: nn.Embedding, words: Tensor) -> None:
        super().__init__()
        self.weight = vectors.weight.requires_grad_(False)
        places = torch.full((vectors.num_embeddings,), -1, device=words.device)
        places[words] = torch.arange(len(words), device=words.device)
        self.register_buffer("_words", words, persistent=False)
        self.register_buffer("_places", places, persistent=False)
        self._words: Tensor
        self._places: Tensor
        padding = -1 if vectors.padding_idx is None else int(places[vectors.padding_idx])
        self._padding = None if padding < 0 else padding
        self.trained = nn.Parameter(self.weight.detach()[words])

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors of the words `ids`, one dimension more.

        Raises:
            IndexError: a word that is not used is to be trained.
        """
        if self.training:
            return embedding(self._places[ids], self.trained, self._padding)
        return embedding(ids, self.weight)

    def train(self, mode: bool = True) -> "WordEmbeddings":
        """As for every module; whoever evaluates finds what was learnt until now."""
        if not mode:
            self._merge()
        return super().train(mode)

    def _merge(self) -> None:
        with torch.no_grad():
            self.weight[self._words] = self.trained

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        self._merge()
        destination[f"{prefix}weight"] = self.weight if keep_vars else self.weight.detach()

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any) -> None:
        own = f"{prefix}trained"
        loaded = state_dict.get(f"{prefix}weight")
        if loaded is not None:
            state_dict = state_dict | {own: loaded[self._words.to(loaded.device)]}
        super()._load_from_state_dict(state_dict, prefix, *args)


def word_embeddings_of(model: PreTrainedModel) -> nn.Embedding | None:
    """The table of word vectors; None where a model computes them in a way of its own."""
    try:
        vectors = model.get_input_embeddings()
    except NotImplementedError:  # how transformers says that there is none
        return None
    return vectors if type(vectors) is nn.Embedding else None


def train_used_embeddings(model: PreTrainedModel, used: npt.NDArray[np.intp]) -> None:
    """Have `model` train the vectors of used words only, if it has an ordinary table of them for itself.

    Args:
        model: a classifier.
        used: token ids that occur in training; each once, in ascending order.
    """
    vectors = word_embeddings_of(model)
    if vectors is None:
        return
    users = [module for module in model.modules() if getattr(module, "weight", None) is vectors.weight]
    if len(users) == 1:
        words = torch.from_numpy(used).to(vectors.weight.device)
        model.set_input_embeddings(WordEmbeddings(vectors, words))


# Sixteen random bits decide on an element; they are numbers from here on.
_LOWEST = -(1 << 15)
_DRAWS = 1 << 16


class FastDropout(nn.Dropout):
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


def use_fast_dropout(model: nn.Module) -> None:
    """Replace every `nn.Dropout` of a model that computes on a CPU; a GPU draws quickly by itself."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout and not child.inplace:
                setattr(module, name, FastDropout(child.p).train(child.training))


def set_initial_biases(model: PreTrainedModel, shares: npt.NDArray[np.floating]) -> None:
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
