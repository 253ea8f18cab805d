"""load_texts: a file of texts to classify, with all its columns; labels are not needed."""

from dataclasses import dataclass
from pathlib import Path

from core.data.columns import Trained, find_text_column, is_text_name
from core.data.formats import read_table
from core.data.labels import is_blank
from core.data.rows import as_text, nul_warnings
from core.data.table import Cell


@dataclass(frozen=True)
class TextFile:
    """The rows of a file in their order; blank texts are empty strings, so that no row is lost."""

    text_column: str
    texts: list[str]
    columns: list[str]
    rows: list[tuple[Cell, ...]]
    """The cells as the file has them, in the order of `columns`."""
    reasons: list[str]
    warnings: list[str]

    def __len__(self) -> int:
        return len(self.texts)


def load_texts(
    path: str, text_column: str | None, encoding: str | None, trained: Trained | None = None
) -> TextFile:
    """Read the texts of the file at `path`.

    Raises:
        Problem: the file cannot be read, the text column cannot be told or is missing, or it holds no texts.
    """
    table = read_table(Path(path).expanduser(), encoding)
    reasons: list[str] = []
    column = find_text_column(table, text_column, reasons, trained)
    is_known = column == text_column or (trained is not None and column == trained.text)
    as_texts = is_known or is_text_name(column)
    texts = [
        "" if is_blank(cell) else as_text(cell, table, column, line, numbers_are_texts=as_texts)
        for cell, line in zip(table.columns[column], table.lines, strict=True)
    ]
    blank = [line for text, line in zip(texts, table.lines, strict=True) if not text]
    warnings = [*table.warnings, *nul_warnings(table, texts, table.lines)]
    if blank:
        warnings.append(
            f"{table.place(blank[0])}: the text is empty; {len(blank):,} in all, which get no label."
        )
    return TextFile(
        text_column=column,
        texts=texts,
        columns=list(table.columns),
        rows=list(zip(*table.columns.values(), strict=True)),
        reasons=reasons,
        warnings=warnings,
    )
