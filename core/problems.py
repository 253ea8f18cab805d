"""The one exception for what a person can mend: it is shown as a sentence, never as a traceback."""

from core.home import without_home


class Problem(Exception):  # noqa: N818 - it is no error of the program
    """Something outside the program is wrong: a file, a setting, a missing model, a full disk.

    Args:
        what: what is wrong, a clause without a full stop ("the label column is missing").
        where: the file, line, column or setting it is about.
        mend: how to mend it, a whole sentence.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(str(self))

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}." if self.where else f"{self.what[:1].upper()}{self.what[1:]}."
        return without_home(f"{sentence} {self.mend}".strip())
