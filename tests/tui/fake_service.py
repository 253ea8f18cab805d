"""A stand-in engine service: speaks the protocol and obeys the text of a `predict` request.

It answers `doctor` with its process id. A text is a command with an optional argument, such as `size 30`.
"""

import json
import os
import signal
import sys


def send(**fields):
    print(json.dumps({"jsonrpc": "2.0", **fields}), flush=True)


def answer(id, value):
    """Send a result whose only label is `value`."""
    result = {"step": 1, "which": "best", "max_length": 8, "milliseconds": 1.0, "items": []}
    send(id=id, result={"labels": [str(value)]} | result)


waiting, cancelled, pings, is_busy = [], [], 0, False
for line in sys.stdin:
    request = json.loads(line)
    assert request["jsonrpc"] == "2.0"
    params = request["params"]
    if request["method"] == "cancel":
        assert "id" not in request
        cancelled.append(params["id"])
        continue
    id = request["id"]
    if request["method"] == "ping":
        pings += 1
        send(id=id, result={"cpu_seconds": float(pings if is_busy else 0)})
        continue
    if request["method"] == "doctor":
        send(id=id, result={"items": [{"name": "process", "value": str(os.getpid())}]})
        continue
    command, _, argument = params["texts"][0].partition(" ")
    match command:
        case "problem":
            data = {"what": "the label is empty", "where": "reviews.csv, line 3", "mend": "Fill it in."}
            message = "reviews.csv, line 3: the label is empty. Fill it in."
            send(id=id, error={"code": -32000, "message": message, "data": data})
        case "error":
            send(id=id, error={"code": int(argument), "message": "ZeroDivisionError: division by zero"})
        case "die":
            print("out of memory", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        case "cancelled":
            answer(id, cancelled == waiting)
        case "wait":
            waiting.append(id)
        case "noise":
            print("a library prints this", flush=True)
            answer(id, "")
        case "nonsense":
            send(id=id, result={"labels": 7})
        case "unreadable":  # as if the request line were damaged
            send(id=None, error={"code": -32700, "message": "Invalid JSON."})
        case "deaf":
            signal.pause()
        case "idle":  # it responds, but does not work
            is_busy = False
        case "busy":  # it works for a very long time
            is_busy = True
        case "progress":
            total = int(argument)
            for done in range(1, total + 1):
                params = {"id": id, "message": "reading", "done": done, "total": total, "notable": False}
                send(method="progress", params=params)
            answer(id, "")
        case "size":
            answer(id, "x" * int(argument))
        case _:
            answer(id, os.getpid())
