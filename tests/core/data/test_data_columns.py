"""Columns are chosen by name, then by content. Label names have a stable order."""

from pathlib import Path

import pytest
from data_files import all_texts, reviews, write

from core.config import DataConfig, ReadingConfig
from core.data.columns.columns import TrainedColumns
from core.data.examples.texts import open_texts
from core.data.report import inspect
from core.data.splits import DataSplits, load_labelled, load_splits
from core.problems import Problem


def load(folder: Path, columns: dict[str, list], name: str = "data.csv", **settings: object) -> DataSplits:
    return load_splits(DataConfig(train=write(folder, name, columns), **settings), seed=1)


@pytest.mark.parametrize("text", ["text", "Sentence", "REVIEW", "content", "document", "question"])
@pytest.mark.parametrize("label", ["label", "Class", "category", "SENTIMENT", "target", "intent"])
def test_columns_are_chosen_by_name(tmp_path: Path, text: str, label: str) -> None:
    texts, labels = reviews().values()
    splits = load(tmp_path, {"id": list(range(20)), label: labels, "note": texts[::-1], text: texts})
    assert (splits.text_column, splits.label_column) == (text, label)
    assert splits.reasons == [
        f"text column {text!r}: chosen by name (--text-column overrules it).",
        f"label column {label!r}: chosen by name (--label-column overrules it).",
    ]


def test_columns_are_chosen_by_content(tmp_path: Path) -> None:
    texts, labels = reviews().values()
    columns = {"v0": list(range(1000, 1020)), "v1": labels, "v2": texts, "v3": ["x"] * 20, "": [""] * 20}
    splits = load(tmp_path, columns)
    assert (splits.text_column, splits.label_column) == ("v2", "v1")
    assert splits.reasons == [
        "text column 'v2': longest and most varied texts (--text-column overrules it).",
        "label column 'v1': 2 distinct values in 20 rows (--label-column overrules it).",
    ]


def test_requested_columns_take_precedence(tmp_path: Path) -> None:
    texts, labels = reviews().values()
    columns = {"text": ["a"] * 20, "label": ["b"] * 20, "words": texts, "y2": labels}
    splits = load(tmp_path, columns, text_column="words", label_column="y2")
    assert (splits.text_column, splits.label_column, splits.labels) == ("words", "y2", ["bad", "good"])
    assert splits.reasons[0] == "text column 'words': as requested."


@pytest.mark.parametrize(
    ("columns", "flag"),
    [
        ({"one": reviews()["text"], "two": reviews()["text"], "label": reviews()["label"]}, "--text-column"),
        ({"text": reviews()["text"], "lang": ["de", "en"] * 10, "mark": [1, 2] * 10}, "--label-column"),
        ({"text": reviews()["text"], "other": reviews()["text"]}, "--label-column"),
        ({"a": list(range(20)), "label": [0, 1] * 10}, "--text-column"),
    ],
)
def test_ambiguous_columns_are_rejected(tmp_path: Path, columns: dict[str, list], flag: str) -> None:
    with pytest.raises(Problem) as caught:
        load(tmp_path, columns)
    assert flag in str(caught.value)
    assert all(repr(column) in str(caught.value) for column in columns)


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("data.csv", ["pos", "neg", "Neutral"], ["Neutral", "neg", "pos"]),
        ("data.csv", ["10", "9", "-1"], ["-1", "9", "10"]),
        ("data.csv", ["1.0", "0.0"], ["0", "1"]),
        ("data.csv", ["True", "False"], ["false", "true"]),
        ("data.csv", ["007", "7"], ["007", "7"]),
        ("data.csv", ["NA", "null", "None"], ["NA", "None", "null"]),
        ("data.json", [True, False], ["false", "true"]),
        ("data.json", [2, 10, 1], ["1", "2", "10"]),
        ("data.parquet", [2.0, 10.0], ["2", "10"]),
        ("data.jsonl", ["yes", 1, True], ["1", "true", "yes"]),
    ],
)
def test_labels_have_names_in_a_stable_order(
    tmp_path: Path, name: str, cells: list, expected: list[str]
) -> None:
    texts = [f"the text of row {row}" for row in range(10 * len(cells))]
    assert load(tmp_path, {"text": texts, "label": cells * 10}, name).labels == expected
    assert load(tmp_path, {"text": texts, "label": cells[::-1] * 10}, name).labels == expected


def test_labels_of_other_splits_are_mapped_to_those_of_train(tmp_path: Path) -> None:
    texts = reviews()["text"]
    train = write(tmp_path, "a.csv", {"text": texts, "label": ["0.0", "1.0"] * 10})
    other = write(tmp_path, "b.jsonl", {"text": ["new", "newer"], "label": [1, 0]})
    splits = load_splits(DataConfig(train=train, validation=other), seed=1)
    assert (splits.labels, splits.validation.label_ids.tolist()) == (["0", "1"], [1, 0])
    assert load_labelled(DataConfig(train=train), ["1", "0"]).label_ids[:2].tolist() == [1, 0]


def test_the_columns_of_training_are_used_where_they_exist(tmp_path: Path) -> None:
    path = write(
        tmp_path, "data.csv", {"text": ["a", "b"], "note": ["c", "7"], "label": ["x", "y"], "k": [1, 2]}
    )
    trained = TrainedColumns("note", "k")
    assert all_texts(load_labelled(DataConfig(train=path), ["2", "1"], trained)) == ["c", "7"]
    assert load_labelled(DataConfig(train=path), ["2", "1"], trained).label_ids.tolist() == [1, 0]
    asked = DataConfig(train=path, text_column="text")
    assert all_texts(load_labelled(asked, ["1", "2"], trained)) == ["a", "b"]
    elsewhere = TrainedColumns("review", "stars")
    assert all_texts(load_labelled(DataConfig(train=path), ["x", "y"], elsewhere)) == ["a", "b"]
    assert open_texts(path, trained=trained).reasons == [
        "text column 'note': the model was trained with it (--text-column overrules it)."
    ]
    assert open_texts(path, trained=elsewhere).text_column == "text"


def test_numbers_are_texts_only_in_named_or_requested_columns(tmp_path: Path) -> None:
    numbers, labels = list(range(20)), reviews()["label"]
    assert "7" in all_texts(load(tmp_path, {"text": numbers, "label": labels}, "named.json").train)
    assert "7" in all_texts(
        load(tmp_path, {"a": numbers, "label": labels}, "asked.json", text_column="a").train
    )
    mixed = {"a": [*reviews()["text"][:-1], 19], "label": labels}
    with pytest.raises(Problem, match=r"row 20: column 'a' holds 19.*--text-column"):
        load(tmp_path, mixed, "mixed.json")


def test_a_file_with_a_single_column_of_texts(tmp_path: Path) -> None:
    path = write(tmp_path, "in.csv", {"review": ["one", "two, or three"]})
    assert all_texts(open_texts(path)) == ["one", "two, or three"]
    with pytest.raises(Problem, match=r"no column 'text'.*'review'.*--text-column"):
        open_texts(path, ReadingConfig(text_column="text"))


def test_an_inspection_shows_columns_labels_and_problems(tmp_path: Path) -> None:
    columns = reviews() | {"long": ["x" * 1000] * 20}
    found = inspect(DataConfig(train=write(tmp_path, "good.csv", columns)))
    assert (found.columns, found.rows) == (["text", "label", "long"], 20)
    assert (found.text_column, found.label_column, found.problems) == ("text", "label", [])
    assert found.labels == {"bad": 10, "good": 10}
    assert found.preview[0][:2] == ["review number 0 of a book that I read", "bad"]
    assert len(found.preview[0][2]) == 200
    unclear = inspect(
        DataConfig(train=write(tmp_path, "unclear.csv", {"text": ["one", "two"], "x": ["c", "d"]}))
    )
    assert (unclear.text_column, unclear.label_column, unclear.labels) == ("text", None, {})
    assert "--label-column" in unclear.problems[0]


@pytest.mark.parametrize(
    ("names", "text", "label"),
    [
        (["Title", "Review Text", "Rating"], "Review Text", "Rating"),
        (["review_id", "review_body", "star_rating"], "review_body", "star_rating"),
        (["tweetId", "tweetText", "airline_sentiment"], "tweetText", "airline_sentiment"),
        (["news_headline", "class_label", "url"], "news_headline", "class_label"),
        (["title", "abstract", "category"], "abstract", "category"),
        (["annotator_labels", "gold_label", "sentence"], "sentence", "gold_label"),
        (["Sentiment", "SentimentText", "ItemID"], "SentimentText", "Sentiment"),
    ],
)
def test_words_within_names_count(tmp_path: Path, names: list[str], text: str, label: str) -> None:
    texts, labels = reviews().values()
    cells = {name: [f"x{row}" for row in range(20)] for name in names} | {text: texts, label: labels}
    splits = load(tmp_path, cells)
    assert (splits.text_column, splits.label_column) == (text, label)


def test_what_was_not_taken_is_said(tmp_path: Path) -> None:
    texts, labels = reviews().values()
    short = [f"title {row}" for row in range(20)]
    splits = load(tmp_path, {"Title": short, "Review Text": texts, "label": labels})
    assert splits.reasons[0] == (
        "text column 'Review Text': chosen by name, over 'Title' (--text-column overrules it)."
    )
    assert "give --text-column 'Title,Review Text'." in splits.reasons[1]
    columns = {"Title": short, "Review Text": texts, "label": labels}
    pairs = load(tmp_path, columns, text_column="Title,Review Text")
    assert pairs.train.has_text_pairs


@pytest.mark.parametrize(
    ("columns", "text", "label", "said"),
    [
        (
            {"text": list(range(20)), "body_en": None, "label": 0},
            "body_en",
            "label",
            "not 'text', which holds",
        ),
        ({"text": ["same"] * 20, "note": None, "label": 0}, "note", "label", "which holds a single value"),
        ({"text": None, "label": [f"n{row}" for row in range(20)], "group": 0}, "text", "group", "every row"),
        ({"text": None, "score": [row / 7 for row in range(20)], "kind": 0}, "text", "kind", "with decimals"),
        (
            {"text": [f"https://a.b/{n}" for n in range(20)], "plot": None, "label": 0},
            "plot",
            "label",
            "links",
        ),
    ],
)
def test_a_name_does_not_win_against_its_content(
    tmp_path: Path, columns: dict, text: str, label: str, said: str
) -> None:
    texts, labels = reviews().values()
    cells = {name: texts if each is None else labels if each == 0 else each for name, each in columns.items()}
    splits = load(tmp_path, cells)
    assert (splits.text_column, splits.label_column) == (text, label)
    assert any(said in reason for reason in splits.reasons)


def test_the_second_column_of_pairs_is_said_not_to_be_read(tmp_path: Path) -> None:
    texts = [f"how do I mend chair {row}" for row in range(20)]
    columns = {"question1": texts, "question2": texts[::-1], "is_duplicate": [row % 2 for row in range(20)]}
    said = " ".join(inspect(DataConfig(train=str(write(tmp_path, "pairs.csv", columns)))).reasons)
    assert "'question2' is not read" in said
    assert "--text-column question1,question2" in said
