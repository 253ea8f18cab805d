"""Runs on long texts and on text pairs: training and prediction read texts the same way."""

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import Small, train_here, trained
from transformers import AutoTokenizer, pipeline

from core.config import DataConfig, RunConfig, build_config
from core.data.report import inspect
from core.evaluation.outcomes import Outcomes
from core.methods import Methods
from core.models.inference_settings import FILE, InferenceSettings
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.protocol import CheckData, Evaluate, Explain, Predict, PredictFile, Request
from core.protocol.requests import AnswerT
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.plan import Plan

LONG = "The second act drags, the third one runs, and nobody on the stage seems to know why. " * 4


def ask(request: Request[AnswerT]) -> AnswerT:
    return Methods().answer(request, lambda *_, **__: None)


def texts_of(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [row["text"] for row in csv.DictReader(stream)]


@pytest.mark.parametrize(
    ("name", "policy", "how"),
    [
        ("", "tail", "are cut at the beginning"),
        ("", "head-tail", "are cut in the middle"),
        ("", "windows", "overlapping windows on average"),
        ("cnn", "windows", "overlapping windows on average"),
    ],
)
def test_a_long_text_policy_holds_from_training_to_prediction(
    name: str, policy: str, how: str, small: Small, tmp_path: Path
) -> None:
    model = {"max_length": 16, "long_text": policy, "vocabulary": 300} | ({"name": name} if name else {})
    config = small.config(
        tmp_path, {"data": {"test": str(small.test)}, "model": model}, max_steps=6, eval_steps=3
    )
    run = trained(config)
    history = read_history(run)
    plan = history.plan
    assert plan is not None
    train = plan.splits[0]
    assert plan.long_text == policy
    assert (train.windows > 2 * train.long > 0) == (policy == "windows")
    assert (train.truncated == train.long) == (policy != "windows")
    assert any("longer than 16 tokens" in warning and how in warning for warning in plan.warnings)
    check_report(config, plan, how)
    folders = [path.parent for path in run.path.rglob(FILE)]
    assert run.model in folders
    assert {InferenceSettings.read(folder).long_text for folder in folders} == {policy}
    assert AutoTokenizer.from_pretrained(run.model).truncation_side == (
        "left" if policy == "tail" else "right"
    )

    # The trainer and the predictor read the test split alike.
    texts = texts_of(small.test)
    predictor = Predictor.load(run, "best", device="cpu")
    found = predictor.predict(texts)
    outcomes = Outcomes.read(run.outcomes)
    np.testing.assert_allclose(found.probabilities, outcomes.probabilities, atol=1e-5)
    report = ask(Evaluate(str(run.path), data=DataConfig(train=str(small.test)), device="cpu"))
    assert report.accuracy == pytest.approx(outcomes.is_right.mean())
    assert report.truncated == int(found.truncated.sum())

    # The logits of a text are the mean over its windows.
    tokens = predictor.encode([LONG])
    rows = tokens.rows
    alone = predictor.predict_tokens(rows).logits
    np.testing.assert_allclose(predictor.predict([LONG]).logits[0], alone.mean(0), atol=1e-5)
    assert (len(rows) > 3) == (policy == "windows")
    check_explanation(run)
    if policy == "tail":
        classify = pipeline("text-classification", model=str(run.model), top_k=None, device="cpu")
        (answers,) = classify([LONG], truncation=True, function_to_apply="none")
        by_pipeline = {answer["label"]: answer["score"] for answer in answers}
        assert by_pipeline == pytest.approx(
            dict(zip(predictor.labels, alone[0].tolist(), strict=True)), abs=1e-5
        )


def check_report(config: RunConfig, plan: Plan, how: str) -> None:
    """The data check and the plan agree about long texts."""
    report = ask(CheckData(config=config))
    assert (report.tokenizer, report.long_text) == (plan.model, plan.long_text)
    for checked, split in zip(report.splits, plan.splits, strict=True):
        figures = (
            checked.lengths.median,
            checked.lengths.longest,
            checked.lengths.long,
            checked.lengths.truncated,
        )
        assert figures == (split.median_tokens, split.longest_tokens, split.long, split.truncated)
        assert (checked.lengths.tokens_cut > 0) == (split.truncated > 0)
    (cut,) = [finding for finding in report.findings if finding.check == "cut-texts"]
    assert how.removesuffix(" on average") in cut.title
    assert cut.rows == sum(split.long for split in plan.splits)
    whole = sum(split.rows for split in plan.splits)
    assert cut.facts["unread_texts_share"] == sum(split.truncated for split in plan.splits) / whole


def check_explanation(run: RunDirectory) -> None:
    """The explanation is of the prediction, and separates words that were read from unread text."""
    predicted = ask(Predict(run=str(run.path), texts=[LONG], which="best", device="cpu")).items[0]
    found = ask(Explain(run=str(run.path), text=LONG, which="best", device="cpu"))
    assert found.probability == pytest.approx(max(predicted.probabilities), abs=1e-5)
    assert (found.unread, found.unread_tokens) == (predicted.unread, predicted.unread_tokens)
    assert sum(abs(word.contribution) for word in found.words) == pytest.approx(1)
    assert abs(found.error) <= 0.02
    spans = sorted([*((word.start, word.end) for word in found.words), *found.unread])
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert "".join(LONG[start:end] for start, end in spans).replace(" ", "") == LONG.replace(" ", "")


def test_a_resumed_run_keeps_its_long_text_policy(small: Small, tmp_path: Path) -> None:
    values = {"model": {"max_length": 16, "long_text": "windows"}}
    whole = trained(small.config(tmp_path, values, max_steps=8, eval_steps=4), "whole")
    parts = trained(small.config(tmp_path, values, max_steps=4, eval_steps=4), "parts")
    parts.write_config(small.config(tmp_path, values, max_steps=8, eval_steps=4).to_toml())
    assert train_here(parts, resume=True) == 0
    assert InferenceSettings.read(parts.model).long_text == "windows"
    assert len(read_history(parts).steps.loss) == len(read_history(whole).steps.loss)


def test_predictions_report_the_unread_text(finished_run: RunDirectory) -> None:
    answer = ask(Predict(run=str(finished_run.path), texts=[LONG, "Fine."], which="best", device="cpu"))
    long, short = answer.items
    assert (short.truncated, short.unread, short.unread_tokens) == (False, [], 0)
    assert long.unread_tokens == long.tokens - 48
    ((start, end),) = long.unread
    # The full stop is the last token.
    assert LONG[end:] == " "
    assert LONG[:start].startswith("The second act drags, the third one runs")
    again = ask(Predict(run=str(finished_run.path), texts=[LONG[:start]], which="best", device="cpu"))
    assert again.items[0].probabilities == pytest.approx(long.probabilities, abs=1e-6)
    assert not again.items[0].truncated


@pytest.fixture(scope="module")
def pair_data(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.csv and test.csv of text pairs: review and hypothesis."""
    folder = tmp_path_factory.mktemp("pairs")
    for name, rows in (("train", 60), ("test", 20)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["premise", "hypothesis", "label", "both,columns"])
            for number, text in enumerate(texts_of(small.train)[:rows]):
                claim = ("I liked it ||| a lot.", "It was dull.")[number % 2]
                writer.writerow([f"{text} {name}", claim, ("no", "yes")[number // 2 % 2], text])
    return folder


@pytest.fixture(scope="module", params=["bert", "cnn"])
def pair_run(
    request: pytest.FixtureRequest, small: Small, pair_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunDirectory:
    data = {
        "train": str(pair_data / "train.csv"),
        "validation": None,
        "test": str(pair_data / "test.csv"),
        "text_column": "premise, hypothesis",
    }
    name = str(small.model) if request.param == "bert" else "cnn"
    model = {"name": name, "max_length": 24, "vocabulary": 300}
    runs_dir = tmp_path_factory.mktemp("runs")
    return trained(small.config(runs_dir, {"data": data, "model": model}, max_steps=6, eval_steps=3))


def test_a_run_trains_on_text_pairs_and_classifies_them(pair_run: RunDirectory, pair_data: Path) -> None:
    plan = read_history(pair_run).plan
    assert plan is not None
    assert (plan.pairs, plan.text_column, plan.labels) == (True, "premise, hypothesis", ["no", "yes"])
    assert InferenceSettings.read(pair_run.model).pairs
    with (pair_data / "test.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    typed = [f"{row['premise']} ||| {row['hypothesis']}" for row in rows]
    outcomes = Outcomes.read(pair_run.outcomes)
    answer = ask(Predict(run=str(pair_run.path), texts=typed, which="best", device="cpu"))
    found = np.array([item.probabilities for item in answer.items], np.float32)
    np.testing.assert_allclose(found, outcomes.probabilities, atol=1e-5)
    turned = [f"{row['hypothesis'].replace('|||', '')} ||| {row['premise']}" for row in rows]
    others = ask(Predict(run=str(pair_run.path), texts=turned, which="best", device="cpu"))
    # So small a model may give some pairs equal probabilities to the last bit, but not all.
    assert [item.probabilities for item in others.items] != [item.probabilities for item in answer.items]

    # Both columns are remembered.
    which: dict[str, Any] = {"run": str(pair_run.path), "which": "best", "device": "cpu"}
    report = ask(Evaluate(data=DataConfig(train=str(pair_data / "test.csv")), **which))
    assert report.accuracy == pytest.approx(outcomes.is_right.mean())
    output = pair_run.path / "predicted.csv"
    written = ask(PredictFile(file=str(pair_data / "test.csv"), output=str(output), **which))
    with output.open(encoding="utf-8", newline="") as stream:
        predicted = [row["predicted"] for row in csv.DictReader(stream)]
    assert predicted == [outcomes.labels[number] for number in outcomes.predicted]
    assert written.text_column == "premise, hypothesis"


def test_a_single_text_for_a_model_of_text_pairs_is_a_problem(pair_run: RunDirectory, small: Small) -> None:
    which: dict[str, Any] = {"run": str(pair_run.path), "which": "best", "device": "cpu"}
    with pytest.raises(Problem, match=r"The model needs text pairs.*'Fine\.'. Write \|\|\| between"):
        ask(Predict(texts=["Fine."], **which))
    with pytest.raises(Problem, match="reads text pairs.*'text' is one column.*FIRST,SECOND"):
        ask(Evaluate(data=DataConfig(train=str(small.test)), **which))
    with pytest.raises(Problem, match="reads text pairs.*'text' is one column"):
        ask(PredictFile(file=str(small.test), output=str(pair_run.path / "no.csv"), **which))


def test_a_text_pair_for_a_model_of_single_texts_is_a_problem(
    finished_run: RunDirectory, pair_data: Path
) -> None:
    data = DataConfig(train=str(pair_data / "test.csv"), text_column="premise,hypothesis")
    with pytest.raises(Problem, match="reads single texts .*'text'.*, but 'premise,hypothesis' is two"):
        ask(Evaluate(run=str(finished_run.path), data=data, which="best", device="cpu"))


def test_the_stock_pipeline_gives_the_same_logits_for_text_pairs(
    pair_run: RunDirectory, small: Small
) -> None:
    predictor = Predictor.load(pair_run, "best", device="cpu")
    classify = pipeline("text-classification", model=str(predictor.source.folder), top_k=None, device="cpu")
    for first, second in (("A fine film.", "It was good."), (LONG, "It was good."), (LONG, LONG)):
        answers = classify(
            {"text": first, "text_pair": second}, truncation=True, function_to_apply="none", max_length=24
        )
        expected = {answer["label"]: answer["score"] for answer in answers}
        row = predictor.predict([f"{first} ||| {second}"]).logits[0]
        assert dict(zip(predictor.labels, row.tolist(), strict=True)) == pytest.approx(expected, abs=1e-5)


def test_the_data_check_reads_two_columns_as_text_pairs(small: Small, pair_data: Path) -> None:
    def config(column: str) -> RunConfig:
        data = {"train": str(pair_data / "train.csv"), "text_column": column}
        return build_config({"data": data, "model": {"name": str(small.model), "max_length": 24}})

    found = ask(CheckData(config=config("premise,hypothesis")))
    assert (found.problems, found.text_column) == ([], "premise,hypothesis")
    tokenizer = AutoTokenizer.from_pretrained(small.model)
    with (pair_data / "train.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lengths = [len(tokenizer(row["premise"], row["hypothesis"])["input_ids"]) for row in rows]
    assert max(split.lengths.longest for split in found.splits) == max(lengths)
    # A single column may have a comma in its name.
    single = ask(CheckData(config=config("both,columns")))
    lengths = [len(tokenizer(row["both,columns"])["input_ids"]) for row in rows]
    assert max(split.lengths.longest for split in single.splits) == max(lengths)
    with pytest.raises(Problem, match="no column 'premise,text'"):
        ask(CheckData(config=config("premise,text")))
    with pytest.raises(Problem, match="column 'label' cannot be both"):
        ask(CheckData(config=config("premise,label")))


def test_a_text_pair_with_an_empty_text_is_a_problem(tmp_path: Path) -> None:
    from core.config import DataConfig

    rows = ["a,b,label", "one,two,x", ",two,y", "one,,x", "three,four,y", "five,six,x", "seven,eight,y"]
    (tmp_path / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    found = inspect(DataConfig(train=str(tmp_path / "data.csv"), text_column="a,b"))
    assert "2 rows have no text in column 'a,b' (lines 3, 4)" in found.problems[0]
