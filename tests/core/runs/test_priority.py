"""Busy processes run at a lower priority than the screen."""

import subprocess
import sys
from pathlib import Path

import pytest

SHOW = (
    "import os; from core.runs.launch import lower_priority; lower_priority(5); "
    "print(os.nice(0)); print({group})"
)
GROUP = Path("/proc/self/autogroup")


@pytest.mark.parametrize("leads", [True, False])
def test_a_process_lowers_its_priority_and_that_of_the_session_it_leads(leads: bool) -> None:
    group = f"open({str(GROUP)!r}).read().strip()" if GROUP.exists() else "''"
    show = [sys.executable, "-c", SHOW.format(group=group)]
    inner = f"import subprocess; subprocess.run({show!r}, start_new_session={leads}, check=True)"
    outer = [sys.executable, "-c", inner]
    shown = subprocess.run(outer, start_new_session=True, capture_output=True, text=True, check=True)
    niceness, group = shown.stdout.splitlines()
    assert int(niceness) >= 5
    if group.startswith("/autogroup"):
        assert group.endswith("nice 5") == leads
