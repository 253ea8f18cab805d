"""Rules of early stopping on recorded curves: the test metric of the weights that each would keep.

Reads the curves that `stopping_curves` recorded. `mean` is the test metric at the best evaluation on
validation; `against never` is the difference from the same run without early stopping, `worst` the largest
loss of one run, `saved` the share of steps that were not trained.
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.training.early_stopping import EarlyStopping, StoppingState
from core.training.lengths import PATIENCE, patience_of, patience_start
from tests.benchmarks.report import Report, Row, options_of

Curve = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """When early stopping acts."""

    name: str
    start: float | None = None
    """Share of the run after which patience counts; None is the rule of the program."""
    epochs: float = 0.0
    """Epochs that patience spans at least."""
    patience: int = PATIENCE
    ties_by_loss: bool = True
    acts: bool = True


RULES = [
    Rule("never", acts=False),
    Rule("never, first of ties", acts=False, ties_by_loss=False),
    Rule("from 10 %, patience 5, first of ties (before)", start=0.1, ties_by_loss=False),
    Rule("from 10 %, patience 5", start=0.1),
    Rule("from 10 %, patience an epoch", start=0.1, epochs=1),
    Rule("from an epoch and half, patience 3", patience=3),
    Rule("from an epoch and half, patience 5"),
    Rule("from an epoch and half, patience an epoch (ours)", epochs=1),
    Rule("from an epoch and half, patience two epochs", epochs=2),
    Rule("from three quarters, patience 3", start=0.75, patience=3),
]


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = options_of("stopping_rules", __doc__)
    parser.add_argument("curves", type=Path, help="folder that stopping_curves wrote")
    return parser.parse_args()


def judge(curve: Curve, rule: Rule) -> tuple[float, float]:
    """Test metric of the weights that `rule` keeps, and the share of steps that it saves."""
    last, epoch, points = curve["max_steps"], curve["steps_per_epoch"], curve["points"]
    interval = points[0][0]
    start = patience_start(last, 0, epoch, "linear") if rule.start is None else int(rule.start * last)
    patience = max(rule.patience, patience_of(round(rule.epochs * epoch), interval)) if rule.epochs else 0
    stopping = EarlyStopping(
        metric=curve["metric"],
        patience=patience or rule.patience,
        min_delta=0.0,
        greater_is_better=True,
        eval_steps=interval,
        max_steps=last,
        patience_from=start,
        ties_by_loss=rule.ties_by_loss,
        is_on=rule.acts,
        state=StoppingState(),
    )
    kept = 0.0
    for step, value, loss, tested in points:
        if stopping.update(step, value, loss):
            kept = tested
        if stopping.has_run_out:
            break
    return kept, 1 - step / last


def rows_of(curves: list[Curve]) -> Iterator[Row]:
    """A row for each rule."""
    never = [judge(curve, RULES[0])[0] for curve in curves]
    for rule in RULES:
        found = [judge(curve, rule) for curve in curves]
        gains = [100 * (kept - reference) for (kept, _), reference in zip(found, never, strict=True)]
        yield {
            "rule": rule.name,
            "mean": f"{statistics.fmean(kept for kept, _ in found):.4f}",
            "against_never_in_points": f"{statistics.fmean(gains):+.2f}",
            "worst": f"{min(gains):+.1f}",
            "runs_that_lose": sum(gain < 0 for gain in gains),
            "saved": f"{statistics.fmean(saved for _, saved in found):.0%}",
        }


def main() -> None:
    """Judge, print the tables, and write the figures."""
    options = parse()
    report = Report("stopping_rules", options)
    curves = [json.loads(path.read_text("utf-8")) for path in sorted(options.curves.glob("*.json"))]
    for model in sorted({curve["model"] for curve in curves}):
        chosen = [curve for curve in curves if curve["model"] == model]
        sets = sorted({curve["data"] for curve in chosen})
        part = f"{Path(model).name}: {len(chosen)} runs on {len(sets)} data sets ({', '.join(sets)})"
        report.keep(part, list(rows_of(chosen)))
    report.show()


if __name__ == "__main__":
    main()
