"""Starting a run: its name, and its saved configuration."""

import errno
import subprocess
from pathlib import Path

import pytest

from core.config import build_config, read_config
from core.problems import Problem
from core.runs import start as starting
from core.runs.directory import RunDirectory
from core.runs.launch import launch
from core.runs.start import derived_name, free_name, start


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunDirectory]:
    """The runs whose trainers would have been started."""
    runs: list[RunDirectory] = []

    def launch(run: RunDirectory) -> subprocess.Popen[bytes]:
        runs.append(run)
        return subprocess.Popen(["true"])

    monkeypatch.setattr(starting, "launch", launch)
    return runs


@pytest.mark.parametrize(
    ("train", "model", "name"),
    [
        ("data/reviews_train.csv", "minilm", "reviews_train-minilm"),
        ("x.jsonl.gz", "some/bert-base-cased", "x-bert-base-cased"),
        ("imdb", "minilm", "imdb-minilm"),
        ("/data/sst2/train.csv.xz", "minilm", "sst2-minilm"),
        ("/data/", "/models/my model/", "data-my-model"),
        ("imdb/train.csv.xz", "minilm", "imdb-minilm"),
        ("trec/", "minilm", "trec-minilm"),
        ("my [odd] data; v2.jsonl.gz", "./models/tiny", "my-odd-data-v2-tiny"),
        ("дані.csv", "минимум", "run"),
        ("héllo wörld.tsv", "minilm", "h-llo-w-rld-minilm"),
        ("https://host/some/reviews.csv?raw=1", "minilm", "reviews-minilm"),
        ("hf://datasets/some/imdb/data/test.parquet", "minilm", "test-minilm"),
        ("data/part-*.csv", "minilm", "part-minilm"),
        ("...", "...", "run"),
        ("x" * 300 + ".csv", "y" * 300, "x" * 48 + "-" + "y" * 48),
    ],
)
def test_a_name_is_derived_from_data_and_model(tmp_path: Path, train: str, model: str, name: str) -> None:
    config = build_config({"data": {"train": train}, "model": {"name": model}})
    assert derived_name(config) == name
    RunDirectory.create(tmp_path, name, unique=True)


def test_a_full_disk_leaves_no_run_behind(
    tmp_path: Path, launched: list[RunDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.files.durable.write_whole", write)
    config = build_config({"data": {"train": "a.csv"}, "output": {"runs_dir": str(tmp_path)}})
    with pytest.raises(Problem, match="No space left on device"):
        start(config)
    assert not launched
    assert list(tmp_path.iterdir()) == []


def test_the_path_of_a_model_folder_is_saved_as_absolute(
    tmp_path: Path, launched: list[RunDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_model").mkdir()
    for name, kept in (("my_model", str(tmp_path / "my_model")), ("minilm", "minilm"), ("a/b", "a/b")):
        run, process = start(build_config({"data": {"train": "a.csv"}, "model": {"name": name}}))
        assert process.wait() == 0
        assert build_config(read_config(run.config)).model.name == kept


def test_a_free_name_has_the_first_free_number(tmp_path: Path) -> None:
    assert free_name(tmp_path, "demo") == "demo"
    for name in ("demo", "demo-2", "demo-4"):
        (tmp_path / name).mkdir()
    assert free_name(tmp_path, "demo") == "demo-3"


def test_a_derived_name_gets_a_number_but_a_given_one_must_be_free(
    tmp_path: Path, launched: list[RunDirectory]
) -> None:
    config = build_config({"data": {"train": "a.csv"}, "output": {"runs_dir": str(tmp_path / "runs")}})
    processes = [start(config)[1] for _ in range(2)]
    assert [run.name for run in launched] == ["a-bert-base-cased", "a-bert-base-cased-2"]
    named = build_config(config.model_dump(), {"output": {"name": "a-bert-base-cased"}})
    with pytest.raises(Problem, match="a run of this name already"):
        start(named)
    assert [process.wait() for process in processes] == [0, 0]


def test_paths_are_saved_as_absolute_and_hub_names_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").touch()
    run, process = start(build_config({"data": {"train": "train.csv", "test": "glue"}}))
    assert process.wait() == 0
    config = build_config(read_config(run.config))
    assert (config.data.train, config.data.test) == (str(tmp_path / "train.csv"), "glue")
    assert config.output.runs_dir == str(tmp_path / "runs")


def test_no_run_is_left_on_a_file_system_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int, mode: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(starting, "launch", launch)
    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(Problem, match=r"has no locks \(flock: No locks available\).*local disk"):
        start(build_config({"output": {"runs_dir": str(tmp_path / "runs"), "name": "run"}}))
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize(
    "values",
    [{"data": {"train": "a\udcff.csv"}}, {"output": {"name": "\ud800"}}, {"data": {"text_column": "\udcff"}}],
)
def test_settings_that_are_not_utf_8_are_refused_before_a_run_exists(
    values: dict[str, dict[str, str]],
) -> None:
    with pytest.raises(Problem, match="is not UTF-8"):
        build_config(values)
