"""Let a stock classifier compute texts end to end, without padding, and change it back."""

import contextlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from core.models.packed import attention
from core.models.packed.architectures import Packable, Pooling, exit_module, first_position
from core.models.packed.attention import KEYWORD
from core.models.packed.layouts import TYPES
from core.models.packed.texts import PackedTexts
from core.upstream.torch import mean_of_segments
from core.upstream.transformers import attention_of, layers_of

_POOLED: Mapping[Pooling, str] = {
    "first": "first token pooled",
    "last": "last token pooled",
    "mean": "mean of the tokens",
    "all": "pooled by the head",
}

Hooked = tuple[tuple[Any, ...], dict[str, Any]]
Options = dict[str, Any]


class Packing:
    """Hooks by which a classifier takes packed texts; its class and its weights stay as they are.

    Between its embeddings and its last layer there is one row of tokens, shape (1, tokens, width). Behind it
    texts lie side by side again, as pooling and head expect them: with the pooled state only, shape
    (texts, 1, width), or with all states, shape (texts, longest, width).

    Args:
        model: a classifier.
        way: how it is packed.

    Attributes:
        takes_padded: whether padded inputs are packed in the forward pass; otherwise they are an error.

    Raises:
        AttributeError: the model is not built as `way` says.
    """

    def __init__(self, model: PreTrainedModel, way: Packable) -> None:
        self.takes_padded = False
        self._model = model
        self._way = way
        self._usual = attention_of(model)
        self._given: tuple[Tensor, PackedTexts] | None = None
        with contextlib.ExitStack() as hooks:
            self._hook(hooks, way)
            self._hooks = hooks.pop_all()

    def __str__(self) -> str:
        narrowed = ", the last layer narrowed" if self._way.narrowed else ""
        return f"{_POOLED[self._way.pooling]}{narrowed}"

    def remove(self) -> None:
        """Change the classifier back."""
        self._hooks.close()

    def _hook(self, hooks: contextlib.ExitStack, way: Packable) -> None:
        def register(by: Callable[..., Any], hook: Callable[..., Any], **how: bool) -> None:
            hooks.callback(by(hook, **how).remove)

        model, base = self._model, self._model.base_model
        hooks.callback(model.set_attn_implementation, self._usual)
        model.set_attn_implementation(attention.NAME)
        self._no_cache = (
            {"use_cache": False} if "use_cache" in inspect.signature(base.forward).parameters else {}
        )
        register(model.register_forward_pre_hook, self._enter, with_kwargs=True)
        register(base.register_forward_pre_hook, self._enter_base, with_kwargs=True)
        where = exit_module(base, way.exit)
        if way.exit == "pooler":
            register(where.register_forward_pre_hook, self._before_pooler)
        else:
            register(where.register_forward_hook, self._leave)
        layers = layers_of(model)
        assert layers is not None
        last: Any = layers[-1]
        if way.narrowed == "attention":
            register(last.attention.output.register_forward_pre_hook, self._drop)
        elif way.narrowed == "mlp":
            register(last.mlp.register_forward_pre_hook, self._skip)
            register(last.mlp.register_forward_hook, self._fill)

    def _enter(self, module: nn.Module, args: Any, options: Options) -> Hooked:
        """Keep the packed inputs, and show the head what it expects to pool."""
        if options.get(KEYWORD) is None and self.takes_padded:
            args, options = (), self._unpadded(args, options)
        texts = options.get(KEYWORD)
        if not isinstance(texts, PackedTexts):
            raise RuntimeError("a packed forward pass needs to know where the texts lie")
        ids = options["input_ids"]
        self._given = ids, texts
        if self._way.pooling != "all":
            return args, options | {"input_ids": ids[0, texts.lasts, None]}
        places, _, is_token = texts.grid
        shown = ids[0, places].view(is_token.shape)
        return args, options | {"input_ids": shown, "attention_mask": is_token.long()}

    def _unpadded(self, args: Any, options: Options) -> Options:
        """Packed inputs, from padded ones by name or in their usual order.

        Raises:
            ValueError: there are no token ids, or the mask is not one of tokens.
        """
        options = dict(inspect.signature(self._model.forward).bind_partial(*args, **options).arguments)
        options |= options.pop("kwargs", {})
        ids, mask = options.get("input_ids"), options.pop("attention_mask", None)
        if ids is None:
            raise ValueError("a packed classifier takes token ids (input_ids), not their embeddings")
        mask = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
        if mask.shape != ids.shape:
            raise ValueError(f"attention_mask has shape {tuple(mask.shape)}, input_ids {tuple(ids.shape)}")
        lengths = mask.sum(1)
        options[KEYWORD] = PackedTexts.of(lengths.cpu().numpy()).to(ids.device)
        usual = (mask.cumsum(1) - 1) + first_position(self._model.config)
        positions = options.get("position_ids")
        options["position_ids"] = (usual if positions is None else positions.expand_as(ids))[mask][None]
        for name in ("input_ids", TYPES):
            if options.get(name) is not None:
                options[name] = options[name][mask][None]
        return options

    def _enter_base(self, module: nn.Module, args: Any, options: Options) -> Hooked:
        """Give the base model the packed inputs. Heads hand it the token ids first, if not by name."""
        return (), options | {"input_ids": self._ids, "attention_mask": None} | self._no_cache

    def _leave(self, module: nn.Module, args: Any, output: Any) -> Any:
        output.last_hidden_state = self._side_by_side(output.last_hidden_state)
        return output

    def _before_pooler(self, module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._side_by_side(args[0]), *args[1:])

    def _side_by_side(self, states: Tensor) -> Tensor:
        """What the head reads of `states`, shape (1, tokens, width)."""
        way, texts = self._way, self._texts
        if way.narrowed == "attention":
            return states.transpose(0, 1)  # only the pooled ones are left
        if way.pooling == "all":
            places, _, is_token = texts.grid
            return states[0].index_select(0, places).view(*is_token.shape, -1)
        if way.pooling == "mean":
            return mean_of_segments(states[0].float(), texts.lengths).to(states.dtype)[:, None]
        return states[0].index_select(0, self._pooled)[:, None]

    # Hooks of `nn.Module` get tuples of positional arguments.
    def _drop(self, module: nn.Module, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Of the attention's output and of the residual, keep the pooled tokens."""
        return tuple(state[:, self._pooled] for state in states)

    def _skip(self, module: nn.Module, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (states[0].index_select(1, self._pooled), *states[1:])

    def _fill(self, module: nn.Module, args: Any, output: Tensor) -> Tensor:
        """Add nothing to the residual of tokens that nobody reads."""
        whole = output.new_zeros(1, self._texts.tokens, output.shape[-1])
        return whole.index_copy(1, self._pooled, output)

    @property
    def _ids(self) -> Tensor:
        assert self._given is not None
        return self._given[0]

    @property
    def _texts(self) -> PackedTexts:
        assert self._given is not None
        return self._given[1]

    @property
    def _pooled(self) -> Tensor:
        """Position of the token of each text that is pooled, shape (texts,)."""
        return self._texts.firsts if self._way.pooling == "first" else self._texts.lasts
