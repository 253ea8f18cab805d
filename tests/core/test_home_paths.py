"""Paths under the home directory are told from `~` on; all other text stays as it is."""

from pathlib import Path

import pytest

from core.problems import Problem, without_home


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ann/data/a.csv", "~/data/a.csv"),
        ("/home/ann", "~"),
        ("(/home/ann/a, /home/ann/b)", "(~/a, ~/b)"),
        ("'/home/ann/a'", "'~/a'"),
        ("/home/anna/a.csv", "/home/anna/a.csv"),
        ("/home/ann.old/a.csv", "/home/ann.old/a.csv"),
        ("/mnt/home/ann/a.csv", "/mnt/home/ann/a.csv"),
        ("no path", "no path"),
    ],
)
def test_the_home_directory_is_not_told(text: str, told: str) -> None:
    assert without_home(text) == told
    assert Path(told).expanduser() == Path(text) or "(" in text or "'" in text


def test_a_problem_does_not_tell_it_either() -> None:
    problem = Problem("it is gone", where="/home/ann/a.csv", mend="Look into /home/ann/b.")
    assert str(problem) == "~/a.csv: it is gone. Look into ~/b."


def test_where_the_home_is_the_root_paths_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert without_home("/data/a.csv") == "/data/a.csv"
