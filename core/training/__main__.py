"""`python -P -m core.training RUN_DIRECTORY [--resume]`: the trainer process, started by core.runs.launch."""

import argparse
import os
import sys
from pathlib import Path

from core.problems import Problem
from core.runs.launch import lower_priority
from core.training.log import tolerate_full_disk
from core.training.process import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="core.training")
    parser.add_argument("run", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--lock", type=int, help="open file of the run's lock")
    options = parser.parse_args()
    os.umask(0o077)  # also for files that libraries write
    lower_priority(5)
    tolerate_full_disk()
    try:
        sys.exit(main(options.run, resume=options.resume, held=options.lock))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
