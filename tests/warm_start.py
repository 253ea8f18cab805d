"""Let `subprocess.Popen` fork the processes of this project from one that has loaded the libraries.

Loading torch and transformers takes seconds of CPU in each process. After `install`, trainers, engine
services, experiments and `bertcls-tui` come from a warm process (warm_process.py). Each is still a real
process: a child of its caller, with its own session, signals, files, environment, working directory and
exit code. It differs from a cold start in three ways: the libraries are loaded before its first line, all
processes share one hash seed, and modules are not torn down at the end.

Calls that a warm process cannot serve start cold, as do all calls within `cold`. Linux only.
"""

import contextlib
import ctypes
import inspect
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.runs.launch import child_environment

SERVER = Path(__file__).with_name("warm_process.py")
COMMAND = str(Path(sys.executable).with_name("bertcls-tui"))
SCRIPTS = (COMMAND, str(Path(__file__).with_name("trainer_forks.py")))
MODULES = ("core.training", "core.service", "core.experiments")

# Libraries read these variables on import: a process with other values is started cold.
_READ_ON_IMPORT = (
    *(
        "CUDA",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "HF_",
        "HOME",
        "LANG",
        "LC_",
        "LD_",
        "MKL_",
        "OMP_",
        "OPENBLAS",
    ),
    *(
        "PYTHON",
        "PYTORCH",
        "PY_COLORS",
        "TERMINAL_WIDTH",
        "TEXTUAL",
        "TMPDIR",
        "TORCH_",
        "TRANSFORMERS",
        "TZ",
    ),
    "XDG_",
)
# The warm process applies these to each process that it starts.
_APPLIED = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")
_LIMITS = [number for name, number in vars(resource).items() if name.startswith("RLIMIT_")]
_PR_SET_CHILD_SUBREAPER = 36
_prctl = ctypes.CDLL(None, use_errno=True).prctl

# `subprocess` offers no public way to replace the fork. This is the signature that `_WarmPopen` overrides.
_PIPES = ["p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"]
_EXECUTE_CHILD = [
    *("self", "args", "executable", "preexec_fn", "close_fds", "pass_fds", "cwd", "env"),
    *("startupinfo", "creationflags", "shell", *_PIPES, "restore_signals", "gid", "gids", "uid", "umask"),
    *("start_new_session", "process_group"),
]
_ColdPopen = subprocess.Popen


class _WarmProcess:
    """The warm process of this process.

    Args:
        environment: of this process at the time of `install`.
        connection: to an existing warm process; by default one is started when first needed.
    """

    def __init__(self, environment: Mapping[str, str], connection: socket.socket | None = None) -> None:
        self.environment = dict(environment)
        self._loaded_with = child_environment()
        self._limits = [resource.getrlimit(number) for number in _LIMITS]
        self._lock = threading.Lock()
        self._connection = connection

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether the warm process loaded the libraries as a process with this environment would."""
        names = {*environment, *self.environment}
        return self._limits == [resource.getrlimit(number) for number in _LIMITS] and all(
            environment.get(name) in (self.environment.get(name), self._loaded_with.get(name))
            for name in names
            if name.startswith(_READ_ON_IMPORT) and name not in _APPLIED
        )

    def start(self, order: Mapping[str, Any], files: Sequence[int]) -> int:
        """Start a process; return its pid. It is a child of this one."""
        with self._lock:
            connection = self._connection = self._connection or self._connect()
            send(connection, order, files)
            (pid,) = struct.unpack("i", receive(connection, 4))
            if pid < 0:
                raise RuntimeError("the warm process has threads: it cannot fork safely")
            # The new process is an orphan once its helper ends: adopt this one, and no other.
            _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                connection.sendall(b"!")
                receive(connection, 1)
            finally:
                _prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
            return int(pid)

    def close(self) -> None:
        """End the warm process, which exits with its connection."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = _ColdPopen(
                # Blanks to be overwritten by the command line of the new process.
                [sys.executable, "-P", str(SERVER), str(theirs.fileno()), " " * 4096],
                stdin=subprocess.DEVNULL,
                # Otherwise the allocator of Arrow starts a thread.
                env=self._loaded_with | {"JE_ARROW_MALLOC_CONF": "background_thread:false"},
                cwd="/",
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        send(ours, self.environment)
        return ours


_warm: _WarmProcess | None = None
_is_cold = False


class _WarmPopen(subprocess.Popen):
    def _execute_child(self, *given: Any) -> None:
        call = dict(zip(_EXECUTE_CHILD[1:], given, strict=True))
        if _warm is None or _is_cold or not _can_be_warm(call, _warm):
            return super()._execute_child(*given)
        streams = [call["p2cread"], call["c2pwrite"], call["errwrite"]]
        files = [number if file == -1 else file for number, file in enumerate(streams)]
        with _signals_blocked() as blocked, _folder(call["cwd"]) as folder:
            order = _order(call) | {"blocked": blocked}
            self.pid = _warm.start(order, [folder, *files, *call["pass_fds"]])
            self._child_created = True
            self._close_pipe_fds(*(call[name] for name in _PIPES))
        return None


def _can_be_warm(call: Mapping[str, Any], warm: _WarmProcess) -> bool:
    is_unusual = call["preexec_fn"] or call["executable"] or call["shell"] or not call["close_fds"]
    is_others = any(call[name] is not None for name in ("uid", "gid", "gids"))
    is_ours = isinstance(call["args"], Sequence) and _is_ours(list(call["args"]))
    return is_ours and not is_unusual and not is_others and warm.fits(_environment(call))


def _is_ours(command: list[object]) -> bool:
    match command:
        case [program, *_] if program == COMMAND:
            return True
        case [sys.executable, "-P", "-m", module, *_]:
            return module in MODULES
        case [sys.executable, "-P", script, *_]:
            return script in SCRIPTS
        case _:
            return False


def _environment(call: Mapping[str, Any]) -> dict[str, str]:
    return dict(os.environ if call["env"] is None else call["env"])


def _order(call: Mapping[str, Any]) -> dict[str, Any]:
    """The order for a call: its arguments, and the state that a child would inherit from this process."""
    return {
        "command": list(map(str, call["args"])),
        "environment": _environment(call),
        "files": [0, 1, 2, *call["pass_fds"]],
        "ignored": [each for each in signal.valid_signals() if signal.getsignal(each) is signal.SIG_IGN],
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "umask": _umask() if call["umask"] < 0 else call["umask"],
        "new_session": call["start_new_session"],
        "group": os.getpgrp() if call["process_group"] < 0 else call["process_group"],
    }


def is_possible() -> bool:
    """Whether this system and this version of Python support warm starts."""
    parameters = list(inspect.signature(_ColdPopen._execute_child).parameters)
    return sys.platform == "linux" and parameters == _EXECUTE_CHILD


def install(environment: Mapping[str, str] | None = None, connection: socket.socket | None = None) -> None:
    """Start the processes of this project from a warm process from now on.

    Args:
        environment: with which libraries are loaded; that of this process by default.
        connection: to an existing warm process.
    """
    global _warm
    if not is_possible():
        return
    _warm = _WarmProcess(os.environ if environment is None else environment, connection)
    subprocess.Popen = _WarmPopen


def uninstall() -> None:
    """Start all processes cold again, and end the warm process."""
    global _warm
    subprocess.Popen = _ColdPopen
    if _warm is not None:
        _warm.close()
        _warm = None


@contextlib.contextmanager
def cold() -> Iterator[None]:
    """Start processes within this block as outside of tests."""
    global _is_cold
    before, _is_cold = _is_cold, True
    try:
        yield
    finally:
        _is_cold = before


@contextlib.contextmanager
def _signals_blocked() -> Iterator[list[int]]:
    """Block signals while a process is started, until its pid is stored."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield list(map(int, before))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _folder(path: str | os.PathLike[str] | None) -> Iterator[int]:
    folder = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)


def _umask() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("Umask:")[2].split()[0], 8)


def send(connection: socket.socket, order: Mapping[str, Any], files: Sequence[int] = ()) -> None:
    """Send an order with open files."""
    content = json.dumps(order).encode()
    socket.send_fds(connection, [struct.pack("i", len(content))], files)
    connection.sendall(content)


def receive(connection: socket.socket, size: int) -> bytes:
    """Receive exactly `size` bytes.

    Raises:
        EOFError: the other process has ended.
    """
    content = b""
    while len(content) < size:
        part = connection.recv(size - len(content))
        if not part:
            raise EOFError("the warm process has ended")
        content += part
    return content
