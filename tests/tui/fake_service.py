"""A stand-in for the engine service: speaks the protocol and does what the method's parameters say."""

import json
import os
import signal
import sys


def answer(number, **fields):
    print(json.dumps({"id": number, **fields}), flush=True)


silent, given_up, beats, worked = [], [], 0, False
for line in sys.stdin:
    request = json.loads(line)
    number, params = request["id"], request["params"]
    if request["method"] == "ping":
        beats += 1
        answer(number, result=float(beats if worked else 0))
        continue
    if request["method"] == "cancel":
        given_up.append(number)
        continue
    match params.get("do"):
        case "problem":
            answer(
                number,
                error={"kind": "problem", "message": "reviews.csv, line 3: the label is empty. Fill it in."},
            )
        case "internal":
            answer(number, error={"kind": "internal", "message": "ZeroDivisionError: division by zero"})
        case "die":
            print("out of memory", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        case "given up":
            answer(number, result={"items": [{"name": "given up", "value": str(given_up == silent)}]})
        case "silence":
            silent.append(number)
        case "noise":
            print("a library prints this", flush=True)
            answer(number, result={"items": []})
        case "nonsense":
            answer(number, result={"items": 7})
        case "deaf":
            signal.pause()
        case "stand still":  # it lives, but nothing is worked on
            worked = False
        case "work":  # for very long
            worked = True
        case _:
            for done in range(params.get("progress", 0)):
                answer(number, progress={"message": "reading", "done": done + 1, "total": params["progress"]})
            value = "x" * params.get("size", 0) or str(os.getpid())
            answer(number, result={"items": [{"name": "process", "value": value}]})
