"""The GPU: parity of packed attention, learning, and the speed of training and prediction against the rival.

The model has the shape of BERT base and random weights; texts have the lengths of film reviews and random
words; both are generated. Parts: parity, learning, train, predict. A part that fails is reported, the others
run nevertheless, and figures are written after each. `--smoke` tries the command itself, on any machine.

It needs core/, this folder, torch, transformers, accelerate, scikit-learn, psutil, pyarrow, nvidia-ml-py,
rich; not textual. For a machine without a network, carry missing packages as wheels. In the root of the
repository, on a machine with a network:

    python -m pip wheel --no-deps -w .whl .
    python -m pip download --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \\
        --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \\
        -d .whl msgspec pydantic==2.14.3 pydantic-core==2.50.4 annotated-types typing-inspection tomli-w

(each pydantic requires one version of pydantic-core). On the GPU machine, in the root of the repository,
whose files take precedence over those of the wheel:

    python3 -m pip install -q --no-index --no-deps --no-compile --upgrade --target /tmp/site .whl/*.whl
    export PYTHONPATH=$PWD:/tmp/site HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1
    python3 -m tests.benchmarks.gpu --part parity --part learning --json parity.json
    python3 -m tests.benchmarks.gpu --part train --json train.json
    python3 -m tests.benchmarks.gpu --part predict --json predict.json
"""

import argparse
import os
import sys
import tempfile
import traceback
from pathlib import Path

import torch
from transformers.utils import logging

from tests.benchmarks.gpu_parity import parity
from tests.benchmarks.gpu_runs import learning, predict, train
from tests.benchmarks.gpu_setting import Setting
from tests.benchmarks.report import Report, options_of

_PARTS = {"parity": parity, "learning": learning, "train": train, "predict": predict}


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("gpu", __doc__)
    parser.add_argument("--part", choices=_PARTS, action="append", help="only this one")
    parser.add_argument("--mode", action="append", help="only trainings whose name contains this")
    parser.add_argument("--data", type=Path, help="texts of a CSV file; a word is a token of the model")
    parser.add_argument("--documents", type=int, default=9600, help="examples of a training")
    parser.add_argument("--predict-documents", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--rival", type=Path, help="another script in place of tests/benchmarks/rival.py")
    parser.add_argument("--smoke", action="store_true", help="tiny, in fp32, on the CPU")
    return parser.parse_args()


def main() -> int:
    """Run the parts; return 0 if all of them succeeded."""
    options = parse()
    if not (options.smoke or torch.cuda.is_available()):
        print("there is no GPU here; --smoke tries the command without one", file=sys.stderr)
        return 2
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    report = Report("gpu", options)
    failures = []
    with tempfile.TemporaryDirectory(prefix="bertcls-benchmark-") as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        setting = Setting(options, Path(folder))
        for name in options.part or _PARTS:
            report.say(f"{name} …")
            try:
                _PARTS[name](setting, report)
            except Exception as error:  # noqa: BLE001 - one part must not hide what the others find
                traceback.print_exc()
                failures.append({"part": name, "error": f"{type(error).__name__}: {error}"})
                report.keep("FAILED", failures)
            if not options.smoke:
                torch.cuda.empty_cache()  # the trainers of the next parts need it
    report.show()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
