"""Output of the benchmarks: tables with the machine, and the same figures as JSON."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.benchmarks.measuring import machine

Row = dict[str, Any]
_WIDE = 200


def options_of(name: str, description: str | None) -> argparse.ArgumentParser:
    """Make the command line parser of the benchmark `name`, with the options common to all."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    return parser


class Report:
    """The figures of one benchmark, in parts; each part is a table.

    Args:
        name: of the benchmark.
        options: its command line.
    """

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        # `finally` ends the started processes, also when this process gets SIGTERM.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        self._name = name
        self._file: Path | None = options.json
        self._options = {key: value for key, value in vars(options).items() if key != "json"}
        self._machine = machine()
        self._parts: dict[str, list[Row]] = {}
        # Lines are not wrapped in a file or a pipe.
        self._console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
        self._log = Console(stderr=True, highlight=False)

    def say(self, message: str) -> None:
        """Print progress on standard error."""
        self._log.print(Text(message), soft_wrap=True)

    def keep(self, part: str, rows: list[Row]) -> None:
        """Add or replace a part, and write all parts so far."""
        self._parts[part] = rows
        self._write()

    def show(self, *parts: str) -> None:
        """Print these parts, or all of them."""
        for part in parts or self._parts:
            self._console.print(Text(part, "bold"), Text(self._described(), "dim"), sep="\n", soft_wrap=True)
            self._console.print(self._table(self._parts[part]))

    @staticmethod
    def _table(rows: list[Row]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        for column in columns:
            is_text = all(isinstance(row.get(column, ""), str) for row in rows)
            table.add_column(
                Text(column.replace("_", " ")), justify="left" if is_text else "right", overflow="fold"
            )
        for row in rows:
            table.add_row(*(Text(_shown(row.get(column))) for column in columns))
        return table

    def _described(self) -> str:
        found = self._machine
        parts = (
            found["gpu"],
            f"{found['processor']}, {found['cores']} cores",
            f"{'' if found['avx512'] else 'no '}AVX-512",
            f"{'' if found['bf16'] else 'no '}bf16",
            f"{found['memory_gib']} GiB",
            f"torch {found['torch']}, {found['torch_threads']} threads",
        )
        return " · ".join(part for part in parts if part)

    def _write(self) -> None:
        if self._file is None:
            return
        content = {
            "benchmark": self._name,
            "machine": self._machine,
            "options": self._options,
            "parts": self._parts,
        }
        self._file.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")


def _shown(value: Any) -> str:
    """Format a cell: three digits, and a dash for missing values."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        case int():
            return f"{value:,}"
    return str(value)
