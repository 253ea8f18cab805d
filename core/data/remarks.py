"""Remarks: what is noticed about rows while they are read, told in one sentence for each kind."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Remark:
    """Something that was noticed at one place or, first there, at several."""

    sentence: str
    """With `{place}`, and `{count}` where it matters how often. The same sentence is the same kind."""
    place: str
    count: int = 1

    def __str__(self) -> str:
        return self.sentence.format(place=self.place, count=f"{self.count:,}")


class Remarks:
    """The remarks of many chunks: for each kind the place of the first and the count of all."""

    def __init__(self) -> None:
        self._found: dict[str, Remark] = {}

    def add(self, remarks: Iterable[Remark]) -> None:
        """Take in what was noticed further on."""
        for remark in remarks:
            first = self._found.get(remark.sentence)
            self._found[remark.sentence] = (
                replace(first, count=first.count + remark.count) if first else remark
            )

    def sentences(self) -> list[str]:
        """A sentence for each kind, in the order in which they were found."""
        return list(map(str, self._found.values()))
