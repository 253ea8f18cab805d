"""Parity: packed attention against each text by itself, and a packed against a padded model."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from core.encoding.tokens import Ids
from core.models.packed.attention import attend
from core.models.packed.layouts import Layout, Padded, move
from core.models.packed.texts import PackedTexts
from core.models.padding_free import choose_layout
from tests.benchmarks.gpu_setting import Lengths, Setting
from tests.benchmarks.measuring import Failed
from tests.benchmarks.report import Report, Row

# Relative errors explained by the precision: of the output and of the gradients.
_LIMITS = {torch.bfloat16: (1e-2, 2e-2), torch.float32: (1e-5, 1e-5)}
# Factor by which the error of the packed model may exceed that of the padded one in the same precision.
_SLACK = 1.5
_DOCUMENTS = 16


def parity(setting: Setting, report: Report) -> None:
    """Check attention and a whole model.

    Raises:
        Failed: a difference exceeds the precision, or attention without offsets does not raise.
    """
    rows = [_attention(setting, name, np.array(lengths)) for name, lengths in _cases(setting).items()]
    report.keep("parity: attention within documents against float64, relative errors", rows)
    models = _models(setting)
    report.keep("parity: a whole model against padded fp32, relative errors", models)
    wrong = [str(row["what"]) for row in (*rows, *models, _refusal()) if not row["ok"]]
    if wrong:
        raise Failed("parity: " + ", ".join(wrong))


def _cases(setting: Setting) -> dict[str, list[int]]:
    reviews = setting.lengths(setting.model("model", setting.shape), setting.documents(_DOCUMENTS, seed=3))
    return {
        "lengths of reviews": np.sort(reviews)[::-1].tolist(),
        "lengths in any order": reviews.tolist(),
        "equal lengths": [64] * _DOCUMENTS,
        "one document": [300],
        "documents of one token": [5, 1, 1, 17, 1],
        "an empty document between others": [40, 0, 33],
        "an empty document first": [0, 40, 33],
        "empty documents last": [40, 33, 0, 0],
    }


def _attention(setting: Setting, what: str, lengths: Lengths) -> Row:
    """Compare output and gradients of one case, and check that no text attends to another."""
    kind = torch.float32 if setting.is_smoke else torch.bfloat16
    shape, tokens = setting.shape, int(lengths.sum())
    size = (1, shape.heads, tokens, shape.width // shape.heads)
    inputs = [torch.randn(size, device=setting.device).to(kind).requires_grad_() for _ in range(3)]
    documents = PackedTexts.of(lengths).to(setting.device)
    row: Row = {"what": what, "documents": len(lengths), "tokens": tokens}
    try:
        found = _attend(inputs, documents)
        direction = torch.randn_like(found)
        gradients = torch.autograd.grad(found, inputs, direction)
        leak = _leak(inputs, documents, lengths)
    except Exception as error:  # noqa: BLE001 - the other cases are still of interest
        return row | {"ok": False, "error": f"{type(error).__name__}: {str(error)[:100]}"}
    exact = [each.detach().double().requires_grad_() for each in inputs]
    expected = _separately(exact, lengths)
    expected_gradients = torch.autograd.grad(expected, exact, direction.double())
    errors = [_apart(expected, found), *map(_apart, expected_gradients, gradients)]
    limits = [_LIMITS[kind][0], *[_LIMITS[kind][1]] * 3]
    row |= dict(zip(("output", "d_query", "d_key", "d_value"), errors, strict=True))
    ok = all(error <= limit for error, limit in zip(errors, limits, strict=True)) and not leak
    return row | {"leak": leak, "ok": ok}


def _attend(inputs: list[Tensor], documents: PackedTexts) -> Tensor:
    return attend(torch.nn.Module(), *inputs, None, packed_texts=documents)[0]


def _leak(inputs: list[Tensor], documents: PackedTexts, lengths: Lengths) -> bool:
    """Whether another last text changes the output of the texts before it."""
    filled = np.flatnonzero(lengths)
    start = int(lengths[: filled[-1]].sum())
    with torch.no_grad():
        changed = [each.clone() for each in inputs]
        for each in changed:
            each[:, :, start:] = torch.randn_like(each[:, :, start:])
        before, after = _attend(inputs, documents), _attend(changed, documents)
    return not torch.equal(before[:, :start], after[:, :start])


def _separately(inputs: list[Tensor], lengths: Lengths) -> Tensor:
    """Attention by its definition, one text after the other; shape [1, tokens, heads, width]."""
    outputs = []
    parts = (each.split(lengths.tolist(), dim=2) for each in inputs)
    for query, key, value in zip(*parts, strict=True):
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        outputs.append(scores.softmax(-1) @ value)
    return torch.cat(outputs, dim=2).transpose(1, 2)


def _apart(expected: Tensor, found: Tensor) -> float:
    return ((expected - found.double()).norm() / expected.norm()).item()


def _refusal() -> Row:
    """Attention without the offsets of the texts must raise."""
    try:
        attend(torch.nn.Module(), *[torch.zeros(1, 1, 4, 8)] * 3, None)
    except RuntimeError:
        return {"what": "no offsets", "ok": True}
    return {"what": "attention without offsets does not raise", "ok": False}


def _models(setting: Setting) -> list[Row]:
    """Compare logits and gradients of one model, padded and packed, in bf16 on a GPU."""
    folder = setting.model("model", setting.shape)
    torch.manual_seed(1)
    auto: Any = AutoModelForSequenceClassification
    exact = auto.from_pretrained(folder, num_labels=2).to(setting.device).eval()
    random = np.random.default_rng(4)
    lengths = setting.lengths(folder, setting.documents(_DOCUMENTS, seed=4))
    texts: list[Ids] = [random.integers(5, setting.shape.words, length, dtype=np.int32) for length in lengths]
    bf16, padded = not setting.is_smoke, Padded(0)
    reference = _gradient(exact, padded, texts, bf16=False)
    packed = copy.deepcopy(exact)
    layout, obstacle = choose_layout(packed, 0, texts[:8], bf16=bf16)
    rows: list[Row] = []
    for what, model, how in (("padded", exact, padded), ("packed", packed, layout)):
        logits, gradient = _gradient(model, how, texts, bf16=bf16)
        row: Row = {"what": what, "precision": "bf16" if bf16 else "fp32"}
        row |= {"logits": _apart(reference[0], logits), "gradients": _apart(reference[1], gradient)}
        rows.append(row)
    for row in rows:
        row["ok"] = all(row[each] <= _SLACK * rows[0][each] + 1e-4 for each in ("logits", "gradients"))
    rows[1]["ok"] &= layout.is_packed
    rows[1]["obstacle"] = obstacle
    return rows


def _gradient(model: Any, layout: Layout, texts: list[Ids], *, bf16: bool) -> tuple[Tensor, Tensor]:
    """Logits [texts, labels] and the flat gradient of the loss, both as float64; without dropout."""
    order = layout.divide(np.array([len(text) for text in texts]), 1 << 30)
    labels = torch.arange(len(texts), device=model.device) % 2
    model.zero_grad()
    logits = torch.zeros(len(texts), 2, device=model.device)
    for members in order:
        inputs = move(layout.inputs([texts[index] for index in members]), model.device)
        index = torch.from_numpy(members).to(model.device)
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            output = model(**inputs, labels=labels[index])
        (output.loss * len(members) / len(texts)).backward()
        logits[index] = output.logits.detach().float()
    gradients = [each.grad.flatten() for each in model.parameters() if each.grad is not None]
    return logits.double(), torch.cat(gradients).double()
