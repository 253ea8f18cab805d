"""Numbers for people: short, with a unit; an en dash for missing and non-finite values."""

import math

NONE = "–"


def duration(seconds: float | None) -> str:
    """Seconds as `48s`, `1m12s`, `2h05m` or `3d04h`."""
    if seconds is None or not math.isfinite(seconds):
        return NONE
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02}h"


def ago(seconds: float) -> str:
    """Time since an event: `just now`, `5m ago`, `3h ago`, `12d ago`."""
    if seconds < 60:
        return "just now"
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= length:
            return f"{int(seconds // length)}{unit} ago"
    return NONE


def count(value: float | None) -> str:
    """A count: `1,204`; from a million `22.7 M`, `1.1 G`."""
    if value is None or not math.isfinite(value):
        return NONE
    for size, unit in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:,.0f}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things: `1 row`, `1,204 rows`. `many` is the plural where it does not just end in s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def more(number: int, noun: str) -> str:
    """The rest of a shortened list: `1 more label`, `4 more labels`."""
    return f"{number:,} more {noun}{'s' * (number != 1)}"


def steps(number: int) -> str:
    """A number of training steps, as in "1 step" and "8 steps"."""
    return counted(number, "step")


def interval(number: int) -> str:
    """A number of training steps between two events, as in "every step" and "every 8 steps"."""
    return "every step" if number == 1 else f"every {number:,} steps"


def rate(value: float | None) -> str:
    """A rate: two decimals below ten (`4.25`), or else none (`41`, `1,204`)."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.2f}" if abs(value) < 10 else count(value)


def size(number: float | None) -> str:
    """Bytes as `512 B`, `3.4 KiB`, `1.2 GiB`."""
    if number is None or not math.isfinite(number):
        return NONE
    amount = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(amount) < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def percent(share: float | None) -> str:
    """A share of 0 to 1 as `12 %`; with one decimal below 10 %."""
    if share is None or not math.isfinite(share):
        return NONE
    return f"{share:.1%}".replace("%", " %") if 0 < abs(share) < 0.0995 else f"{share:.0%}".replace("%", " %")


def score(value: float | None) -> str:
    """A metric or loss with three significant digits: `0.912`, `12.3`, `0.00042`."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0 or 0.01 <= abs(value) < 10:
        return f"{value:.3f}"
    return f"{value:.3g}"


def metric(name: str, *, is_multi_label: bool = False) -> str:
    """Name of a metric: `macro F1`. Multi-label accuracy is called exact match."""
    names = {"macro_f1": "macro F1", "micro_f1": "micro F1"}
    return names.get(name, "exact match" if is_multi_label and name == "accuracy" else name)


def accuracy(micro_f1: float | None) -> str:
    """Name of the accuracy. Only multi-label data has a micro F1; its accuracy is called exact match."""
    return "accuracy" if micro_f1 is None else "exact match"


def p_value(value: float) -> str:
    """A p-value: `p = 0.021`, `p < 0.001`."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def f1(macro: float, micro: float | None) -> str:
    """The available F1 scores: `macro F1 0.512  micro F1 0.604`."""
    return f"macro F1 {score(macro)}" + ("" if micro is None else f"  micro F1 {score(micro)}")


def learning_rate(value: float | None) -> str:
    """A learning rate: `2.31e-05`."""
    return NONE if value is None or not math.isfinite(value) else f"{value:.2e}"
