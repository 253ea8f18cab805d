"""Run `bertcls-tui` without a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("bertcls-tui"))


def bertcls(*arguments: object, runs_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command and return its result."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env=environment(runs_dir),
        timeout=180,
    )


def begin(*arguments: object, runs_dir: Path) -> subprocess.Popen[str]:
    """Start a command and return its process."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(runs_dir),
    )


def json_of(*arguments: object) -> Any:
    """The parsed output of a command with --json. Any other output is an error."""
    found = bertcls(*arguments, "--json")
    assert (found.returncode, found.stderr) == (0, "")
    return json.loads(found.stdout)


def environment(runs_dir: Path | None = None) -> dict[str, str]:
    return os.environ | ({"BERTCLS_RUNS_DIR": str(runs_dir)} if runs_dir else {})
