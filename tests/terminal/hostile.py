"""Text with escape codes for the terminal, and how it must be shown."""

# Write to the clipboard, clear the screen (7-bit and 8-bit code), reverse the text direction, NUL.
CLIPBOARD, CLEAR, CLEAR_C1, TURN, NUL = "\x1b]52;c;eA==\x07", "\x1b[2J", "\x9b2J", "\u202e", "\0"
MARKUP = "[bold]m[/]"
HOSTILE = f"{MARKUP}{CLIPBOARD}{CLEAR}{CLEAR_C1}{TURN}{NUL}"
SHOWN = f"{MARKUP}␛]52;c;eA==␇␛[2J⟨U+009B⟩2J⟨U+202E⟩␀"
PAYLOADS = [b"\x1b]52", b"\x1b[2J", CLEAR_C1.encode(), b"\x9b2J", TURN.encode(), b"\0"]


def is_harmless(raw: bytes) -> bool:
    """Whether no payload reached the terminal."""
    return not [payload for payload in PAYLOADS if payload in raw]
