"""Texts that attack terminals, toolkits, browsers and Markdown renderers."""

SENTINEL = "S3NT1NEL"
"""Marks bytes that came from data, as opposed to bytes that the program writes itself."""

ESCAPES = {
    "clipboard": f"\x1b]52;c;{SENTINEL}\x07",
    "title": f"\x1b]0;{SENTINEL}\x1b\\",
    "link": f"\x1b]8;;http://{SENTINEL}/\x1b\\click\x1b]8;;\x1b\\",
    "clear": "\x1b[2J\x1b[3J",
    "colour": "\x1b[8;31m",
    "answer-back": "\x1b[c\x1b[6n\x05",
    "device-control": f"\x1bP$q{SENTINEL}\x1b\\",
    "c1-sequence": "\x9b31m",
    "c1-command": f"\x9d52;c;{SENTINEL}\x9c",
    "c1-string": f"\x90{SENTINEL}\x9c",
    "backspace": "good\b\b\b\bevil\r",
    "nul": "nu\0l",
    "delete": "de\x7fl",
    "shift-out": "\x0e\x0f",
}
TURNS = {
    "override": "\u202eevil\u202c",
    "isolate": "\u2067evil\u2069",
    "mark": "\u200fevil\u061c",
    "separator": "one\u2028two\u2029three\x85four",
    "invisible": "in\u00advis\u2060ible\ufeff\U000e0041",
}
MARKUP = {
    "rich": "[bold red]m[/]",
    "rich-link": "[link=http://evil]m[/link]",
    "textual-action": "[@click=app.quit]m[/]",
    "rich-unclosed": "[/][[bold",
    "emoji-code": ":smile:",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "[m](javascript:alert(1)) ![m](http://evil/x.png) | `m` | <b>m</b>",
    "yaml": "m\n---\nlicense: evil\n...",
    "format": "{0.__class__} %s %n ${HOME} $(id) `id`",
    "formula": '=HYPERLINK("http://evil")',
}
SURROGATES = {"half-character": "\ud83d half \udc9f"}
CELLS = ESCAPES | TURNS | MARKUP | SURROGATES

EVERYTHING = "".join([*ESCAPES.values(), *TURNS.values(), *MARKUP.values()])
"""All payloads that UTF-8 can encode, in one text."""
