"""Write the rows of a sheet as JSON lines: `python workbook_rows.py FILE [SHEET]`.

A process of its own, with limits: a small workbook can ask for any amount of memory, which ends the process.
The first line names the sheets; each other line is the number of a row, from 1, and its cells as text.
"""

import datetime
import json
import resource
import sys

_MOST_BYTES = 1 << 30
_MOST_SECONDS = 300
REFUSED = 3
"""Exit code for a workbook that cannot be read; the reason is on standard error."""


def main(path: str, sheet: str | None = None) -> int:
    """Write the rows of `sheet`, or else of the first visible sheet that has any."""
    import python_calamine as calamine

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write = sys.stdout.write
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
            write(json.dumps({"sheets": names, "with_rows": with_rows, "sheet": chosen}) + "\n")
            if chosen is None or (sheet is not None and sheet != chosen):
                return 0
            found = workbook.get_sheet_by_name(chosen)
            first = (found.start or (0, 0))[0] + 1
            for number, row in enumerate(found.iter_rows(), first):
                cells = list(map(_text, row))
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    write(json.dumps([number, *cells]) + "\n")
    except calamine.PasswordError:
        sys.stderr.write("it has a password")
        return REFUSED
    except (calamine.CalamineError, OSError, ValueError, MemoryError) as error:
        reason = str(error)
        sys.stderr.write("it is damaged, or not a workbook" if "detect file format" in reason else reason)
        return REFUSED
    return 0


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
    sys.exit(main(*sys.argv[1:]))
