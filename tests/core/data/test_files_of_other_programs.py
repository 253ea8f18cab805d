"""Files and folders that other programs write: what is said of those that are not read as they are."""

import json
from pathlib import Path

import pytest

from core.config import DataConfig
from core.data.quality.traits import find_placeholder
from core.data.report import inspect
from core.data.splits import load_splits
from core.problems import Problem

_TEXTS = [f"The soup was {'cold' if n % 2 else 'warm'} on visit {n}" + " again" * (n % 5) for n in range(40)]
_LABELS = ["bad" if n % 2 else "good" for n in range(40)]
_ROWS = list(zip(_TEXTS, _LABELS, strict=True))


def _problem(path: Path, **options: object) -> str:
    with pytest.raises(Problem) as caught:
        load_splits(DataConfig.model_validate({"train": str(path), **options}), seed=1)
    return str(caught.value)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["data.arff", "data.csv", "data.txt"])
def test_the_advice_for_arff_reads_it(tmp_path: Path, name: str) -> None:
    head = "% from Weka\n@RELATION r\n\n@ATTRIBUTE text string\n@ATTRIBUTE class {good,bad}\n\n@DATA\n"
    path = _write(tmp_path / name, head + "".join(f"'{text}',{label}\n" for text, label in _ROWS))
    said = _problem(path)
    assert "--skip-rows 7 --no-header --columns text,class" in said
    splits = load_splits(
        DataConfig(train=str(path), skip_rows=7, header=False, columns=["text", "class"]), seed=1
    )
    assert sorted(splits.labels) == ["bad", "good"]


def test_lines_of_vowpal_wabbit_are_refused_and_bars_are_not(tmp_path: Path) -> None:
    lines = "".join(f"{1 if label == 'good' else -1} |t {text}\n" for text, label in _ROWS)
    assert "sed 's/ [^|]*|t /\\t/' FILE > data.tsv" in _problem(_write(tmp_path / "a.vw", lines))
    bars = "".join(f"{label}|{text}\n" for text, label in _ROWS)
    assert sorted(load_splits(DataConfig(train=str(_write(tmp_path / "b.txt", bars))), seed=1).labels) == [
        "bad",
        "good",
    ]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", ["data.csv", "data.tsv"])
def test_json_that_is_named_csv_is_read_and_said(tmp_path: Path, name: str, indent: int | None) -> None:
    records = [{"text": text, "label": label} for text, label in _ROWS]
    splits = load_splits(
        DataConfig(train=str(_write(tmp_path / name, json.dumps(records, indent=indent)))), seed=1
    )
    assert splits.reasons[0].startswith("JSON:")
    assert sorted(splits.labels) == ["bad", "good"]


@pytest.mark.parametrize(
    "record",
    [
        lambda text: {"tokens": text.split(), "ner_tags": [0] * len(text.split())},
        lambda text: {"text": text, "tags": ["O", *["B"] * (len(text.split()) - 1)]},
        lambda text: {
            "text": text,
            "tokens": text.split(),
            "labels": ["O", *["B"] * (len(text.split()) - 1)],
        },
    ],
)
def test_a_label_for_each_word_is_refused(tmp_path: Path, record: object) -> None:
    lines = "".join(json.dumps(record(text)) + "\n" for text in _TEXTS)  # type: ignore[operator]
    assert "a label for each word" in _problem(_write(tmp_path / "a.jsonl", lines))


def test_two_columns_of_texts_have_no_labels(tmp_path: Path) -> None:
    rows = "".join(f"{text}\tDie Suppe war kalt, Besuch {n}\n" for n, text in enumerate(_TEXTS))
    assert "no column looks like labels" in _problem(_write(tmp_path / "a.tsv", "en\tde\n" + rows))


def test_folders_that_are_not_read_say_what_they_hold(tmp_path: Path) -> None:
    for label in ("ham", "spam"):
        _write(tmp_path / "mails" / label / "1.eml", "From: a")
        _write(tmp_path / "tables" / label / "1.csv", "text,label\na,b\n")
    _write(tmp_path / "brat" / "1.txt", "Words")
    _write(tmp_path / "brat" / "1.ann", "T1\tOrg 0 3\tWor")
    for half in ("X", "y"):
        _write(tmp_path / "halves" / f"{half}_train.csv", "a\nb\n")
    for version in ("v1", "v2"):
        _write(tmp_path / "versions" / f"data_{version}.csv", "text,label\na,b\n")
    assert ".eml (2)" in _problem(tmp_path / "mails")
    assert "tables/*/*.csv" in _problem(tmp_path / "tables")
    assert "annotations of brat" in _problem(tmp_path / "brat")
    assert "pd.read_csv('X_train.csv'), pd.read_csv('y_train.csv')" in _problem(tmp_path / "halves")
    assert "versions of the same data" in _problem(tmp_path / "versions")


def test_labels_in_the_first_row_of_each_group_are_to_be_filled_down(tmp_path: Path) -> None:
    rows = "".join(f"{label if n % 10 < 2 else ''},{text}\n" for n, (text, label) in enumerate(_ROWS))
    grouped = inspect(DataConfig(train=str(_write(tmp_path / "a.csv", "label,text\n" + rows)))).problems
    assert any("df['label'].ffill()" in each for each in grouped)
    few = "".join(f"{label if n % 10 else ''},{text}\n" for n, (text, label) in enumerate(_ROWS))
    scattered = inspect(DataConfig(train=str(_write(tmp_path / "b.csv", "label,text\n" + few)))).problems
    assert not any("ffill" in each for each in scattered)


def test_an_option_value_does_not_merge_with_the_full_stop(tmp_path: Path) -> None:
    rows = "".join(f"{text},{label if n % 8 else '.'}\n" for n, (text, label) in enumerate(_ROWS))
    splits = load_splits(DataConfig(train=str(_write(tmp_path / "a.csv", "text,label\n" + rows))), seed=1)
    (said,) = (each for each in splits.warnings if "--drop-label" in each)
    assert "--drop-label '.'." in said


def test_marks_in_place_of_texts_are_found() -> None:
    texts = ["#VALUE!", "[removed] ", "NULL", "Nothing was removed", "None of them", "null and void"]
    assert list(filter(find_placeholder, texts)) == texts[:3]
