"""What is compared has a name of its own."""

from pathlib import Path

from core.evaluation.display_names import names_of


def test_names_that_are_alike_have_their_folders() -> None:
    paths = map(Path, ("/a/x/cnn", "/b/x/cnn", "/a/rnn", "/a/tfidf", "/a/x/cnn"))
    assert names_of(list(paths)) == ["a/x/cnn", "b/x/cnn", "rnn", "a/tfidf", "a/x/cnn"]
