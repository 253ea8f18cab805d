"""plain: text without control characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.plain import plain

ALLOWED_FORMAT = {"\u200c", "\u200d"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("good film", "good film"),
        ("café 映画 🎬", "café 映画 🎬"),
        ("[red]bold[/red]", "[red]bold[/red]"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x7f", "a␀b␡"),
        ("one\r\ntwo\nthree\rfour", "one↵two↵three↵four"),
        ("a\tb\u00a0c", "a b c"),
        ("abc\u202edef\u2066", "abc⟨U+202E⟩def⟨U+2066⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("\ufeffname", "⟨U+FEFF⟩name"),
    ],
)
def test_invisible_characters_are_made_visible(raw: str, shown: str) -> None:
    assert plain(raw) == shown


@given(st.text(st.characters(), max_size=40))
def test_no_control_characters_are_left(raw: str) -> None:
    for character in plain(raw):
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}
        assert category != "Cf" or character in ALLOWED_FORMAT


@given(st.text(st.characters(), max_size=40))
def test_applying_plain_twice_changes_nothing(raw: str) -> None:
    assert plain(plain(raw)) == plain(raw)
