"""A process that has loaded the libraries and forks the processes that warm_start.py orders.

`python -P warm_process.py FILE BLANKS`: FILE is the number of an open socket. Its first message is the
environment of the process that asks; the others are orders. BLANKS make room for other command lines.
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

# These start processes themselves, so each brings a warm process of its own along.
_STARTERS = (warm_start.COMMAND, "core.experiments")
# Loaded late by those that need them, which are many.
_LIBRARIES = (
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.bert.modeling_bert",
)
_LIBC = ctypes.CDLL(None)

Order = dict[str, Any]

_code: int | None = None
_kept: list[TextIO] = []
# What libraries set while they are imported.
_set_by_libraries: dict[str, str] = {}


def load() -> None:
    """Import all modules but those that are programs."""
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
    # What is there now is never looked at again: its memory stays shared.
    gc.collect()
    gc.freeze()


def serve(connection: socket.socket) -> Order | None:
    """Fork processes until there are no more orders, which is None; in each of them, return its order."""
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
    """A message and its open files; empty when there will be no more."""
    header, files, _, _ = socket.recv_fds(connection, 4, 250)
    if not header:
        return {}, []
    header += warm_start.receive(connection, 4 - len(header))
    return json.loads(warm_start.receive(connection, *struct.unpack("i", header))), files


def become(order: Order, files: list[int], helper: int) -> None:
    """Be in the state in which an interpreter begins."""
    folder, *files = files
    os.fchdir(folder)
    _keep_files(dict(zip(order["files"], files, strict=True)))
    os.umask(order["umask"])
    # The group is one of the session of who asked, and so is this process until it has a session of its own.
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
    """Be a warm process of the process that was just forked: of its session, but in nobody's way."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    _keep_files({0: nothing, 1: nothing, 2: nothing, connection.fileno(): connection.fileno()})


def _keep_files(files: dict[int, int]) -> None:
    """Have these files, by the numbers they should have, and no others."""
    lowest = max(*files, 64) + 1
    copies = {number: fcntl.fcntl(file, fcntl.F_DUPFD, lowest) for number, file in files.items()}
    for file in sorted(int(path.name) for path in Path("/proc/self/fd").iterdir()):
        if file > 2 and file not in copies.values():
            with contextlib.suppress(OSError):  # that of the listing itself
                os.close(file)
    for number, copy in copies.items():
        os.dup2(copy, number)
        os.close(copy)


def _open_streams() -> None:
    """Standard streams as an interpreter makes them."""
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before: TextIO = getattr(sys, f"__{name}__")
        is_raw = is_unbuffered and number > 0
        # The stream before is kept open: handlers of logging may hold it.
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
    """Over that of the first of these processes, for those who look at /proc."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    text = b"".join(os.fsencode(word) + b"\0" for word in command)[: end - begin - 1]
    ctypes.memset(begin, 0, end - begin)
    ctypes.memmove(begin, text, len(text))


def run(command: list[str]) -> None:
    """Run the program of the command, as an interpreter does."""
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
    except KeyboardInterrupt:  # the interpreter ends itself by this signal
        raise
    except BaseException:
        _code = 1
        raise
    _code = 0


def leave() -> None:
    """End where the interpreter would begin to take its modules apart."""
    if _code is None:
        return
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            if stream is sys.stdout:
                return  # it has its own way to say so
    _LIBC.fflush(None)
    os._exit(_code & 0xFF)


def main() -> None:
    """Load, obey, and be what was ordered."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    environment, _ = receive(connection)
    # Called last of all.
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
