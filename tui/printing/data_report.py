"""Print a report on data, or all rows of one finding."""

from collections import Counter

from core.config import RunConfig
from core.protocol import DataReport, DataRow, Finding, FindingRows, ReadRows, SplitReport
from core.text import format
from core.text.long_text import LONG_TEXT_WORDING
from core.text.plain import plain
from tui.engine.blocking import NextRequest, ask_in_turn
from tui.printing.console import cells, line, print_table, shortened, show_json, table_of
from tui.terminal import DONE, NOTHING_STARTED
from tui.wording.histogram import sparkline

_MOST_LABELS = 200

MARKS = {"serious": "✗", "warning": "!", "note": "·"}
_ROWS_AT_ONCE = 500


def show_check(found: DataReport, *, as_json: bool) -> int:
    """Print the report; return the exit code: `NOTHING_STARTED` if no run could start with these data."""
    code = NOTHING_STARTED if found.problems else DONE
    if as_json:
        show_json(found)
        return code
    for problem in found.problems:
        line(f"problem: {problem}")
    for reason in found.reasons:
        line(reason)
    line("")
    if found.tokenizer is not None:
        cut = f"texts longer than {found.max_length:,} {LONG_TEXT_WORDING[found.long_text]}"
        line(f"lengths in tokens of {found.tokenizer}; {cut}")
    counted = ("median", "95 %", "longest", "texts cut", "tokens cut") if found.tokenizer is not None else ()
    table = table_of("split", "texts", *counted, "repeats", "conflicts")
    for split in found.splits:
        lengths = _lengths(split) if counted else []
        repeated = (f"{split.duplicates:,}", f"{split.conflicting:,}")
        table.add_row(*cells(split.name, f"{split.rows:,}", *lengths, *repeated))
    print_table(table)
    _show_labels(found)
    units = {split.name: split.unit for split in found.splits}
    for finding in found.findings:
        _show_finding(finding, units)
    for message in [*found.dropped, *(f"warning: {warning}" for warning in found.warnings)]:
        line(message)
    if not found.findings and not found.problems:
        line("no findings")
    if found.findings:
        line("All rows of a finding: --rows NAME. On a screen: bertcls-tui data DATA")
    return code


def show_rows(config: RunConfig, check: str, *, as_json: bool) -> int:
    """All rows of a finding, fetched from the engine service a few hundred at a time.

    Raises:
        Problem: there is no such finding, or the data cannot be read.
    """
    found = ask_in_turn(_pages(config, check))
    first = found[0]
    rows = [row for part in found for row in part.rows]
    if as_json:
        show_json({"finding": first.finding, "sources": first.sources, "units": first.units, "rows": rows})
        return DONE
    _show_title(first.finding)
    for group, row in enumerate(rows):
        if row.group is not None and group and row.group != rows[group - 1].group:
            line("")
        line(_row(row, first.units))
    return DONE


def _pages(config: RunConfig, check: str) -> NextRequest[FindingRows]:
    """Requests the rows after those of the last answer, until there are no more."""

    def following(answer: FindingRows | None) -> ReadRows | None:
        start = answer.start + len(answer.rows) if answer else 0
        if answer and (start >= answer.finding.rows or not answer.rows):
            return None
        return ReadRows(config, check, start, _ROWS_AT_ONCE)

    return following


def _show_finding(finding: Finding, units: dict[str, str]) -> None:
    _show_title(finding)
    for row in finding.first:
        line(shortened(f"    {_row(row, units)}"))
    if (more := finding.rows - len(finding.first)) > 0 and finding.first:
        line(f"    and {more:,} more")
    line("")


def _show_title(finding: Finding) -> None:
    line(f"{MARKS[finding.severity]} {finding.check}: {finding.title}")
    line(f"  {finding.meaning}")
    line(f"  {finding.mend}")


def _row(row: DataRow, units: dict[str, str]) -> str:
    """Position, label, note and text of a row in one line."""
    label = plain(row.label)
    if row.suggested is not None:
        label += f" → {plain(row.suggested)} {row.probability or 0:.2f}"
    where = row.place or f"{units.get(row.split, 'line')} {row.line}"
    parts = [f"{row.split} {where}", label, plain(row.note)]
    return "  ".join([*filter(None, parts), plain(row.text)])


def _lengths(split: SplitReport) -> list[str]:
    lengths = split.lengths
    if lengths is None:
        return ["–"] * 5
    return [
        f"{lengths.median:,}",
        f"{lengths.p95:,}",
        f"{lengths.longest:,}",
        f"{lengths.truncated:,}",
        format.percent(lengths.tokens_cut),
    ]


def _show_labels(found: DataReport) -> None:
    """Print rows and training text lengths by label, for the most frequent labels if there are very many."""
    rows = Counter[str]()
    for split in found.splits:
        rows.update(split.labels)
    names = list(rows) if len(rows) <= _MOST_LABELS else [name for name, _ in rows.most_common(_MOST_LABELS)]
    lengths = {each.label: each for each in found.splits[0].lengths_by_label} if found.splits else {}
    counted = (
        ("median", "texts cut", "tokens cut", f"0 to {found.length_bins[-1]:,}+ tokens") if lengths else ()
    )
    table = table_of("label", *(split.name for split in found.splits), *counted)
    for name in names:
        figures = [f"{split.labels.get(name, 0):,}" for split in found.splits]
        if each := lengths.get(name):
            figures += [f"{each.median:,}", f"{each.truncated:,}", format.percent(each.tokens_cut)]
            figures += [sparkline(each.bins, found.length_bins, found.max_length)]
        table.add_row(*cells(name, *figures))
    print_table(table)
    if left_out := len(rows) - len(names):
        line(f"and {format.more(left_out, 'label')}, with fewer rows each")
