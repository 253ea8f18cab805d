"""Tried texts are kept in the run."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.runs import tried_texts
from core.runs.tried_texts import TriedText


def trial(text: str, step: int = 20) -> TriedText:
    return TriedText(text=text, which="best", step=step, labels=["bad", "good"], probabilities=[0.25, 0.75])


def test_a_new_run_has_no_tried_texts(tmp_path: Path) -> None:
    assert tried_texts.read(tmp_path) == []
    assert tried_texts.read(tmp_path / "gone") == []


def test_tried_texts_are_kept_in_order_and_private(tmp_path: Path) -> None:
    tried_texts.append(tmp_path, trial("one"))
    tried_texts.append(tmp_path, trial("two\nlines", step=40))
    first, second = tried_texts.read(tmp_path)
    assert (first.text, first.step, second.text, second.step) == ("one", 20, "two\nlines", 40)
    assert first.ranked == [("good", 0.75), ("bad", 0.25)]
    assert 0 < first.time <= second.time
    path = tmp_path / "predictions" / "tried.jsonl"
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


@given(st.integers(1, 1000))
def test_a_torn_last_line_loses_only_itself(tmp_path_factory, cut: int) -> None:
    run = tmp_path_factory.mktemp("run")
    tried_texts.append(run, trial("one"))
    path = run / "predictions" / "tried.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: cut % (len(whole) - 1)])
    assert [item.text for item in tried_texts.read(run)] == ["one"]
    tried_texts.append(run, trial("two"))
    assert [item.text for item in tried_texts.read(run)] == ["one", "two"]


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    tried_texts.append(tmp_path, trial("a" * tried_texts.TAIL))
    tried_texts.append(tmp_path, trial("last"))
    assert [item.text for item in tried_texts.read(tmp_path)] == ["last"]


def test_invalid_lines_of_tried_texts_are_skipped(tmp_path: Path) -> None:
    tried_texts.append(tmp_path, trial("one"))
    path = tmp_path / "predictions" / "tried.jsonl"
    bad = b'{"text":"x","which":"best","step":1,"labels":["a"],"probabilities":[]}\n{}\n\xff\n'
    path.write_bytes(bad + path.read_bytes())
    assert [item.text for item in tried_texts.read(tmp_path)] == ["one"]
