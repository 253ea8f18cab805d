"""Paths under the home directory start with `~`; other text is unchanged."""

from pathlib import Path

import pytest

from core.problems import Problem, without_home


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")


@pytest.mark.parametrize(
    ("text", "shown"),
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
def test_the_home_directory_is_abbreviated(text: str, shown: str) -> None:
    assert without_home(text) == shown
    assert Path(shown).expanduser() == Path(text) or "(" in text or "'" in text


def test_a_problem_abbreviates_it_too() -> None:
    problem = Problem("it is gone", where="/home/ann/a.csv", mend="Look into /home/ann/b.")
    assert str(problem) == "~/a.csv: it is gone. Look into ~/b."


def test_where_the_home_is_the_root_paths_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert without_home("/data/a.csv") == "/data/a.csv"
