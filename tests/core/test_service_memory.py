"""What the engine service keeps from one request to the next, and how requests are cancelled."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from service_client import Client
from small_runs import Small

from core.config import DataConfig
from core.files import lock
from core.methods import Methods
from core.problems import Problem
from core.protocol import ErrorCode, Evaluate, EvaluationReport, Explain, Predict, PredictFile, Request
from core.runs import checkpoints
from core.runs.directory import RunDirectory


def test_cancelled_requests_end_early(service: Client, small: Small, tmp_path: Path) -> None:
    """The current one ends at its next progress report, and a waiting one is dropped."""
    service.ask("plan", config=small.values(tmp_path))  # the libraries are loaded
    rows = "".join(f"so {row} it goes {'on and on ' * 40},{row % 2}\n" for row in range(30_000))
    (tmp_path / "big.csv").write_text("text,label\n" + rows)
    big = small.values(tmp_path) | {"data": {"train": str(tmp_path / "big.csv")}}
    for number in (9001, 9002):
        service.call("plan", {"config": big}, id=number)
    while "tokenizing" not in service.receive()["params"]["message"]:
        pass
    for number in (9001, 9002):
        service.call("cancel", {"id": number})
    progress = []
    while "params" in (reply := service.receive()):
        progress.append(reply["params"]["message"])
    assert (reply["id"], reply["error"]["code"]) == (9001, ErrorCode.CANCELLED)
    assert "planning" not in progress
    reply = service.receive()
    assert (reply["id"], reply["error"]["code"]) == (9002, ErrorCode.CANCELLED)
    assert "error" not in service.ask("plan", config=small.values(tmp_path))


def test_cancelling_an_answered_request_changes_nothing(service: Client, small: Small) -> None:
    asked = {"data": {"train": str(small.train)}}
    service.result("inspect", **asked)
    service.call("cancel", {"id": service.last_id})
    assert service.result("inspect", **asked)["rows"] == 96


def test_what_data_and_model_decide_is_computed_once(service: Client, small: Small, tmp_path: Path) -> None:
    data = tmp_path / "train.csv"
    # No other test has tokenized this.
    data.write_bytes(small.train.read_bytes() + b"A review of its own,negative\n")
    values = small.values(tmp_path) | {"data": {"train": str(data), "validation": str(small.validation)}}

    def tokenized(config: dict[str, Any]) -> bool:
        reply = service.ask("plan", config=config)
        assert "error" not in reply, reply
        return any("tokenizing" in report["message"] for report in reply["progress"])

    faster = values | {"training": values["training"] | {"learning_rate": 1e-2}}
    assert tokenized(values)
    assert not tokenized(faster)
    assert service.result("plan", config=faster)["learning_rate"] == 1e-2
    assert tokenized(values | {"model": values["model"] | {"max_length": 40}})
    assert not tokenized(values)
    with data.open("a") as stream:
        stream.write("One review more,positive\n")
    assert tokenized(values)
    assert service.result("plan", config=values)["splits"][0]["rows"] == 98


def test_another_checkpoint_in_the_same_place_is_another_model(
    service: Client, run_copy: RunDirectory
) -> None:
    asked = {"run": str(run_copy.path), "texts": ["A fine film."], "which": "last", "device": "cpu"}
    before = service.result("predict", **asked)
    last = Path(checkpoints.require(run_copy, "last").path)
    shutil.copytree(last, run_copy.path / "kept")
    weights = load_file(last / "model.safetensors")
    checkpoints.remove(last)
    shutil.copytree(run_copy.path / "kept", last)
    save_file(
        {name: -tensor for name, tensor in weights.items()}, last / "model.safetensors", {"format": "pt"}
    )
    after = service.ask("predict", **asked)
    assert after["progress"] != []
    assert after["result"]["step"] == before["step"]
    assert after["result"]["items"] != before["items"]


def test_one_checkpoint_asked_for_under_both_names(service: Client, run_copy: RunDirectory) -> None:
    best = checkpoints.require(run_copy, "best").path
    for folder in run_copy.checkpoints.glob("step-*"):
        if folder != best:
            checkpoints.remove(folder)
    asked = {"run": str(run_copy.path), "texts": ["A fine film."], "device": "cpu"}
    first = service.result("predict", which="best", **asked)
    again = service.ask("predict", which="last", **asked)
    assert (first["which"], again["result"]["which"]) == ("best", "last")
    assert again["progress"] == []
    assert again["result"]["items"] == first["items"]


def test_a_living_trainer_keeps_the_gpu_for_itself(
    run_copy: RunDirectory, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.prediction.predictor import Predictor

    devices: list[str] = []

    def load(run: RunDirectory, which: checkpoints.Which, *, device: str) -> Predictor:
        devices.append(device)
        return real(run, which, device="cpu")

    real = Predictor.load
    monkeypatch.setattr(Predictor, "load", load)
    run = str(run_copy.path)
    messages: list[str] = []

    def predict(device: str = "auto") -> None:
        Methods().answer(Predict(run, ["A fine film."], "last", device), lambda *_, **__: None)

    def predict_file(output: str) -> None:
        def tell(message: str, done: int = 0, total: int = 0, *, notable: bool = False) -> None:
            messages.extend([message] * notable)

        Methods().answer(PredictFile(run, str(small.test), str(run_copy.path / output), "last"), tell)

    with lock.hold(run_copy.lock):
        predict()
        predict(device="cuda:1")
        predict_file("beside.csv")
    predict()
    predict_file("alone.csv")
    assert devices == ["cpu", "cuda:1", "cpu", "auto", "auto"]
    assert messages == ["the run is training: predicting on the CPU; --device overrides it"]


@pytest.mark.parametrize("method", ["predict", "explain", "predict_file"])
def test_a_living_trainer_keeps_half_of_the_processor(
    run_copy: RunDirectory, small: Small, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    import torch

    from core.encoding.tokens import Tokens
    from core.prediction.predictor import Output, Predictor

    threads: list[int] = []

    def predict(predictor: Predictor, tokens: Tokens, on_progress: Callable[[int], None] | None) -> Output:
        threads.append(torch.get_num_threads())
        return real(predictor, tokens, on_progress)

    real = Predictor.predict_tokens
    monkeypatch.setattr(Predictor, "predict_tokens", predict)
    run, output = str(run_copy.path), str(run_copy.path / "out.csv")
    requests: dict[str, Request[Any]] = {
        "predict": Predict(run, ["A fine film."], "last", "cpu"),
        "explain": Explain(run, "A fine film.", "last", device="cpu"),
        "predict_file": PredictFile(run, str(small.test), output, "last", device="cpu", overwrite=True),
    }
    before, methods = torch.get_num_threads(), Methods()
    try:
        torch.set_num_threads(4)
        with lock.hold(run_copy.lock):
            methods.answer(requests[method], lambda *_, **__: None)
        methods.answer(requests[method], lambda *_, **__: None)
    finally:
        torch.set_num_threads(before)
    assert threads == [2, 4]


def test_other_data_is_read_by_the_columns_that_were_trained_with(
    service: Client, run_copy: RunDirectory, tmp_path: Path
) -> None:
    """Both columns could be the texts by their names: `text` is the one that the run knows."""
    path = tmp_path / "in.csv"
    path.write_text("sentence,text,class,label\nx,A fine film.,a,positive\ny,A sad one.,b,negative\n")
    run = {"run": str(run_copy.path), "which": "best", "device": "cpu"}
    found = service.result("predict_file", **run, file=str(path), output=str(tmp_path / "out.csv"))
    assert found["reasons"] == [
        "text column 'text': the model was trained with it (--text-column overrules it)."
    ]
    assert service.result("evaluate", **run, data={"train": str(path)})["examples"] == 2
    found = service.result(
        "predict_file",
        **run,
        file=str(path),
        output=str(tmp_path / "other.csv"),
        reading={"text_column": "sentence"},
    )
    assert found["text_column"] == "sentence"


@pytest.mark.parametrize("name", ["gone.csv", "data.csv"])
def test_check_reads_before_it_looks_for_the_model(service: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / "data.csv").write_text("text,label\n" + "fine,good\npoor,bad\n" * 5)
    config = {"data": {"train": str(tmp_path / name)}, "model": {"name": "someone/no-such-model"}}
    reply = service.ask("check", config=config)
    if name == "gone.csv":
        assert "no such file" in reply["error"]["message"]
    else:
        report = reply["result"]
        assert (report["tokenizer"], report["splits"][0]["lengths"]) == (None, None)
        (warning,) = [text for text in report["warnings"] if "--model" in text]
        assert "the Hub cannot be reached" in warning
        assert "--model" in warning


def test_evaluate_reads_before_it_loads_the_checkpoint(run_copy: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("text,label\nfine,mixed\n")
    messages: list[str] = []
    methods = Methods()

    def evaluate(data: Path) -> EvaluationReport:
        asked = Evaluate(str(run_copy.path), data=DataConfig(train=str(data)), device="cpu")
        return methods.answer(asked, lambda message, *_, **__: messages.append(message))

    with pytest.raises(Problem, match=r"odd\.csv:2: the model does not have the label 'mixed'"):
        evaluate(tmp_path / "odd.csv")
    assert messages == ["reading data"]
    # Where the events are lost, the weights know the labels.
    run_copy.events.unlink()
    with pytest.raises(Problem, match="does not have the label 'mixed'"):
        evaluate(tmp_path / "odd.csv")
    (tmp_path / "even.csv").write_text("text,label\nfine,positive\n")
    assert evaluate(tmp_path / "even.csv").examples == 1
