"""The engine service as a process: JSON-RPC in and out, a message a line, alive until its input ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service_client import Client, start
from small_runs import Small

from core.config import DataConfig
from core.methods import HANDLERS
from core.problems import Problem
from core.protocol import (
    METHODS,
    CheckData,
    Diagnose,
    ErrorCode,
    Evaluate,
    InspectData,
    Ping,
    PlanRun,
    Predict,
    ReadTexts,
    decode_call,
    decode_request,
    encode_call,
)
from core.runs.directory import RunDirectory

# A service whose process prints, as some library might, when it starts and when it is asked.
NOISY = """
import core.methods, core.service, os
from core.protocol import InspectData

def inspect(memory, request, on_progress):
    print("a library prints")
    os.system("echo so does a child")
    os.write(1, b"and it writes to the descriptor")
    raise ZeroDivisionError("by a library")

core.methods.HANDLERS[InspectData] = inspect
core.service.main()
"""


@pytest.fixture(scope="module")
def noisy() -> Iterator[Client]:
    client = start("-c", NOISY)
    yield client
    assert client.end() == b""
    assert client.process.returncode == 0


def test_inspect(service: Client, small: Small) -> None:
    found = service.result("inspect", data={"train": str(small.train), "test": str(small.test)})
    assert found["sources"] == {"train": str(small.train), "test": str(small.test)}
    assert (found["columns"], found["text_column"], found["label_column"]) == (
        ["text", "label"],
        "text",
        "label",
    )
    assert (found["rows"], sum(found["labels"].values())) == (96, 96)
    assert list(found["labels"]) == ["negative", "positive"]
    assert len(found["preview"][0]) == 2
    assert found["problems"] == []


def test_plan(service: Client, small: Small, tmp_path: Path) -> None:
    reply = service.ask("plan", config=small.values(tmp_path))
    plan = reply["result"]
    assert (plan["max_steps"], plan["eval_steps"], plan["labels"]) == (20, 5, ["negative", "positive"])
    assert {"reading data", "loading tokenizer", "planning"} <= {
        report["message"] for report in reply["progress"]
    }


def test_check(service: Client, small: Small, tmp_path: Path) -> None:
    report = service.result("check", config=small.values(tmp_path))
    assert [(split["name"], split["rows"]) for split in report["splits"]] == [
        ("train", 96),
        ("validation", 40),
    ]
    assert report["splits"][0]["lengths"]["longest"] > 48
    assert report["max_length"] == 48


def test_predict(service: Client, finished_run: RunDirectory) -> None:
    texts = ["A fine film.", "so " * 100, ""]
    asked = {"run": str(finished_run.path), "texts": texts, "which": "last", "device": "cpu"}
    reply = service.ask("predict", **asked)
    found = reply["result"]
    assert (found["labels"], found["step"], found["which"]) == (["negative", "positive"], 20, "last")
    assert [item["truncated"] for item in found["items"]] == [False, True, False]
    assert all(sum(item["probabilities"]) == pytest.approx(1) for item in found["items"])
    assert "loading checkpoint 20" in {report["message"] for report in reply["progress"]}
    again = service.ask("predict", **asked)
    assert again["progress"] == []
    assert again["result"]["items"] == found["items"]
    assert service.result("predict", **asked | {"which": "best"})["which"] == "best"


def test_explain(service: Client, finished_run: RunDirectory) -> None:
    text = "A fine film, though long."
    asked = {"run": str(finished_run.path), "text": text, "which": "last", "device": "cpu"}
    reply = service.ask("explain", **asked)
    found = reply["result"]
    assert (found["labels"][0], found["step"], found["which"]) == (found["label"], 20, "last")
    words = [text[word["start"] : word["end"]] for word in found["words"]]
    assert words == ["A", "fine", "film", ",", "though", "long", "."]
    assert sum(abs(word["contribution"]) for word in found["words"]) == pytest.approx(1)
    assert {"message": "explaining", "done": 0, "total": 24, "notable": False} in reply["progress"]
    predicted = service.result("predict", run=asked["run"], texts=[text], which="last", device="cpu")
    assert found["probability"] == pytest.approx(max(predicted["items"][0]["probabilities"]), abs=1e-5)
    other = service.result("explain", **asked, label=found["labels"][1])
    assert other["probability"] == pytest.approx(1 - found["probability"])
    assert service.ask("explain", **asked, label="fine")["error"]["code"] == ErrorCode.PROBLEM


def test_predict_file(service: Client, finished_run: RunDirectory, small: Small, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    asked = {"run": str(finished_run.path), "file": str(small.test), "output": str(output), "which": "best"}
    reply = service.ask("predict_file", **asked)
    assert reply["result"]["rows"] == 40
    assert output.exists()
    last, size = reply["progress"][-1], small.test.stat().st_size
    assert last["message"].startswith("40 rows, ")
    assert (last["done"], last["total"]) == (size, size)


def test_evaluate(service: Client, run_copy: RunDirectory, small: Small) -> None:
    report = service.result(
        "evaluate", run=str(run_copy.path), data={"train": str(small.test)}, which="best", device="cpu"
    )
    assert (report["examples"], sum(map(sum, report["confusion"]))) == (40, 40)


@pytest.mark.parametrize(
    ("method", "params", "part"),
    [
        ("inspect", {"data": {"train": "gone.csv"}}, "gone.csv: no such file"),
        ("inspect", {"data": {"colour": "blue"}}, "data.colour is not a setting"),
        ("predict", {"run": "gone", "texts": ["x"], "which": "best"}, "there is no such run"),
    ],
)
def test_what_a_person_can_mend_is_a_problem(
    service: Client, method: str, params: dict[str, Any], part: str
) -> None:
    error = service.ask(method, **params)["error"]
    assert error["code"] == ErrorCode.PROBLEM
    assert part in error["message"]
    assert str(Problem(**error["data"])) == error["message"]


def test_every_method_has_a_handler() -> None:
    assert {*HANDLERS, Ping} == set(METHODS.values())


def test_a_request_arrives_as_it_was_sent(small: Small, tmp_path: Path) -> None:
    """With its configuration, and a text that is hard to carry."""
    config = small.config(tmp_path)
    data = DataConfig(train="reviews.csv", text_column="text")
    for request in (
        PlanRun(config),
        CheckData(config, label_errors=True),
        InspectData(data),
        ReadTexts(Evaluate("run", "last", data), 7, 0, 1, offset=50),
        Predict("run", ["two\nlines\r\n", "\x00\x1b[31m\u2028", "🙂"], "best"),
        Diagnose(),
    ):
        line = encode_call(request, 0)
        assert line.count(b"\n") == 1
        call = decode_call(line)
        assert (call.request_id, decode_request(call)) == (0, request)


def still_answers(service: Client, small: Small) -> bool:
    return bool(service.result("inspect", data={"train": str(small.train)})["rows"] == 96)


@pytest.mark.parametrize(
    ("method", "params", "code", "parts"),
    [
        ("dance", {}, ErrorCode.METHOD_NOT_FOUND, ["Unknown method 'dance'", "predict_file"]),
        (
            "predict",
            {"run": "r", "txts": [], "texts": [], "which": "best"},
            ErrorCode.INVALID_PARAMS,
            ["'predict'", "unknown field `txts`", "Fields: run, texts, which, device."],
        ),
        ("predict", {"run": "r", "which": "best"}, ErrorCode.INVALID_PARAMS, ["missing", "`texts`"]),
        ("predict", {}, ErrorCode.INVALID_PARAMS, ["missing required field `run`"]),
        (
            "predict",
            {"run": "r", "texts": ["x", 7], "which": "best"},
            ErrorCode.INVALID_PARAMS,
            ["Expected `str`, got `int`", "`$.texts[1]`"],
        ),
        (
            "predict",
            {"run": "r", "texts": [], "which": "newest"},
            ErrorCode.INVALID_PARAMS,
            ["'newest'", "`$.which`"],
        ),
        (
            "evaluated_texts",
            {"evaluation": {"run": "r", "split": "train"}, "step": 1, "label": 0, "predicted": 0},
            ErrorCode.INVALID_PARAMS,
            ["'train'", "`$.evaluation.split`"],
        ),
        ("plan", {"config": "x"}, ErrorCode.INVALID_PARAMS, ["`$.config`"]),
        ("compare", {"runs": ["a", "b"], "groups": ["a"]}, ErrorCode.INVALID_PARAMS, ["groups has 1 names"]),
        ("rows", {"config": {}, "check": "x", "start": -1}, ErrorCode.INVALID_PARAMS, [">= 0", "`$.start`"]),
        ("doctor", {"verbose": True}, ErrorCode.INVALID_PARAMS, ["unknown field `verbose`", "Fields: none."]),
        ("ping", {"loud": True}, ErrorCode.INVALID_PARAMS, ["unknown field `loud`"]),
        ("predict", ["r", ["x"], "best"], ErrorCode.INVALID_PARAMS, ["Expected `object`, got `array`"]),
    ],
)
def test_a_request_of_the_wrong_shape_is_a_usage_error_that_names_it(
    service: Client, small: Small, method: str, params: Any, code: ErrorCode, parts: list[str]
) -> None:
    service.call(method, params, id="mine")
    reply = service.receive()
    assert (reply["id"], reply["error"]["code"]) == ("mine", code)
    assert all(part in reply["error"]["message"] for part in parts), reply
    assert "data" not in reply["error"]
    assert still_answers(service, small)


NESTED = b'{"jsonrpc": "2.0", "id": 1, "method": "doctor", "params": ' + b"[" * 100_000


@pytest.mark.parametrize(
    "line",
    [b"", b"garbage", b"\xff\xfe", b'{"id": 1', NESTED],
    ids=["empty", "words", "bytes", "truncated", "nested"],
)
def test_a_line_that_is_not_json(service: Client, small: Small, line: bytes) -> None:
    service.send(line)
    reply = service.receive()
    assert (reply["id"], reply["error"]["code"]) == (None, ErrorCode.PARSE_ERROR)
    assert "Invalid JSON" in reply["error"]["message"]
    assert still_answers(service, small)


@pytest.mark.parametrize(
    ("line", "id", "part"),
    [
        (b"[]", None, "Expected `object`, got `array`"),
        (b"7", None, "Expected `object`, got `int`"),
        (b'{"jsonrpc": 2, "id": 1, garbage', None, "`$.jsonrpc`"),
        (b'{"id": 1}', 1, "missing required field `jsonrpc`"),
        (b'{"jsonrpc": "1.0", "id": "x", "method": "doctor"}', "x", "'1.0' - at `$.jsonrpc`"),
        (b'{"jsonrpc": "2.0", "id": 1}', 1, "the field `method` is missing"),
        (b'{"jsonrpc": "2.0", "id": 0, "method": 7}', 0, "`$.method`"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "doctor", "parms": {}}', 1, "unknown field `parms`"),
        (b'{"jsonrpc": "2.0", "id": null, "method": "doctor"}', None, "the id is null"),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "doctor"}', None, "`$.id`"),
    ],
)
def test_json_that_is_no_request(
    service: Client, small: Small, line: bytes, id: int | str | None, part: str
) -> None:
    service.send(line)
    reply = service.receive()
    assert (reply["id"], reply["error"]["code"]) == (id, ErrorCode.INVALID_REQUEST)
    assert part in reply["error"]["message"]
    assert still_answers(service, small)


def test_a_line_that_is_too_long_is_refused_and_what_follows_is_answered(small: Small) -> None:
    program = "import core.service; core.service.REQUEST_LIMIT = 1000; core.service.main()"
    client = start("-c", program)
    for length in (1000, 1001, 5000):
        client.call("doctor", {"x": "x" * length}, id=1)
        reply = client.receive()
        assert (reply["id"], reply["error"]["code"]) == (None, ErrorCode.INVALID_REQUEST)
        assert "longer than 1,000 bytes" in reply["error"]["message"]
    assert still_answers(client, small)
    assert client.end() == b""


def test_a_ping_is_answered_at_once_and_a_cancelled_request_ends(
    service: Client, small: Small, tmp_path: Path
) -> None:
    rows = "".join(f"row {row} {'on and on ' * 40},{row % 2}\n" for row in range(30_000))
    (tmp_path / "big.csv").write_text("text,label\n" + rows)
    big = small.values(tmp_path) | {"data": {"train": str(tmp_path / "big.csv")}}
    service.call("plan", {"config": big}, id="plan")
    progress = service.receive()
    report = {"id": "plan", "message": "reading data", "done": 0, "total": 0, "notable": False}
    assert progress == {"method": "progress", "params": report}
    service.call("ping", {}, id="ping")
    while "params" in (reply := service.receive()):
        assert reply["params"]["id"] == "plan"
    assert reply["id"] == "ping"
    assert reply["result"]["cpu_seconds"] > 0
    service.call("cancel", {"id": "plan"})
    while "params" in (reply := service.receive()):
        pass
    assert (reply["id"], reply["error"]["code"]) == ("plan", ErrorCode.CANCELLED)
    # The id is free again, and the cancellation does not stick to it.
    service.call("inspect", {"data": {"train": str(small.train)}}, id="plan")
    while "params" in (reply := service.receive()):
        pass
    assert reply["result"]["rows"] == 96


def test_an_id_that_is_in_use_is_refused(service: Client, small: Small, tmp_path: Path) -> None:
    config = small.values(tmp_path)
    for _ in range(2):
        service.call("plan", {"config": config}, id=5001)
    replies = []
    while len(replies) < 2:
        if "params" not in (reply := service.receive()):
            replies.append(reply)
    assert sorted("error" in reply for reply in replies) == [False, True]
    (refused,) = [reply for reply in replies if "error" in reply]
    assert refused["error"]["code"] == ErrorCode.INVALID_REQUEST
    assert "the id 5001 is in use" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("method", "params"),
    [("cancel", {"id": 1}), ("cancel", {"ids": [1]}), ("cancel", {}), ("doctor", {}), ("dance", {})],
)
def test_a_notification_is_never_answered(
    service: Client, small: Small, method: str, params: dict[str, Any]
) -> None:
    service.call(method, params)
    assert still_answers(service, small)


def test_what_libraries_print_is_never_on_standard_output(noisy: Client) -> None:
    reply = noisy.ask("inspect", data={})
    assert reply["error"] == {"code": ErrorCode.INTERNAL_ERROR, "message": "ZeroDivisionError: by a library"}
    assert reply["progress"] == []
    assert noisy.ask("inspect", data={})["error"] == reply["error"]


def test_text_that_is_hard_to_carry(service: Client, finished_run: RunDirectory) -> None:
    texts = ["two\nlines\r\n", "\x00\x1b[31m\u2028", "🙂" * 1000, '{"id": 1}']
    found = service.result("predict", run=str(finished_run.path), texts=texts, which="last", device="cpu")
    assert len(found["items"]) == 4
