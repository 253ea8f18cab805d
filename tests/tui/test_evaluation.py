"""The evaluation screen with a stand-in engine: its requests and its content, by keyboard only."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from textual.app import App
from textual.pilot import Pilot
from watch_app import STYLES, screen_text, shows, until

from core.problems import Problem
from core.protocol import (
    AverageScore,
    Calibration,
    Evaluate,
    EvaluationReport,
    JudgedText,
    JudgedTexts,
    LabelScore,
    ProgressReport,
    ReadTexts,
    Reliability,
    ReliabilityBin,
    Request,
)
from tui.screens.evaluation import EvaluationScreen
from tui.styles.theme import THEME
from tui.widgets.evaluation.confusion_matrix import ConfusionMatrix
from tui.widgets.evaluation.head import scores

WIDE, SMALL = (120, 36), (80, 24)
THREE = ["bad", "good", "mixed \x1b[31m[b]feelings[/b]"]


def judged(row: int, label: str, predicted: str, text: str = "") -> JudgedText:
    return JudgedText(
        row=row,
        text=text or f"text {row} \x1b[2J of it",
        label=label,
        predicted=predicted,
        probability=0.9,
        margin=0.8,
    )


def reliability(ece: float, right: float) -> Reliability:
    bins = [
        ReliabilityBin(low=low, high=low + 0.1, count=100, confidence=low + 0.05, accuracy=low * right)
        for low in (0.5, 0.7, 0.9)
    ]
    return Reliability(bins=bins, ece=ece)


def report(names: list[str], split: str = "test", step: int = 220, **changes: Any) -> EvaluationReport:
    """A report in which each label has five correct texts and two predicted as the next label."""
    count = len(names)
    confusion = [[0] * count for _ in names]
    for number in range(count):
        confusion[number][number] = 5
        confusion[number][(number + 1) % count] = 2
    confusion[0][1] = 60
    values: dict[str, Any] = {
        "source": f"/data/{split}.csv",
        "split": split,
        "is_own": True,
        "examples": sum(map(sum, confusion)),
        "step": step,
        "which": "best",
        "loss": 0.4,
        "accuracy": 0.5,
        "accuracy_low": 0.45,
        "accuracy_high": 0.55,
        "macro_f1": 0.6,
        "labels": [
            LabelScore(label=name, precision=0.7, recall=0.6, f1=1 - row / 100, support=sum(confusion[row]))
            for row, name in enumerate(names)
        ],
        "averages": [
            AverageScore(name="macro", precision=0.7, recall=0.6, f1=0.6, f1_low=0.5, f1_high=0.7),
            AverageScore(name="weighted", precision=0.7, recall=0.6, f1=0.62, f1_low=0.52, f1_high=0.72),
        ],
        "confusion": confusion,
        "calibration": Calibration(
            temperature=1.83, before=reliability(0.081, 0.6), after=reliability(0.023, 1.0)
        ),
        "mistakes": [judged(row, names[0], names[1]) for row in range(3)],
        "uncertain": [judged(row, names[0], names[0]) for row in (7, 8)],
        "seen": 4,
        "unseen": None,
        "truncated": 0,
        "seconds": 1.0,
    }
    return EvaluationReport(**(values | changes))


class FakeEngine:
    """Evaluates at once unless it is held. Each cell has as many texts as the matrix says."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.changes: dict[str, Any] = {}
        self.asked: list[Evaluate | ReadTexts] = []
        self.failure: Exception | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def ask(
        self, request: Request[Any], *, on_progress: Callable[[ProgressReport], None] | None = None
    ) -> Any:
        assert isinstance(request, Evaluate | ReadTexts)
        self.asked.append(request)
        evaluation = request if isinstance(request, Evaluate) else request.evaluation
        split = evaluation.split or "test"
        found = report(self.names, split, **{"is_fitted_on": split == "validation"} | self.changes)
        if isinstance(request, ReadTexts):
            total = found.confusion[request.label][request.predicted]  # type: ignore[index]
            rows = range(total)[request.offset : request.offset + request.limit]
            names = self.names[request.label], self.names[request.predicted]
            return JudgedTexts(total=total, items=[judged(row, *names) for row in rows])
        if on_progress is not None:
            on_progress(ProgressReport("classifying", 30, 90))
        await self.held.wait()
        if self.failure is not None:
            raise self.failure
        return found


class EvaluationApp(App[str]):
    """An app with one evaluation screen."""

    CSS_PATH = str(STYLES)
    DEFAULT_MODE = "main"

    def __init__(self, engine: FakeEngine, **asked: Any) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(THEME)
        self.theme = THEME.name
        self.evaluation = EvaluationScreen(Evaluate("/runs/reviews", **asked), engine)
        self.add_mode("main", lambda: self.evaluation)


async def found(pilot: Pilot[str]) -> None:
    await until(pilot, shows(pilot.app, "accuracy 0.500 (0.450–0.550)"))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_multi_label_evaluations_open_with_the_label_scores(size: tuple[int, int]) -> None:
    engine = FakeEngine(THREE)
    labels = [msgspec.structs.replace(label, threshold=0.321) for label in report(THREE).labels]
    engine.changes = {"confusion": None, "calibration": None, "micro_f1": 0.7, "labels": labels}
    engine.changes |= {"is_fitted_on": True, "fitted_at": 200}
    async with EvaluationApp(engine).run_test(size=size) as pilot:
        await until(pilot, shows(pilot.app, "exact match 0.500", "macro average"))
        assert "threshold" in screen_text(pilot.app)
        assert "0.321" in screen_text(pilot.app)
        # Lines may break anywhere.
        shown = " ".join(screen_text(pilot.app).split())
        assert "thresholds fitted on the other half of these examples · thresholds of step 200" in shown
        await pilot.press("enter", "n")
        await until(pilot, shows(pilot.app, "macro average"))
        await pilot.press("1")
        await until(
            pilot,
            shows(pilot.app, "no confusion matrix with several labels a text; 2 shows label scores"),
        )
        await pilot.press("enter", "3")
        await until(pilot, shows(pilot.app, "calibration is measured"))
        await pilot.press("4")
        await until(pilot, shows(pilot.app, "row 1: predicted good 0.900, true label bad"))


async def test_very_many_labels_are_cut_to_the_first_in_each_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.evaluation.label_scores._MOST_ROWS", 2)
    engine = FakeEngine(THREE)
    engine.changes = {"confusion": None}
    async with EvaluationApp(engine).run_test(size=SMALL) as pilot:
        await until(pilot, shows(pilot.app, "macro average", "in label order · 2 of 3"))
        assert "feelings" not in screen_text(pilot.app)
        await pilot.press("o")
        await until(pilot, shows(pilot.app, "lowest F1 first · 2 of 3"))
        await pilot.press("1")
        await until(pilot, shows(pilot.app, "3 labels are too many for a matrix"))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_every_view_shows_its_figures(size: tuple[int, int]) -> None:
    engine = FakeEngine(THREE)
    async with EvaluationApp(engine).run_test(size=size) as pilot:
        await found(pilot)
        assert engine.asked == [Evaluate("/runs/reviews", "best")]
        shown = screen_text(pilot.app)
        for part in ("reviews", "best @220 on test split", "0.081 → 0.023 (T 1.83)", "4 also in train"):
            assert part in " ".join(shown.split())
        assert "bad, predicted correctly: 5 of 65 (7.7 %)" in shown
        await pilot.press("2")
        await until(pilot, shows(pilot.app, "mixed ␛[31m[b]feelings[/b]", "macro average", "in label order"))
        await pilot.press("o")
        await until(pilot, shows(pilot.app, "lowest F1 first"))
        await pilot.press("tab")
        await until(pilot, shows(pilot.app, "○ before", "● after", "0.90–1.00    100 0.540    100 0.900"))
        await pilot.press("4")
        await until(
            pilot, shows(pilot.app, "row 1: predicted good 0.900, true label bad", "text 0 ␛[2J of it")
        )
        await pilot.press("5", "down")
        await until(pilot, shows(pilot.app, "row 9: predicted bad 0.900, correct"))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_enter_on_a_cell_lists_all_its_texts(size: tuple[int, int]) -> None:
    engine = FakeEngine(THREE)
    async with EvaluationApp(engine).run_test(size=size) as pilot:
        await found(pilot)
        await pilot.press("right")
        await until(pilot, shows(pilot.app, "bad, predicted as good: 60 of 65"))
        await pilot.press("enter")
        await until(pilot, shows(pilot.app, "bad predicted as good · best @220 on test · 50 of 60 texts"))
        await pilot.press("end")
        await until(pilot, shows(pilot.app, "60 of 60 texts"))
        asked = Evaluate("/runs/reviews", "best", split="test")
        cells = [ReadTexts(asked, 220, 0, 1, offset=offset, limit=50) for offset in (0, 50)]
        assert engine.asked[1:] == cells
        await pilot.press("escape")
        await until(pilot, shows(pilot.app, "[1 confusion]"))
        await pilot.press("down", "down")
        await pilot.press("enter")  # an empty cell has no texts
        await until(pilot, shows(pilot.app, "predicted as good: 0 of 7"))
        assert len(engine.asked) == 3


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_77_labels_scroll_and_n_moves_to_the_next_confusion(size: tuple[int, int]) -> None:
    engine = FakeEngine([f"intent {number:02}" for number in range(1, 78)])
    async with EvaluationApp(engine).run_test(size=size) as pilot:
        await found(pilot)
        matrix = pilot.app.screen.query_one(ConfusionMatrix)
        await pilot.press("n")
        assert matrix.cursor == (0, 1)
        await pilot.press("n", "n", "N")
        assert matrix.cursor == (1, 2)
        await pilot.press(*["pagedown"] * 8, *["end"] * 8)
        assert matrix.cursor == (76, 76)
        await until(pilot, shows(pilot.app, "77 intent 77", " to 77 of 77", "intent 77, predicted correctly"))
        assert "intent 01" not in screen_text(pilot.app)
        await pilot.press(*["pageup"] * 8, *["home"] * 8)
        await until(pilot, shows(pilot.app, " 1 intent 01", "rows 1 to "))
        await pilot.press("2", "down", "enter")
        await until(pilot, shows(pilot.app, "intent 02, predicted correctly: 5 of 7"))


async def test_progress_can_be_cancelled_and_errors_are_shown() -> None:
    engine = FakeEngine(THREE)
    engine.held.clear()
    async with EvaluationApp(engine).run_test(size=SMALL) as pilot:
        await until(pilot, shows(pilot.app, "classifying 30 of 90…"))
        await pilot.press("escape")
        await until(pilot, shows(pilot.app, "cancelled; r evaluates again"))
        engine.held.set()
        engine.failure = Problem("there is no \x1b[31mcheckpoint[/] yet", where="reviews")
        await pilot.press("r")
        await until(pilot, shows(pilot.app, "reviews: there is no ␛[31mcheckpoint[/] yet."))
        engine.failure = None
        await pilot.press("r")
        await found(pilot)


async def test_keys_request_other_splits_and_checkpoints() -> None:
    engine = FakeEngine(THREE)
    async with EvaluationApp(engine).run_test(size=SMALL) as pilot:
        await found(pilot)
        await pilot.press("s")
        await until(pilot, shows(pilot.app, "best @220 on validation split", "fitted on these examples"))
        await pilot.press("s", "b")
        await until(pilot, lambda: len(engine.asked) == 4)
        asked = [(each.which, each.split) for each in engine.asked if isinstance(each, Evaluate)]
        # The last checkpoint is not evaluated on the test split.
        assert asked == [("best", None), ("best", "validation"), ("best", "test"), ("last", "validation")]


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("view", ["1", "3", "4"])
def test_pictures(snap_compare: Callable[..., bool], view: str, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[str]) -> None:
        await found(pilot)
        await pilot.press(view)
        await pilot.pause()

    app = EvaluationApp(FakeEngine([f"intent {number}" for number in range(20)]))
    assert snap_compare(app, terminal_size=size, run_before=opened)


def test_the_head_shows_what_evaluate_prints() -> None:
    said = {"warnings": ["below TF-IDF"], "reasons": ["delimiter ';'"], "averaged_labels": 2}
    found = report(["a", "b", "c"], **said)
    shown = scores(found).plain.split("\n")
    assert shown[1] == "! below TF-IDF"
    assert shown[2].startswith("macro F1: mean over the 2 of 3 labels")
    assert shown[3] == "delimiter ';'"
