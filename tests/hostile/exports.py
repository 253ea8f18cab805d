"""Small valid exports of annotation programs, and JSON in every form of rows."""

import json
from typing import Any

_TEXTS = [f"review number {row} was long enough" for row in range(12)]
_LABELS = [f"label {row % 2}" for row in range(12)]
_ROWS = list(zip(_TEXTS, _LABELS, strict=True))
_RECORDS = [{"text": text, "label": label} for text, label in _ROWS]


def _choice(label: str) -> dict[str, Any]:
    return {"from_name": "mood", "type": "choices", "value": {"choices": [label]}}


EXPORTS: dict[str, list[Any]] = {
    "label-studio": [
        {"data": {"text": text}, "annotations": [{"was_cancelled": False, "result": [_choice(label)]}]}
        for text, label in _ROWS
    ],
    "label-studio-min": [
        {"text": text, "mood": {"choices": [label]}, "annotation_id": 1, "lead_time": 1.5}
        for text, label in _ROWS
    ],
    "doccano": [{"text": text, "annotations": [{"label": label, "user": 1}]} for text, label in _ROWS],
    "prodigy": [
        {"text": text, "accept": [label], "options": [{"id": label}], "answer": "accept"}
        for text, label in _ROWS
    ],
    "prodigy-one": [
        {"text": text, "label": "SPAM", "answer": "reject" if label == "label 0" else "accept"}
        for text, label in _ROWS
    ],
    "spacy": [
        {"text": text, "cats": {"a": float(label == "label 0"), "b": float(label != "label 0")}}
        for text, label in _ROWS
    ],
    "argilla-records": [
        {"inputs": {"text": text}, "annotation": label, "status": "Validated", "prediction": None}
        for text, label in _ROWS
    ],
    "argilla-feedback": [
        {"fields": {"text": t}, "responses": [{"values": {"mood": {"value": y}}, "status": "submitted"}]}
        for t, y in _ROWS
    ],
    "argilla-nested": [
        {"fields": {"text": text}, "responses": {"mood": [{"value": label}]}} for text, label in _ROWS
    ],
    "argilla-flat": [
        {"text": text, "mood.responses": [label], "mood.responses.status": ["submitted"]}
        for text, label in _ROWS
    ],
    "chats": [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]}
        for text, label in _ROWS
    ],
    "flags": [
        {"text": text, "a": int(label == "label 0"), "b": int(label == "label 1")} for text, label in _ROWS
    ],
    "nested": [{"id": 1, "data": {"text": text}, "label": {"name": label}} for text, label in _ROWS],
    "skipped": [{"text": text, "label": label, "is_skipped": text.endswith("0")} for text, label in _ROWS],
}
"""Rows of each export."""

FORMS: dict[str, Any] = {
    "under-key": {"version": 1, "nlu": {"common_examples": _RECORDS, "others": []}},
    "splits": {"train": _RECORDS, "val": _RECORDS[:4], "oos": _RECORDS[:2]},
    "pairs": [list(row) for row in _ROWS],
    "tuples": [[text, {"cats": {"a": label == "label 0", "b": label == "label 1"}}] for text, label in _ROWS],
    "header": [["text", "label"], *map(list, _ROWS)],
    "entries": {f"id{row}": record for row, record in enumerate(_RECORDS)},
    "columns": {"text": dict(enumerate(_TEXTS)), "label": dict(enumerate(_LABELS))},
    "lists": {"text": _TEXTS, "label": _LABELS},
    "pandas-split": {"columns": ["text", "label"], "index": list(range(12)), "data": [*map(list, _ROWS)]},
    "texts-by-label": {"label 0": _TEXTS[::2], "label 1": _TEXTS[1::2][:5]},
    "intents": {"intents": [{"tag": y, "patterns": _TEXTS[n::2]} for n, y in enumerate(_LABELS[:2])]},
}
"""JSON with the same rows in each form."""


def lines(rows: list[Any]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
