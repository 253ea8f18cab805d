"""Why a model cannot be loaded, in sentences; and how every model is loaded."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core import hub
from core.config import MINILM
from core.models.catalog import ModelSource, bundled_minilm
from core.problems import Problem
from core.upstream.transformers import load_failure

_MOST_LAYERS = 1000
_NOT_WRITABLE = {getattr(errno, name) for name in ("ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "ENOSPC")}


def load_options(source: ModelSource) -> dict[str, Any]:
    """Arguments for `from_pretrained`: no code of the model is run, and a folder needs no network."""
    return {
        "local_files_only": source.is_folder or not hub.is_reachable(),
        "trust_remote_code": False,
    }


def check_layers(config: Any) -> None:
    """Check that the number of layers is plausible, before memory is taken for them.

    Raises:
        ValueError: it is not.
    """
    layers = getattr(config, "num_hidden_layers", 1)
    if not isinstance(layers, int) or not 0 < layers <= _MOST_LAYERS:
        raise ValueError(f"its config.json says that it has {layers} layers")


@contextlib.contextmanager
def explained(source: ModelSource) -> Iterator[None]:
    """Within this context errors of the library become problems.

    Raises:
        Problem: the model cannot be loaded.
    """
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        raise Problem(_reason(source, error), where=source.name, mend=_advice(source, error)) from error


def _reason(source: ModelSource, error: Exception) -> str:
    failure = load_failure(error)
    if failure == "needs code":
        return "this model needs code of its own, which is never run"
    if failure == "not safetensors":
        return "its weights are not in the safetensors format, the only one that is supported"
    if source.is_folder:
        what = "checkpoint" if source.is_checkpoint else "model in this folder"
        text = " ".join(str(error).split())
        return f"the {what} cannot be loaded ({text[:200] or type(error).__name__})"
    if (fault := _cache_fault(error)) is not None:
        return f"it cannot be stored in the cache of the Hub, {fault.filename} ({fault.strerror})"
    if failure == "unknown model":
        return "there is no such folder on this machine and no such model on the Hub"
    return "the model is not on this machine and the Hub cannot be reached"


def _cache_fault(error: BaseException | None) -> OSError | None:
    """The error of a cache that cannot be written, among the causes of `error`."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            return error
        error = error.__cause__ or error.__context__
    return None


def _advice(source: ModelSource, error: Exception) -> str:
    if source.is_checkpoint:
        return f"Delete the folder {Path(source.location).name}, and resume from an earlier one."
    if source.is_folder:
        return "Choose a folder written by save_pretrained with safetensors weights."
    if _cache_fault(error) is not None:
        return "Set HF_HOME to a folder that can be written."
    here = f"Use --model {MINILM}, or give" if bundled_minilm() else "Give"
    return (
        f"{here} a folder with a saved model as --model, set HF_HOME to a cache that holds "
        f"{source.location}, or download it where there is a network."
    )
