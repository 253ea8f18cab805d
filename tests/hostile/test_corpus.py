"""Every malformed file is read or rejected with a message: no traceback, no hang, little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.corpus import small_files, write_corpus

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_each_file_is_read_or_rejected_with_a_message(tmp_path: Path, part: int) -> None:
    paths = write_corpus(tmp_path, small_files())
    chosen = [str(path) for path in paths][part::PARTS]
    found = subprocess.run(
        [sys.executable, "-m", "tests.hostile.running"],
        input=json.dumps(chosen),
        capture_output=True,
        text=True,
        check=True,
    )
    trials = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(trials) == len(chosen)
    unclean = [trial for trial in trials if trial["outcome"] not in ("sentence", "loaded")]
    assert not unclean
    assert max(trial["bytes"] for trial in trials) < 1 << 28
    for trial in trials:
        assert trial["outcome"] == "loaded" or (trial["said"].endswith(".") and len(trial["said"]) < 2000), (
            trial
        )


def test_the_corpus_is_large_enough(tmp_path: Path) -> None:
    assert len(write_corpus(tmp_path, small_files())) >= 300
