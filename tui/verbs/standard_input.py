"""Texts from standard input."""

import io
import sys

from core.problems import Problem


def lines_of_standard_input(encoding: str | None) -> list[str]:
    """The lines that are piped in, each a text.

    Args:
        encoding: None for UTF-8.

    Raises:
        Problem: nothing is piped in, or it is not in that encoding.
    """
    data = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    try:
        lines = (
            io.StringIO(data.decode(encoding or "utf-8-sig"), newline=None).read().rstrip("\n").split("\n")
        )
    except LookupError:
        raise Problem(f"unknown encoding {encoding!r}", where="--encoding", mend="Try latin-1.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(
            f"line {line} is not {encoding or 'UTF-8'}",
            where="standard input",
            mend="Name its encoding with --encoding, such as latin-1.",
        ) from None
    if lines == [""]:
        raise Problem(
            "there is no text to classify", mend="Give texts, --file FILE --output FILE, or pipe lines in."
        )
    return lines
