"""Keep what a run is made with: versions, device, seed and a fingerprint of the data."""

import platform
from importlib import metadata

import msgspec

from core.files import durable
from core.problems import Problem
from core.runs.directory import RunDirectory
from core.runs.records import Environment
from core.training.planning import Prepared

_PACKAGES = ("bertcls-tui", "torch", "transformers", "tokenizers", "accelerate", "numpy")


def record(run: RunDirectory, prepared: Prepared) -> None:
    """Write environment.json on the first start; on a later one check that the data are still the same.

    Raises:
        Problem: the data have changed since the run began.
    """
    plan = prepared.plan
    now = Environment(
        versions={"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES},
        device=prepared.device.name,
        precision=plan.precision,
        seed=plan.seed,
        data_sha256=prepared.splits.fingerprint,
        rows={split.name: split.rows for split in plan.splits},
        columns={"text": plan.text_column, "label": plan.label_column},
    )
    if run.environment.exists():
        before = msgspec.json.decode(run.environment.read_bytes(), type=Environment)
        if before.data_sha256 != now.data_sha256:
            raise Problem(
                "the data have changed since this run began",
                where=", ".join(split.source for split in plan.splits),
                mend="Put the old data back, or start a new run with `bertcls-tui train --config "
                f"{run.config}`.",
            )
        return
    durable.write_whole(run.environment, msgspec.json.format(msgspec.json.encode(now)))
