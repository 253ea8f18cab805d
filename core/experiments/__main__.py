"""`python -P -m core.experiments EXPERIMENT_DIRECTORY`: started by core.experiments.start."""

import argparse
import logging
import os
import sys
from pathlib import Path

from core.experiments.process import main
from core.problems import Problem

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="core.experiments")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--lock", type=int, help="open file descriptor of the lock of the experiment")
    options = parser.parse_args()
    os.umask(0o077)
    # It keeps its priority: its trainers lower theirs from it.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        sys.exit(main(options.experiment, held=options.lock))
    except KeyboardInterrupt:
        sys.exit("ended at once (SIGINT)")
    except Problem as problem:
        sys.exit(str(problem))
