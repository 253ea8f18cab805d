"""The engine service as a process: JSON lines in, JSON lines out, alive until its input ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service_client import Client, start
from small_runs import Small

from core.runs.directory import RunDirectory

# A service whose process prints, as some library might, when it starts and when it is asked.
NOISY = """
import core.methods, core.service, os

def inspect(memory, data, on_progress):
    print("a library prints")
    os.system("echo so does a child")
    os.write(1, b"and it writes to the descriptor")
    raise ZeroDivisionError("by a library")

core.methods.METHODS["inspect"] = inspect
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
    assert {"reading data", "loading tokenizer", "planning"} <= {told["message"] for told in reply["told"]}


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
    assert "loading checkpoint 20" in {told["message"] for told in reply["told"]}
    again = service.ask("predict", **asked)
    assert again["told"] == []
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
    assert {"message": "explaining", "done": 0, "total": 24, "notable": False} in reply["told"]
    predicted = service.result("predict", run=asked["run"], texts=[text], which="last", device="cpu")
    assert found["probability"] == pytest.approx(max(predicted["items"][0]["probabilities"]), abs=1e-5)
    other = service.result("explain", **asked, label=found["labels"][1])
    assert other["probability"] == pytest.approx(1 - found["probability"])
    assert service.ask("explain", **asked, label="fine")["error"]["kind"] == "problem"


def test_predict_file(service: Client, finished_run: RunDirectory, small: Small, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    asked = {"run": str(finished_run.path), "file": str(small.test), "output": str(output), "which": "best"}
    reply = service.ask("predict_file", **asked)
    assert reply["result"]["rows"] == 40
    assert output.exists()
    last, size = reply["told"][-1], small.test.stat().st_size
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
        ("inspect", {"data": {"train": "gone.csv"}}, "gone.csv: there is no such file"),
        ("inspect", {"data": {"colour": "blue"}}, "data.colour is not a setting"),
        ("predict", {"run": "gone", "texts": ["x"], "which": "best"}, "there is no such run"),
        ("dance", {}, "no method 'dance'"),
    ],
)
def test_what_a_person_can_mend_is_a_problem(
    service: Client, method: str, params: dict[str, Any], part: str
) -> None:
    error = service.ask(method, **params)["error"]
    assert error["kind"] == "problem"
    assert part in error["message"]


def test_a_fault_is_told_and_the_service_lives_on(service: Client, small: Small) -> None:
    error = service.ask("inspect", nonsense=True)["error"]
    assert error["kind"] == "internal"
    assert error["message"].startswith("TypeError:")
    assert service.result("inspect", data={"train": str(small.train)})["rows"] == 96


@pytest.mark.parametrize("line", [b"", b"garbage", b"\xff\xfe", b"[]", b'{"id": "x"}', b'{"id": 1}'])
def test_a_line_that_is_no_request(service: Client, small: Small, line: bytes) -> None:
    service.send(line)
    reply = service.receive()
    assert (reply["id"], reply["error"]["kind"]) == (0, "internal")
    assert service.result("inspect", data={"train": str(small.train)})["rows"] == 96


def test_what_libraries_print_is_never_on_standard_output(noisy: Client) -> None:
    reply = noisy.ask("inspect", data={})
    assert reply["error"] == {"kind": "internal", "message": "ZeroDivisionError: by a library"}
    assert reply["told"] == []


def test_text_that_is_hard_to_carry(service: Client, finished_run: RunDirectory) -> None:
    texts = ["two\nlines\r\n", "\x00\x1b[31m\u2028", "🙂" * 1000, '{"id": 1}']
    found = service.result("predict", run=str(finished_run.path), texts=texts, which="last", device="cpu")
    assert len(found["items"]) == 4
