"""The rival: plain Trainer and plain pipeline, written as in the tutorials.

It prints one line of JSON. Another script can replace it if it takes `--model --train --test --steps
--batch --max-length --test-rows --learning-rate --device --tuned` and prints such a line with
`train_documents_per_second`, `predict_documents_per_second` and `accuracy`.
"""

import argparse
import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    pipeline,
    set_seed,
)
from transformers.utils import logging

from core.devices import choose_device
from tests.benchmarks.documents import Document, read

_CUDNN_FIRST = [SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
_WARM_UP = 0.1


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rival", description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--test-rows", type=int, default=400)
    parser.add_argument("--learning-rate", type=float, default=3e-5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument(
        "--tuned", action="store_true", help="batches of 64 by length, bf16 where it is native"
    )
    parser.add_argument("--cudnn", action="store_true", help="prefer the attention of cuDNN, without dropout")
    return parser.parse_args()


class SteadyClock(TrainerCallback):
    """Times the steps after the first tenth, which includes all first-time work."""

    def __init__(self, steps: int) -> None:
        self._first = int(_WARM_UP * steps) + 1
        self._began = 0.0
        self.steps = steps - self._first

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self._first:
            self._began = _now()

    @property
    def seconds(self) -> float:
        return _now() - self._began


def train(options: argparse.Namespace, tokenizer: Any, names: list[str]) -> tuple[Trainer, dict[str, float]]:
    """Fine-tune; return the trainer and its speed."""
    batch = options.batch or (64 if options.tuned else 8)
    documents = read(options.train)[: options.steps * batch]
    without_dropout = {"attention_probs_dropout_prob": 0.0} if options.cudnn else {}
    model = AutoModelForSequenceClassification.from_pretrained(
        options.model, num_labels=len(names), **without_dropout
    )
    clock = SteadyClock(options.steps)
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            tempfile.mkdtemp(prefix="rival-"),
            max_steps=options.steps,
            per_device_train_batch_size=batch,
            per_device_eval_batch_size=32,
            learning_rate=options.learning_rate,
            bf16=options.tuned and choose_device(options.device, "auto").bf16,
            train_sampling_strategy="group_by_length" if options.tuned else "random",
            eval_strategy="no",
            save_strategy="no",
            logging_steps=100,
            report_to="none",
            disable_tqdm=True,
            use_cpu=options.device == "cpu",
        ),
        train_dataset=encode(documents, tokenizer, names, options.max_length),
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
        callbacks=[clock],
    )
    began = _now()
    with sdpa_kernel(_CUDNN_FIRST, set_priority=True) if options.cudnn else contextlib.nullcontext():
        trainer.train()
        steady = clock.seconds
    seconds = _now() - began
    rates = {"train_documents_per_second": options.steps * batch / seconds}
    if clock.steps > 0:
        rates["steady_documents_per_second"] = clock.steps * batch / steady
    return trainer, rates


def encode(documents: list[Document], tokenizer: Any, names: list[str], max_length: int) -> list[Any]:
    """Encode examples for the Trainer."""
    encoded = tokenizer([text for text, _ in documents], truncation=True, max_length=max_length)
    return [
        {**{key: encoded[key][index] for key in encoded}, "labels": names.index(label)}
        for index, (_, label) in enumerate(documents)
    ]


def predict(model: Any, tokenizer: Any, texts: list[str], max_length: int) -> tuple[list[str], float]:
    """Predict label names with the pipeline; return them and the texts per second."""
    classify = pipeline(
        "text-classification", model=model.eval(), tokenizer=tokenizer, device=model.device, batch_size=8
    )
    began = _now()
    found = classify(texts, truncation=True, max_length=max_length)
    return [each["label"] for each in found], len(texts) / (_now() - began)


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    """Train, predict, and print the figures."""
    options = parse()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    set_seed(42)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    names = sorted({label for _, label in read(options.train)})
    trainer, figures = train(options, tokenizer, names)
    test = read(options.test)[: options.test_rows]
    labels, rate = predict(trainer.model, tokenizer, [text for text, _ in test], options.max_length)
    right = [found == f"LABEL_{names.index(label)}" for found, (_, label) in zip(labels, test, strict=True)]
    print(json.dumps(figures | {"predict_documents_per_second": rate, "accuracy": sum(right) / len(right)}))


if __name__ == "__main__":
    main()
