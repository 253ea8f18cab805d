"""The lock is held exactly as long as its trainer lives."""

import errno
import fcntl
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from core.files import lock
from core.problems import Problem

HOLDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from core.files import lock

    with lock.hold(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
""")


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock `tmp_path / "lock"`."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDER, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_missing_lock_is_not_held(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()


def test_a_lock_is_held_for_the_length_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path):
        assert lock.is_held(path)
        assert path.read_text().startswith(f"pid {os.getpid()} on ")
    assert not lock.is_held(path)
    with lock.hold(path):
        assert lock.is_held(path)


def test_a_second_holder_is_refused_and_the_first_is_named(
    tmp_path: Path, holder: subprocess.Popen[bytes]
) -> None:
    assert lock.is_held(tmp_path / "lock")
    with (
        pytest.raises(Problem, match=rf"already being trained by pid {holder.pid} on .*attach"),
        lock.hold(tmp_path / "lock"),
    ):
        pass
    assert lock.is_held(tmp_path / "lock")


def test_a_killed_holder_releases_the_lock(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    holder.wait()
    assert not lock.is_held(tmp_path / "lock")
    with lock.hold(tmp_path / "lock"):
        assert lock.is_held(tmp_path / "lock")


def test_checking_the_lock_does_not_keep_a_trainer_from_starting(tmp_path: Path) -> None:
    """`is_held` takes the lock for a moment; a trainer that starts then waits for it."""
    path = tmp_path / "lock"
    path.touch()
    asking = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            "import sys; from pathlib import Path; from core.files import lock\n"
            "print('asking', flush=True)\n"
            "while True: lock.is_held(Path(sys.argv[1]))",
            str(path),
        ],
        stdout=subprocess.PIPE,
    )
    with asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == b"asking\n"
        for _ in range(50):
            with lock.hold(path):
                pass
        asking.kill()
    wait_until(lambda: not lock.is_held(path))


def test_the_lock_file_has_pid_host_and_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path):
        content = path.read_text()
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.fullmatch(rf"pid {os.getpid()} on {re.escape(socket.gethostname())} since {moment}\n", content)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(file: int, mode: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(Problem, match="has no locks.*Choose a folder on a local disk"),
        lock.hold(tmp_path / "lock"),
    ):
        pass
    assert not lock.is_held(tmp_path / "lock")


def test_other_errors_of_the_lock_are_raised_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: int, mode: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match="Input/output"), lock.hold(tmp_path / "lock"):
        pass


def test_waiting_ends_when_the_lock_is_free(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "lock"
    assert not lock.wait_until_free(path, 0.1)
    holder.kill()
    assert lock.wait_until_free(path, 60)
