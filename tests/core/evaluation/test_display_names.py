"""Compared runs have distinct names."""

from pathlib import Path

from core.evaluation.display_names import names_of


def test_equal_names_are_shown_with_their_folders() -> None:
    paths = map(Path, ("/a/x/cnn", "/b/x/cnn", "/a/rnn", "/a/tfidf", "/a/x/cnn"))
    assert names_of(list(paths)) == ["a/x/cnn", "b/x/cnn", "rnn", "a/tfidf", "a/x/cnn"]
