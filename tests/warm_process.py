"""A process that has loaded the libraries and forks the processes ordered by warm_start.py.

`python -P warm_process.py FILE BLANKS`: FILE is the file descriptor of a socket. Its first message is the
environment of the parent; the others are orders. BLANKS reserves space for other command lines.
"""

import atexit
import contextlib
import ctypes
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, TextIO

sys.path.insert(0, str(Path(__file__).parent))
import warm_start

del sys.path[0]

# These programs start processes themselves, so each gets a warm process of its own.
_STARTERS = (warm_start.COMMAND, "core.experiments")
# Most processes import these late.
_LIBRARIES = (
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.bert.modeling_bert",
)
_LIBC = ctypes.CDLL(None)

Order = dict[str, Any]

_code: int | None = None
_kept: list[TextIO] = []
# Variables that libraries set while they are imported.
_set_by_libraries: dict[str, str] = {}


def load() -> None:
    """Import all modules except programs."""
    before = dict(os.environ)
    for package in ("core", "tui"):
        folder = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(folder, f"{package}."):
            is_program = module.name in warm_start.MODULES and not module.ispkg
            if not is_program and not module.name.endswith((".__main__", ".checkpoint_writer")):
                importlib.import_module(module.name)
    for name in _LIBRARIES:
        importlib.import_module(name)
    _set_by_libraries.update(os.environ.items() - before.items())
    # Frozen objects are not visited by garbage collection, so their memory stays shared.
    gc.collect()
    gc.freeze()


def serve(connection: socket.socket) -> Order | None:
    """Fork a process for each order: return the order in the new process, None once there are no more."""
    while True:
        order, files = receive(connection)
        if not order:
            return None
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            connection.sendall(struct.pack("i", -1))
            continue
        helper = os.fork()
        if not helper:
            helper = os.getpid()
            pid = os.fork()
            if pid:
                connection.sendall(struct.pack("i", pid))
                connection.recv(1)
                os._exit(0)
            connection.close()
            become(order, files, helper)
            return order
        os.waitpid(helper, 0)
        connection.sendall(b".")
        for file in files:
            os.close(file)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A message and its open files; both are empty at the end of the connection."""
    header, files, _, _ = socket.recv_fds(connection, 4, 250)
    if not header:
        return {}, []
    header += warm_start.receive(connection, 4 - len(header))
    return json.loads(warm_start.receive(connection, *struct.unpack("i", header))), files


def become(order: Order, files: list[int], helper: int) -> None:
    """Put this process into the state of a new interpreter."""
    folder, *files = files
    os.fchdir(folder)
    _keep_files(dict(zip(order["files"], files, strict=True)))
    os.umask(order["umask"])
    # The group belongs to the session of the parent, as does this process until it has its own session.
    if order["new_session"]:
        os.setsid()
    else:
        os.setpgid(0, order["group"])
    if os.getpriority(os.PRIO_PROCESS, 0) != order["nice"]:
        os.setpriority(os.PRIO_PROCESS, 0, order["nice"])
    os.environ.clear()
    os.environ.update(_set_by_libraries | order["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    _open_streams()
    _write_command_line(order["command"])
    if "numpy" in sys.modules:
        importlib.import_module("numpy.random").seed()
    while os.getppid() == helper:
        time.sleep(0.0002)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        is_ignored = number in order["ignored"] or number in (signal.SIGPIPE, signal.SIGXFSZ)
        signal.signal(number, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    if signal.SIGINT not in order["ignored"]:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, order["blocked"])


def stand_by(connection: socket.socket) -> None:
    """Become the warm process of the process just forked: in its session, without its signals and files."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    _keep_files({0: nothing, 1: nothing, 2: nothing, connection.fileno(): connection.fileno()})


def _keep_files(files: dict[int, int]) -> None:
    """Keep these files under these descriptors, and close all others."""
    lowest = max(*files, 64) + 1
    copies = {number: fcntl.fcntl(file, fcntl.F_DUPFD, lowest) for number, file in files.items()}
    for file in sorted(int(path.name) for path in Path("/proc/self/fd").iterdir()):
        if file > 2 and file not in copies.values():
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(file)
    for number, copy in copies.items():
        os.dup2(copy, number)
        os.close(copy)


def _open_streams() -> None:
    """Open the standard streams as an interpreter does."""
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before: TextIO = getattr(sys, f"__{name}__")
        is_raw = is_unbuffered and number > 0
        # The previous stream stays open: logging handlers may use it.
        _kept.append(before)
        binary = open(number, "wb" if number else "rb", buffering=0 if is_raw else -1, closefd=False)  # noqa: SIM115
        stream = io.TextIOWrapper(
            binary,
            encoding=before.encoding,
            errors=before.errors,
            newline="\n",
            line_buffering=not is_unbuffered and (name == "stderr" or binary.isatty()),
            write_through=is_unbuffered,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _write_command_line(command: list[str]) -> None:
    """Overwrite the command line of the first warm process, which /proc shows."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    text = b"".join(os.fsencode(word) + b"\0" for word in command)[: end - begin - 1]
    ctypes.memset(begin, 0, end - begin)
    ctypes.memmove(begin, text, len(text))


def run(command: list[str]) -> None:
    """Run the program of the command like an interpreter."""
    global _code
    words = command[2:] if command[0] == sys.executable else command
    try:
        if words[0] == "-m":
            sys.argv = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as stop:
        _code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise
    except KeyboardInterrupt:  # the interpreter ends by this signal
        raise
    except BaseException:
        _code = 1
        raise
    _code = 0


def leave() -> None:
    """Exit before the interpreter would tear down its modules."""
    if _code is None:
        return
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            if stream is sys.stdout:
                return  # the interpreter reports this itself
    _LIBC.fflush(None)
    os._exit(_code & 0xFF)


def main() -> None:
    """Load the libraries, wait for orders, and run the ordered program."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    environment, _ = receive(connection)
    # Registered first, so called last.
    atexit.register(leave)
    load()
    order = serve(connection)
    while order is not None:
        command = order["command"]
        if not any(word in _STARTERS for word in command[:4]):
            return run(command)
        ours, theirs = socket.socketpair()
        if os.fork():
            theirs.close()
            warm_start.install(environment, ours)
            return run(command)
        ours.close()
        stand_by(theirs)
        order = serve(theirs)
    os._exit(0)


if __name__ == "__main__":
    main()
