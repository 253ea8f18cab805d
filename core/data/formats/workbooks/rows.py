"""Write the rows of a sheet as JSON lines: `python workbook_rows.py FILE [SHEET]`.

A process of its own, with limits: a small workbook can ask for any amount of memory, which ends the process.
The first line names the sheets; each other line is the number of a row, from 1, and its cells as text.
"""

import datetime
import json
import os
import resource
import sys

_MOST_BYTES = 1 << 30
MOST_WRITTEN = 1 << 31
MOST_SECONDS = 300
REFUSED, UNWRITTEN = 3, 4
"""Exit codes for a workbook that cannot be read, and for rows that cannot be written.

The reason is on standard error: a sentence, or the number of the error.
"""


def main(path: str, sheet: str | None = None) -> int:
    """Write the rows of `sheet`, or else of the first visible sheet that has any."""
    import python_calamine as calamine

    for limit, most in (
        (resource.RLIMIT_AS, _MOST_BYTES),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        before = [each for each in resource.getrlimit(limit) if each != resource.RLIM_INFINITY]
        least = min([most, *before])
        resource.setrlimit(limit, (least, least))
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - nothing else is needed of pathlib
            workbook = calamine.load_workbook(file)
            names = [
                each.name
                for each in workbook.sheets_metadata
                if each.typ == calamine.SheetTypeEnum.WorkSheet
                and (each.visible == calamine.SheetVisibleEnum.Visible or each.name == sheet)
            ]
            heights = {name: workbook.get_sheet_by_name(name).height for name in names if sheet is None}
            with_rows = [name for name, height in heights.items() if height]
            # One row alone is a title, or a note.
            with_data = [name for name in with_rows if heights[name] > 1] or with_rows
            chosen = sheet if sheet in names else next(iter(with_data), None)
            _write({"sheets": names, "with_rows": with_rows, "sheet": chosen})
            if chosen is None or (sheet is not None and sheet != chosen):
                return 0
            found = workbook.get_sheet_by_name(chosen)
            first = (found.start or (0, 0))[0] + 1
            for number, row in enumerate(found.iter_rows(), first):
                cells = list(map(_text, row))
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    _write([number, *cells])
    except calamine.PasswordError:
        sys.stderr.write("it has a password")
        return REFUSED
    except (calamine.CalamineError, OSError, ValueError, MemoryError) as error:
        reason = str(error)
        sys.stderr.write("it is damaged, or not a workbook" if "detect file format" in reason else reason)
        return REFUSED
    return 0


def _write(value: object) -> None:
    try:
        sys.stdout.write(json.dumps(value) + "\n")
    except OSError as error:
        _end_unwritten(error)


def _end_unwritten(error: OSError) -> None:
    """End the process, which else would try once more to write."""
    os.write(2, str(error.errno).encode())
    os._exit(UNWRITTEN)


def _text(cell: object) -> str:
    """A cell as it is seen: 1.0 is 1."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.datetime():
            return cell.isoformat(" ")
        case datetime.date() | datetime.time():
            return cell.isoformat()
        case _:
            return str(cell)


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        _end_unwritten(error)
    sys.exit(code)
