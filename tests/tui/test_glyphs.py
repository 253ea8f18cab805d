"""Characters in ASCII: one for each cell, and those that must differ do."""

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.glyphs import AsciiGlyphs, ascii_glyph
from tui.widgets.charts.experiment_curves import MARKERS
from tui.widgets.predict import probes

TABLES = {encoding: AsciiGlyphs(encoding) for encoding in ("ascii", "latin-1", "gbk")}


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\u200d\ufe0f")),
    st.sampled_from(sorted(TABLES)),
)
@example("─━│┌┤┊╭▁█▊●…· 🔎 ä 電影 👍", "ascii")
@example("an astronaut 👩\u200d🚀, a heart ❤\ufe0f and e\u0301", "gbk")
def test_any_text_can_be_encoded_and_keeps_its_width(text: str, encoding: str) -> None:
    shown = TABLES[encoding].replace(text)
    shown.encode(encoding)
    assert cell_len(shown) == cell_len(text)


def test_text_keeps_the_characters_that_the_encoding_has() -> None:
    assert [f"│ä電{'█'}".translate(table) for table in TABLES.values()] == ["|???#", "|ä??#", "|?電#"]


def test_points_of_charts_differ() -> None:
    for markers in (MARKERS, probes.MARKERS):
        assert len({ascii_glyph(marker) for marker in markers}) == len(markers)


def test_a_curve_rises_and_falls() -> None:
    rising, level, falling, full = "⡠", "⠤", "⢄", "⣿"
    assert [ascii_glyph(each) for each in (rising, level, falling, full)] == ["/", "-", "\\", "#"]
