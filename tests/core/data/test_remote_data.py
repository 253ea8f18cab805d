"""Data at a URL, from a server on this machine: what is read, kept, hidden and refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_files import delimited, parquet, reviews
from loopback import Answer, serving

from core.config import DataConfig
from core.config.data_names import absolute, check_without_secrets, file_name, without_secrets
from core.data.examples.texts import open_texts
from core.data.splits import DataSplits, load_splits
from core.problems import Problem

CSV = delimited(reviews()).encode()
SIGNED = "X-Amz-Date=1&X-Amz-Signature=0f0f"


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def answers() -> dict[str, Answer]:
    return {}


@pytest.fixture
def address(answers: dict[str, Answer]) -> Iterator[str]:
    def answer(method: str, path: str) -> Answer:
        return answers.get(path) or answers.get(path.partition("?")[0]) or Answer(b"none", 404)

    with serving(answer) as found:
        yield found


def load(train: str) -> DataSplits:
    return load_splits(DataConfig(train=train), seed=1)


def problem_of(train: str) -> str:
    with pytest.raises(Problem) as caught:
        load(train)
    return str(caught.value)


def test_a_file_is_read_and_its_rows_are_named_by_its_address(
    address: str, answers: dict[str, Answer]
) -> None:
    answers["/reviews.csv"] = Answer(CSV, headers={"ETag": '"1"'})
    splits = load(f"{address}/reviews.csv?version=2")
    assert len(splits.train) + len(splits.validation) == 20
    assert splits.train.source == f"{address}/reviews.csv?version=2"
    answers["/bad.csv"] = Answer(CSV + b"one cell\n")
    assert problem_of(f"{address}/bad.csv").startswith(f"{address}/bad.csv:22: ")
    answers["/odd.csv"] = Answer(CSV + b"caf\xe9,1\n")
    assert problem_of(f"{address}/odd.csv").startswith(f"{address}/odd.csv:22: ")


def test_the_format_comes_from_where_the_address_leads(address: str, answers: dict[str, Answer]) -> None:
    answers["/reviews.parquet"] = Answer(parquet(reviews()))
    answers["/latest"] = Answer(status=302, headers={"Location": "/reviews.parquet"})
    answers["/export"] = Answer(CSV, headers={"Content-Type": "text/csv; charset=utf-8"})
    for path in ("/reviews.parquet", "/latest", "/export"):
        assert len(load(address + path).train) == 18


def test_a_new_version_is_read_and_an_old_copy_serves_without_the_server(
    address: str, answers: dict[str, Answer]
) -> None:
    url = f"{address}/reviews.csv"
    answers["/reviews.csv"] = Answer(CSV, headers={"ETag": '"1"'})
    first = load(url)
    answers["/reviews.csv"] = Answer(CSV.replace(b"0", b"zero"), headers={"ETag": '"2"'})
    second = load(url)
    assert second.fingerprint != first.fingerprint
    assert sum(map(len, first.train.texts.chunks())) == 18  # a copy stays as it was
    answers["/reviews.csv"] = Answer(status=503)
    third = load(url)
    assert third.fingerprint == second.fingerprint
    assert any(
        reason.startswith("a copy of ") and "the server answers 503" in reason for reason in third.reasons
    )


def test_a_server_without_versions_is_read_again(address: str, answers: dict[str, Answer]) -> None:
    answers["/reviews.csv"] = Answer(CSV)
    first = load(f"{address}/reviews.csv").fingerprint
    assert load(f"{address}/reviews.csv").fingerprint == first
    answers["/reviews.csv"] = Answer(CSV.replace(b"0", b"zero"))
    assert load(f"{address}/reviews.csv").fingerprint != first


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (Answer(b"none", 404), ["no such file (404)"]),
        (Answer(b"no", 403), ["access denied (403)", "~/.netrc"]),
        (Answer(b"", 500), ["the server answers 500"]),
        (Answer(b"<!DOCTYPE html><html>Sign in</html>"), ["web page"]),
        (Answer(b""), ["the file is empty"]),
        (Answer(CSV, headers={"Content-Length": "9999"}), ["cannot be reached", "broke off"]),
        (Answer(b"version https://git-lfs.github.com/spec/v1\n"), ["Git LFS"]),
    ],
)
def test_refusals(address: str, answers: dict[str, Answer], answer: Answer, parts: list[str]) -> None:
    answers["/reviews.csv"] = answer
    sentence = problem_of(f"{address}/reviews.csv")
    assert sentence.startswith(f"{address}/reviews.csv")
    assert all(part in sentence for part in parts), sentence


def test_unreachable_servers_and_missing_drivers() -> None:
    assert "cannot be reached (Connection refused)" in problem_of("http://127.0.0.1:9/reviews.csv")
    assert "one shard of 4" in problem_of("https://127.0.0.1:9/train-00000-of-00004.parquet")
    assert 'pip install "bertcls-tui[gcs]"' in problem_of("gs://bucket/reviews.csv")
    assert "unknown protocol" in problem_of("nowhere://bucket/reviews.csv")


def test_a_signature_is_hidden_and_never_kept(
    address: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers[f"/reviews.csv?{SIGNED}"] = Answer(CSV, headers={"ETag": '"1"'})
    answers["/reviews.csv"] = Answer(b"", 403)
    url = f"{address}/reviews.csv?{SIGNED}"
    assert load(url).train.source == f"{address}/reviews.csv"
    answers[f"/reviews.csv?{SIGNED}"] = Answer(CSV + b"one cell\n", headers={"ETag": '"2"'})
    with_signature = problem_of(url)
    assert "0f0f" not in with_signature
    # Without the signature the copy is read.
    assert problem_of(f"{address}/reviews.csv") == with_signature
    assert "user" in problem_of(address.replace("//", "//user:word@") + "/reviews.csv")
    assert not [path for path in tmp_path.rglob("*") if "0f0f" in path.name]


def test_texts_of_a_file_to_classify(address: str, answers: dict[str, Answer]) -> None:
    answers["/reviews.csv"] = Answer(CSV)
    chunks = open_texts(f"{address}/reviews.csv").chunks()
    assert [text for chunk in chunks for text in chunk.texts] == reviews()["text"]


def test_names_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv"):
        Path(name).touch()
    assert absolute("a.csv") == str(tmp_path / "a.csv")
    assert absolute("a.csv, b.csv") == f"{tmp_path / 'a.csv'},{tmp_path / 'b.csv'}"
    assert absolute("*.csv") == str(tmp_path / "*.csv")
    for name in ("someone/reviews", "s3://bucket/*.csv", "a.csv,none.csv", "~/a.csv"):
        assert absolute(name) == name
    assert file_name("https://host/x/a%20b.csv?download=1") == "a b.csv"
    assert without_secrets("https://me:word@host/a.csv?token=1") == "https://host/a.csv"
    assert without_secrets("https://host/a.csv?id=1") == "https://host/a.csv?id=1"
    signed = "https://host/a?id=2&X-Amz-Date=1&token=1&X-Amz-Signature=0f"
    assert without_secrets(signed) == "https://host/a?id=2"
    assert without_secrets("sftp://me:word@host/a.csv") == "sftp://host/a.csv"
    assert without_secrets("abfs://box@account/a.csv") == "abfs://box@account/a.csv"
    check_without_secrets("https://host/a.csv?id=1")
    for hidden in (
        "sftp://me:word@host/a.csv",
        "https://host/a.csv?apikey=1",
        "zip://a.csv::https://u:p@h/a.zip",
    ):
        with pytest.raises(Problem) as found:
            check_without_secrets(hidden)
        assert "word" not in str(found.value).replace("a password", "")
        assert "u:p" not in str(found.value)
    with pytest.raises(Problem, match=r"^https://host/a\.csv: the address holds a password"):
        check_without_secrets("https://me:word@host/a.csv?sig=1")


def test_files_on_the_hub(tmp_path: Path) -> None:
    """In a process of its own, as the Hub's library reads HF_ENDPOINT when it is imported."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    files = {f"data/train-0000{number}-of-00002.parquet": parquet(reviews()) for number in (0, 1)}

    def answer(method: str, path: str) -> Answer:
        name = path.partition(f"/datasets/some/reviews/resolve/{commit}/")[2]
        name = name or path.partition("/datasets/some/reviews/resolve/main/")[2]
        if name in files:
            return Answer(files[name], headers={"ETag": '"1"', "X-Repo-Commit": commit})
        if name:
            return Answer(status=404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        if path.startswith("/api/datasets/some/reviews/tree/"):
            listed = [
                {"type": "file", "oid": "0", "size": len(content), "path": name}
                for name, content in files.items()
            ]
            return Answer(json.dumps(listed).encode(), headers={"Content-Type": "application/json"})
        if path.startswith("/api/datasets/some/reviews"):
            about = {"id": "some/reviews", "sha": commit, "siblings": [{"rfilename": name} for name in files]}
            return Answer(json.dumps(about).encode(), headers={"Content-Type": "application/json"})
        return Answer(status=200 if path == "/" else 404)

    program = """
from core.config import DataConfig
from core.data.splits import load_splits
from core.problems import Problem
for name in ("data/train-*.parquet", "data/train-00000-of-00002.parquet", "data/none.csv"):
    try:
        print(len(load_splits(DataConfig(train=f"hf://datasets/some/reviews/{name}"), seed=1).train))
    except Problem as problem:
        print(problem)
"""
    variables = os.environ | {"HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}

    def run(endpoint: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            env=variables | {"HF_ENDPOINT": endpoint},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    with serving(answer) as endpoint:
        pattern, shard, missing = run(endpoint)
    assert int(pattern) > 20
    assert "one shard of 2; the others are 'train-00001-of-00002.parquet'" in shard
    assert "no such file" in missing
    assert run(endpoint)[0] == pattern  # from the cache, without the server
