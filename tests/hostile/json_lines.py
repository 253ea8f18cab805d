"""Valid JSON lines with wrong content: values changed, lines removed, doubled, moved."""

import json
import random
from typing import Any

_VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2**31, 2**63, 10**15, 10**40, 0.0, -0.5, 1e-320, 1e15, 1e300, None, True),
    *("", "\x1b]52;c;eA==\x07", "[bold]", "\ud800", "test", [], [None], {}, {"x": 1}),
)


def changed(content: bytes, chance: random.Random) -> bytes:
    """`content` with a few values and lines changed."""
    lines = [json.loads(line) for line in content.splitlines()]
    for _ in range(chance.randint(1, 12)):
        index = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0 if len(lines) > 1:
                del lines[index]
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[index])
            case 2:
                lines.insert(chance.randrange(len(lines)), lines.pop(index))
            case _:
                lines[index] = _changed(lines[index], chance)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _changed(value: Any, chance: random.Random) -> Any:
    """`value` with one nested value replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: _changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        index = chance.randrange(len(value))
        return [*value[:index], _changed(value[index], chance), *value[index + 1 :]]
    return chance.choice(_VALUES)
