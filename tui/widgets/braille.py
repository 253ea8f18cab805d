"""Curves as braille: see core/braille.py, which reports need as well."""

from core.braille import (
    BLANK,
    Bins,
    Floats,
    Mask,
    Pattern,
    characters,
    dot_columns,
    dot_rows,
    dots,
    nice_range,
    nice_step,
    robust_range,
    spans,
)

__all__ = [
    "BLANK",
    "Bins",
    "Floats",
    "Mask",
    "Pattern",
    "characters",
    "dot_columns",
    "dot_rows",
    "dots",
    "nice_range",
    "nice_step",
    "robust_range",
    "spans",
]
