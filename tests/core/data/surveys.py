"""Surveys of small data sets."""

from pathlib import Path
from tempfile import TemporaryDirectory

from data_files import delimited

from core.config import DataConfig
from core.data.quality.survey import Survey, TokenCounter, TokenCounts
from core.data.report import build_overview

Row = tuple[str, str]  # text and label


def counting_words(max_length: int) -> TokenCounter:
    """A token counter: one token per word and two special tokens, at most `max_length` read."""

    def count(texts: list[str]) -> TokenCounts:
        lengths = [len(text.split()) + 2 for text in texts]
        return TokenCounts(lengths, [max(0, length - max_length) for length in lengths])

    return count


def surveyed(folder: Path, max_length: int = 6, **splits: list[Row]) -> Survey:
    """Survey rows, given by split."""
    files = {}
    for name, rows in splits.items():
        path = folder / f"{name}.csv"
        columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
        path.write_text(delimited(columns), encoding="utf-8", errors="surrogatepass", newline="")
        files[name] = str(path)
    config = DataConfig(**files, text_column="text", label_column="label")
    return build_overview(config, counting_words(max_length), max_length, seed=1).survey


def surveyed_in_temporary_folder(max_length: int = 6, **splits: list[Row]) -> Survey:
    """Like `surveyed`, in a temporary folder, for tests that call it many times."""
    with TemporaryDirectory() as folder:
        return surveyed(Path(folder), max_length, **splits)


def as_rows(texts: list[str], label: str = "x") -> list[Row]:
    """Rows with one label, and two rows with another, so that the data is valid."""
    return [*((text, label) for text in texts), ("other one", "y"), ("other two", "y")]
