"""A process of the engine service, and how tests talk to it."""

import json
import subprocess
import sys
from typing import IO, Any

from core.runs.launch import child_environment


class Client:
    """Asks a service process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.last_id = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The reply that ends the request, with what was told before as `told`."""
        self.last_id += 1
        request = {"id": self.last_id, "method": method, "params": params}
        self.send(json.dumps(request).encode())
        told: list[dict[str, Any]] = []
        while "progress" in (reply := self.receive()):
            told.append(reply["progress"])
            assert reply["id"] == self.last_id
        assert reply["id"] == self.last_id
        return reply | {"told": told}

    def result(self, method: str, **params: Any) -> dict[str, Any]:
        reply = self.ask(method, **params)
        assert "error" not in reply, reply
        found: dict[str, Any] = reply["result"]
        return found

    def send(self, line: bytes) -> None:
        self._stream(self.process.stdin).write(line + b"\n")
        self._stream(self.process.stdin).flush()

    def receive(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._stream(self.process.stdout).readline())
        return found

    def end(self) -> bytes:
        """Close its input and wait; return what came on standard output after the last reply."""
        rest, _ = self.process.communicate(timeout=60)
        return rest

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def start(*arguments: str) -> Client:
    return Client(
        subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
        )
    )
