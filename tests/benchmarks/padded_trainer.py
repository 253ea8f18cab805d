"""`python -m tests.benchmarks.padded_trainer RUN`: the trainer with padding for all models."""

import sys
from pathlib import Path

from core.models import padding_free
from core.training.process import main

if __name__ == "__main__":
    padding_free.obstacle = lambda model: "the benchmark asks for padding"
    sys.exit(main(Path(sys.argv[1]), resume=False))
