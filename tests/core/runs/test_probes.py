"""Pinned texts and their predictions are kept in the run."""

from pathlib import Path

import msgspec
import pytest
from run_events import started

from core.problems import Problem
from core.runs import probes, tried_texts
from core.runs.events import EventWriter, Probed
from core.runs.history import History
from core.runs.probes import MOST
from core.runs.tried_texts import TriedText


def trial(text: str, step: int, probability: float, time: float = 0.0) -> TriedText:
    return TriedText(
        text=text,
        which="best",
        step=step,
        labels=["bad", "good"],
        probabilities=[1 - probability, probability],
        time=time,
    )


def probed(step: int, **values: float) -> Probed:
    return Probed(
        step=step,
        probabilities={probes.key_of(text): [1 - value, value] for text, value in values.items()},
    )


def test_pins_keep_their_order_and_are_private(tmp_path: Path) -> None:
    assert probes.read(tmp_path) == []
    probes.pin(tmp_path, ["two\nlines ✓", "one"])
    probes.pin(tmp_path, ["one", "three"])
    assert probes.read(tmp_path) == ["two\nlines ✓", "one", "three"]
    probes.unpin(tmp_path, ["one", "never there"])
    assert probes.read(tmp_path) == ["two\nlines ✓", "three"]
    probes.pin(tmp_path, ["one"])
    assert probes.read(tmp_path) == ["two\nlines ✓", "three", "one"]
    path = tmp_path / "predictions" / "probes.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("ab") as file:
        file.write(b'{"text":"half a li')
    assert probes.read(tmp_path) == ["two\nlines ✓", "three", "one"]
    probes.unpin(tmp_path, ["three"])
    assert probes.read(tmp_path) == ["two\nlines ✓", "one"]


def test_the_number_of_pins_is_limited(tmp_path: Path) -> None:
    probes.pin(tmp_path, [str(number) for number in range(MOST)])
    with pytest.raises(Problem, match=f"At most {MOST}.*Unpin one"):
        probes.pin(tmp_path, ["another"])
    probes.pin(tmp_path, ["0"])
    probes.unpin(tmp_path, ["0"])
    probes.pin(tmp_path, ["another"])


def test_a_pin_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "predictions").touch()
    with pytest.raises(Problem, match="the pinned texts cannot be written"):
        probes.pin(tmp_path, ["one"])
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(Problem, match="not UTF-8"):
        probes.pin(run, ["\ud800"])


def test_a_single_text_is_not_pinned_for_a_model_of_text_pairs(tmp_path: Path) -> None:
    EventWriter(tmp_path / "events.jsonl").write(started(pairs=True))
    with pytest.raises(Problem, match=r"single text: 'alone'\. Write \|\|\| between"):
        probes.pin(tmp_path, ["one ||| other", "alone"])
    assert probes.read(tmp_path) == []
    probes.pin(tmp_path, ["one ||| other"])
    assert probes.read(tmp_path) == ["one ||| other"]


def test_points_come_from_the_trainer_and_from_tried_texts(tmp_path: Path) -> None:
    tried_texts.append(tmp_path, trial("one", 10, 0.2))
    tried_texts.append(tmp_path, trial("other", 15, 0.1))
    tried_texts.append(tmp_path, trial("one", 20, 0.3))
    history = History.of(
        [started(), probed(20, one=0.4), probed(30, one=0.6, other=0.5), probed(40, other=0.1)]
    )
    points = probes.points_of("one", history, tried_texts.read(tmp_path))
    assert [(point.step, point.probability("good")) for point in points] == [(10, 0.2), (20, 0.4), (30, 0.6)]
    assert [point.top for point in points] == ["bad", "bad", "good"]
    assert points[0].probability("fine") is None
    assert probes.points_of("never", history, []) == []


def test_points_of_repeated_steps_are_dropped() -> None:
    before = msgspec.structs.replace(started(), time=100.0)
    again = msgspec.structs.replace(started(resumed_from=20), time=200.0)
    history = History.of([before, probed(10, one=0.1), probed(20, one=0.2), probed(30, one=0.3), again])
    assert [item.step for item in history.probed] == [10, 20]
    trials = [
        trial("one", 25, 0.5, time=150.0),
        trial("one", 15, 0.4, time=150.0),
        trial("one", 22, 0.6, time=250.0),
    ]
    assert [point.step for point in probes.points_of("one", history, trials)] == [10, 15, 20, 22]
