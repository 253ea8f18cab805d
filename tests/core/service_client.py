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
        """The response to a request, with the reports of its progress as `progress`."""
        self.last_id += 1
        self.call(method, params, id=self.last_id)
        progress: list[dict[str, Any]] = []
        while (reply := self.receive()).get("method") == "progress":
            assert reply["params"].pop("id") == self.last_id
            progress.append(reply["params"])
        assert reply["id"] == self.last_id
        return reply | {"progress": progress}

    def call(self, method: str, params: dict[str, Any], **members: Any) -> None:
        """Send a request, or without `id` a notification."""
        message = {"jsonrpc": "2.0", "method": method, "params": params, **members}
        self.send(json.dumps(message).encode())

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
        assert found.pop("jsonrpc") == "2.0"
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
