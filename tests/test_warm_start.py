"""A process forked from a warm one has the state of a process started by a new interpreter."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import warm_start

from core.runs import termination
from core.runs.launch import child_environment

SERVICE = [sys.executable, "-P", "-m", "core.service"]
STATES = ("PPid", "Umask", "Threads", "SigBlk", "SigIgn", "SigCgt")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are started warm on Linux only")


def test_subprocess_has_the_signature_that_warm_start_overrides() -> None:
    assert warm_start.is_possible(), (
        "subprocess.Popen._execute_child has other parameters in this Python. Adapt _EXECUTE_CHILD "
        "in tests/warm_start.py; until then all processes start cold and the tests take twice as long."
    )


@contextlib.contextmanager
def service(**settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """An engine service that has answered once."""
    process = subprocess.Popen(
        SERVICE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(), **settings
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": 1, "method": "ping", "params": {}}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        yield process


def is_warm(process: subprocess.Popen[bytes]) -> bool:
    """Whether torch is loaded already; a cold service loads it on demand."""
    return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text()


def state(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The state of a process in the kernel, without what differs between any two processes."""
    about = Path(f"/proc/{process.pid}")
    lines = dict(
        line.split(":\t", 1) for line in (about / "status").read_text().splitlines() if ":\t" in line
    )
    return {name: lines[name] for name in STATES} | {
        "command": (about / "cmdline").read_bytes().rstrip(b"\0").split(b"\0"),
        "folder": (about / "cwd").readlink(),
        "files": sorted(int(path.name) for path in (about / "fd").iterdir()),
        "leads its session": os.getsid(process.pid) == process.pid,
        "leads its group": os.getpgid(process.pid) == process.pid,
        "is of our group": os.getpgid(process.pid) == os.getpgrp(),
        "nice": os.getpriority(os.PRIO_PROCESS, process.pid),
    }


def interrupts_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


SURROUNDINGS = {
    "as they are": contextlib.nullcontext,
    "SIGTERM is blocked": termination.waits,
    "SIGINT is ignored": contextlib.contextmanager(interrupts_ignored),
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
@pytest.mark.parametrize("new_session", [False, True])
def test_a_warm_process_has_the_state_of_a_new_interpreter(
    surroundings: Any, new_session: bool, tmp_path: Path
) -> None:
    with (tmp_path / "lock").open("w") as lock, surroundings():
        settings: Any = {"start_new_session": new_session, "pass_fds": [lock.fileno()], "cwd": tmp_path}
        with service(**settings) as warm, warm_start.cold(), service(**settings) as cold:
            assert (is_warm(warm), is_warm(cold)) == (True, False)
            assert state(warm) == state(cold)


def test_a_warm_process_ends_like_a_child() -> None:
    with service() as killed:
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    with service() as ended:
        assert ended.stdin is not None
        ended.stdin.close()
    assert ended.returncode == 0


def test_a_command_prints_the_same_warm_and_cold(tmp_path: Path) -> None:
    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run([warm_start.COMMAND, *arguments], capture_output=True, cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    for arguments in (["list"], ["check", "gone.csv"], ["--no-such-option"], ["--help"]):
        warm = call(*arguments)
        with warm_start.cold():
            assert call(*arguments) == warm


def test_other_settings_of_libraries_start_a_process_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", "/elsewhere")
    with service() as process:
        assert not is_warm(process)


def test_other_orphans_are_not_adopted() -> None:
    """An orphan gets the same new parent as without warm starts."""
    program = "import subprocess; print(subprocess.Popen(['sleep', '60'], stdout=-3).pid)"
    with service():
        printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    orphan = int(printed.stdout)
    try:
        assert f"PPid:\t{os.getpid()}\n" not in Path(f"/proc/{orphan}/status").read_text()
    finally:
        os.kill(orphan, signal.SIGKILL)
