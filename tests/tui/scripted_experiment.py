"""An experiment directory written by tests, as its process and trainers would write it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sample_runs import PLAN, evaluation, write_events

from core.config import build_config
from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.members import make_members
from core.files import lock
from core.protocol import ComparedModel, Comparison, Disagreement, Group, PairTest, Spread, TestScores
from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, EndReason, Evaluation, RunEnded, RunStarted, Step, Stopping

START = 1_700_000_000.0


class ScriptedExperiment:
    """An experiment with one or more seeds per model. A test writes its runs."""

    def __init__(self, runs_dir: Path, models: list[str], seeds: int = 1, name: str = "reviews") -> None:
        path = (runs_dir / name).absolute()
        path.mkdir(parents=True)
        self.directory = ExperimentDirectory(path)
        self.directory.write_members(make_members(models, seeds, [{"data": {"train": "reviews.csv"}}]))

    @property
    def members(self) -> list[Member]:
        return self.directory.members

    def train(
        self,
        name: str,
        accuracies: list[float],
        *,
        reason: EndReason | None = None,
        error: str = "",
        metric: str = "accuracy",
        is_multi_label: bool = False,
    ) -> RunDirectory:
        """Write an evaluation for each accuracy, every 30 steps, and a test evaluation if the run finished.

        For label sets, micro F1 is 0.1 above the accuracy.
        """
        member = next(member for member in self.members if member.name == name)
        run = self.directory.run_of(member)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        run.write_config(build_config(member.settings).to_toml())
        plan = msgspec.structs.replace(
            PLAN, model=member.model, seed=member.seed, metric=metric, is_multi_label=is_multi_label
        )

        def evaluated(split: str, step: int, accuracy: float) -> Evaluation:
            micro_f1 = accuracy + 0.1 if is_multi_label else None
            return msgspec.structs.replace(evaluation(split, step, accuracy), micro_f1=micro_f1)

        events: list[AnyEvent] = [RunStarted(plan=plan, pid=1, host="here", device_name="cpu")]
        best = 0.0
        for number, accuracy in enumerate(accuracies, 1):
            step, best = number * 30, max(best, accuracy)
            events += [
                Step(step=step, epoch=1, loss=0.5, learning_rate=1e-4, documents_per_second=10.0),
                evaluated("validation", step, accuracy),
                Stopping(
                    step=step, metric=metric, best=best, best_step=step, used=0, patience=5, stops_at=None
                ),
            ]
        if reason in ("finished", "early_stopped"):
            events.append(evaluated("test", 30, accuracies[-1] - 0.02))
            run.outcomes.parent.mkdir(exist_ok=True)
            run.outcomes.touch()
        if reason is not None:
            events.append(RunEnded(reason=reason, step=30 * len(accuracies), error=error))
        write_events(run, events, START)
        return run

    @contextlib.contextmanager
    def alive(self, name: str) -> Iterator[None]:
        """Hold the locks of the experiment process and the trainer of this member."""
        with lock.hold(self.directory.lock), lock.hold(self.directory.path / name / "lock"):
            yield


def scores(accuracy: float) -> TestScores:
    return TestScores(
        examples=200,
        accuracy=accuracy,
        accuracy_low=accuracy - 0.05,
        accuracy_high=accuracy + 0.05,
        macro_f1=accuracy - 0.01,
        macro_f1_low=accuracy - 0.06,
        macro_f1_high=accuracy + 0.04,
    )


def comparison(seeds: int = 3) -> Comparison:
    """Two models with several seeds and a baseline. One test text is also in train."""
    models, groups = [], []
    for model, accuracy in (("minilm", 0.9), ("cnn", 0.7), ("majority", 0.5)):
        count = 1 if model == "majority" else seeds
        names = [model] if count == 1 else [f"{model}-seed{42 + number}" for number in range(count)]
        for number, name in enumerate(names):
            models.append(
                ComparedModel(
                    name=name,
                    path="" if model == "majority" else f"/runs/{name}",
                    group=model,
                    model=model,
                    seed=42 + number,
                    step=30,
                    validation=None if model == "majority" else accuracy + number / 100,
                    scores=scores(accuracy + number / 100),
                    unseen=scores(accuracy + number / 100 - 0.03),
                    max_length=None if model == "majority" else 128,
                    training_seconds=75.0,
                    training_speed=41.0,
                    prediction_speed=200.0,
                    parameters=22_700_000,
                    bytes=90_000_000,
                )
            )
        spread = Spread(mean=accuracy + 0.01, lowest=accuracy, highest=accuracy + 0.02)
        groups.append(
            Group(
                name=model,
                runs=names,
                median=names[(count - 1) // 2],
                accuracy=spread,
                macro_f1=spread,
                unseen_accuracy=spread,
                unseen_macro_f1=spread,
                training_seconds=75.0,
                training_speed=41.0,
                prediction_speed=200.0,
            )
        )
    first, second = groups[0].median, groups[1].median
    return Comparison(
        source="reviews_test.csv",
        remarks=["cnn was trained on half of its texts"],
        examples=200,
        seen=1,
        labels=["negative", "positive"],
        models=models,
        groups=groups,
        pairs=[PairTest(first=first, second=second, only_first=31, only_second=12, p_value=0.0001)],
        disagreements=[
            Disagreement(
                row=6,
                text="The plot was [b]thin[/b],\x1b[31m but\n" + "I loved every minute. " * 30,
                label="positive",
                only=first,
                predicted=["positive", "negative"],
            ),
            Disagreement(
                row=2,
                text="Never again.",
                label="negative",
                only=second,
                predicted=["positive", "negative"],
            ),
        ],
    )
