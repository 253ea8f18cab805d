"""torch.compile of a model's layers, where a run is long enough to pay for it."""

from typing import Any

from transformers.modeling_utils import PreTrainedModel

from core.upstream.transformers import encoder_of

# Compiling takes a minute or two; a step saves some milliseconds.
_WORTHWHILE_STEPS = 2000


def is_worth_it(choice: str, device: str, steps: int) -> bool:
    """Whether to compile, for RunConfig's `compile`. Never on a CPU, where it is slower."""
    return device == "cuda" and (choice == "on" or (choice == "auto" and steps >= _WORTHWHILE_STEPS))


def compile_layers(model: PreTrainedModel) -> None:
    """Have each layer compiled when it is first used, for batches of all sizes.

    The last one stays as it is: what the head does not read is left out of it by hooks.
    """
    trunk: Any = encoder_of(model)
    for layer in list(getattr(trunk, "layer", []))[:-1]:
        layer.compile(dynamic=True)
