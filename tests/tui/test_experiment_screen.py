"""The screens of experiments and comparisons and the ways to them, by keyboard only."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample_runs import make_run
from scripted_experiment import ScriptedExperiment, comparison
from textual.pilot import Pilot
from watch_app import screen_text, shows, until

from core.experiments.directory import ExperimentDirectory
from core.problems import Problem
from core.protocol import Compare, Request, Spread
from core.runs.events import RunEnded
from tui.app import BertclsApp
from tui.screens.comparison import ComparisonScreen
from tui.screens.experiment import ExperimentScreen
from tui.screens.home import HomeScreen
from tui.screens.watch import WatchScreen
from tui.widgets.charts.experiment_curves import mean_by_step
from tui.widgets.evaluation.comparison import table_lines
from tui.wording.comparison import sheets

SIZES = pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])


class Comparing:
    """A stand-in engine with one comparison."""

    def __init__(self) -> None:
        self.asked: list[Compare] = []
        self.refusal = ""

    async def ask(self, request: Request[Any], **_: Any) -> Any:
        assert isinstance(request, Compare)
        self.asked.append(request)
        if self.refusal:
            raise Problem(self.refusal)
        return comparison()

    async def close(self) -> None:
        pass


@pytest.fixture
def engine(monkeypatch) -> Comparing:
    engine = Comparing()
    monkeypatch.setattr(BertclsApp, "engine", engine)
    monkeypatch.setattr(BertclsApp, "predictor", engine)
    return engine


@pytest.fixture
def half_way(tmp_path: Path) -> ScriptedExperiment:
    """An experiment of four runs: one finished, one failed, one in training, one waiting."""
    experiment = ScriptedExperiment(tmp_path, ["minilm", "cnn"], seeds=2)
    experiment.train("minilm-seed42", [0.6, 0.8, 0.9], reason="finished")
    experiment.train("cnn-seed42", [0.5], reason="failed", error="[red]no[/red] memory \x1b[31mleft.")
    experiment.train("minilm-seed43", [0.7, 0.7])
    return experiment


def opened(experiment: ScriptedExperiment) -> BertclsApp:
    return BertclsApp(experiment.directory.path.parent, experiment=experiment.directory)


async def ready(pilot: Pilot[str]) -> ExperimentScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ExperimentScreen)
    await until(pilot, lambda: screen.reader.is_ready)
    await pilot.pause()
    return screen


@SIZES
async def test_an_experiment_in_training(half_way, size):
    with half_way.alive("minilm-seed43"):
        async with opened(half_way).run_test(size=size) as pilot:
            screen = await ready(pilot)
            await until(pilot, shows(pilot.app, "minilm-seed43", "1 of 4 trained", "60/300", "ETA"))
            shown = screen_text(pilot.app)
            for line in ("✓ finished", "✗ failed", "● training", "· waiting", "0.880", "● minilm  ◇ cnn"):
                assert line in shown
            assert "validation accuracy, mean over seeds" in shown
            assert "s stop" in shown
            assert "r resume" not in shown
            await pilot.press("down")
            await until(pilot, shows(pilot.app, "[red]no[/red] memory ␛[31mleft."))
            points = mean_by_step(screen.reader.models["minilm"], lambda item: item.accuracy)
            assert points.tolist() == [[30, pytest.approx(0.65)], [60, pytest.approx(0.75)], [90, 0.9]]


@SIZES
@pytest.mark.parametrize(("metric", "name"), [("micro_f1", "micro F1"), ("accuracy", "exact match")])
async def test_multi_label_experiments_show_exact_match_instead_of_accuracy(tmp_path, size, metric, name):
    experiment = ScriptedExperiment(tmp_path, ["minilm", "cnn"])
    experiment.train("minilm", [0.4], reason="finished", metric=metric, is_multi_label=True)
    async with opened(experiment).run_test(size=size) as pilot:
        await ready(pilot)
        await until(pilot, shows(pilot.app, f"validation {name}", "test exact", "micro F1 0.480"))
        assert ("acc" in screen_text(pilot.app)) is False


def test_a_multi_label_comparison_names_its_scores() -> None:
    spread = Spread(mean=0.61, lowest=0.6, highest=0.62)
    found = comparison()
    found = msgspec.structs.replace(
        found,
        is_multi_label=True,
        groups=[
            msgspec.structs.replace(group, micro_f1=spread, unseen_micro_f1=spread) for group in found.groups
        ],
        models=[
            msgspec.structs.replace(each, scores=msgspec.structs.replace(each.scores, micro_f1=0.605))
            for each in found.models
        ],
    )
    scores = sheets(found)[:3]
    assert [sheet.columns[2] for sheet in scores] == ["mean exact match", "mean macro F1", "mean micro F1"]
    assert scores[2].rows[0][2:] == ("0.610", "0.600 to 0.620", "0.605")
    assert not any("accuracy" in word for sheet in sheets(found) for word in (sheet.title, *sheet.columns))


def test_the_tables_of_a_comparison_fit_a_small_terminal() -> None:
    found = comparison()
    largest = {"parameters": 108_311_810, "bytes": 433 << 20, "max_length": 512, "training_seconds": 5e4}
    found = msgspec.structs.replace(
        found, models=[msgspec.structs.replace(each, **largest) for each in found.models]
    )
    width = 80 - 3  # margins and scroll bar
    lines = [line for sheet in sheets(found) for line in table_lines(sheet, width)]
    assert max(line.cell_length for line in lines) <= width


async def test_differing_settings_are_shown(tmp_path):
    experiment = ScriptedExperiment(tmp_path, ["minilm", "cnn-notebook"], seeds=1)
    async with opened(experiment).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await until(pilot, shows(pilot.app, "512 tokens (minilm)"))
        # Lines may break anywhere.
        shown = " ".join(screen_text(pilot.app).split())
        assert "512 tokens (minilm), 128 tokens (cnn-notebook)" in shown
        assert "derived from the data (minilm)" in shown


async def test_m_shows_the_loss_on_a_small_terminal(half_way):
    async with opened(half_way).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        assert "validation loss" not in screen_text(pilot.app)
        await pilot.press("m")
        await until(pilot, shows(pilot.app, "validation loss"))


async def test_s_sends_stop_to_the_experiment(half_way):
    with half_way.alive("minilm-seed43"):
        async with opened(half_way).run_test(size=(80, 24)) as pilot:
            screen = await ready(pilot)
            await until(pilot, lambda: screen.reader.is_alive)
            await pilot.press("s")
            await until(pilot, lambda: half_way.directory.commands.exists())
            assert b'"stop"' in half_way.directory.commands.read_bytes()
            await until(pilot, shows(pilot.app, "stopping after this step"))


async def test_an_interrupted_experiment_is_resumed_by_a_key(half_way, monkeypatch):
    launched: list[ExperimentDirectory] = []
    monkeypatch.setattr("tui.screens.experiment.launch", launched.append)
    async with opened(half_way).run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen.reader.state in ("interrupted", "starting"))
        screen.reader.state = "interrupted"
        await pilot.press("r")
        assert launched == [half_way.directory]


async def test_enter_watches_a_run_and_escape_returns(half_way, engine):
    async with opened(half_way).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, WatchScreen))
        assert pilot.app.screen.run.name == "minilm-seed42"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExperimentScreen))
        await pilot.press("end", "enter")
        await until(pilot, shows(pilot.app, "cnn-seed43 has not started yet"))


@SIZES
async def test_c_compares_the_trained_runs(tmp_path, engine, size):
    experiment = ScriptedExperiment(tmp_path, ["minilm", "cnn"])
    runs = [
        experiment.train("minilm", [0.9], reason="finished"),
        experiment.train("cnn", [0.7], reason="early_stopped"),
    ]
    async with opened(experiment).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("c")
        await until(pilot, shows(pilot.app, "0.900 to 0.920", "0.910 (0.860–0.960)"))
        (asked,) = engine.asked
        assert asked == Compare([str(run.path) for run in runs], ["minilm", "cnn"])
        head, remark = screen_text(pilot.app).split("95 % intervals")
        assert "reviews_test.csv: 200 texts, 2 labels; " in head
        assert remark.split("\n")[1].strip() == "cnn was trained on half of its texts"
        await pilot.press("end")
        await until(pilot, shows(pilot.app, "minilm is better", "minilm-seed43, cnn-seed43"))
        await pilot.press("t")
        await until(pilot, shows(pilot.app, "[b]thin[/b],␛[31m but", "row 7 of the test split: positive"))
        assert "minilm: positive, cnn: negative" in screen_text(pilot.app)
        assert screen_text(pilot.app).count("I loved every minute.") > 3
        await pilot.press("down")
        await until(pilot, shows(pilot.app, "row 3 of the test split: negative"))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExperimentScreen))


async def listed(pilot: Pilot[str]) -> HomeScreen:
    screen = pilot.app.screen
    assert isinstance(screen, HomeScreen)
    await until(pilot, lambda: screen.chosen is not None)
    return screen


@SIZES
async def test_the_list_of_runs_has_an_experiment_on_one_line(half_way, tmp_path, size):
    with half_way.alive("minilm-seed43"):
        async with BertclsApp(tmp_path).run_test(size=size) as pilot:
            await listed(pilot)
            await until(pilot, shows(pilot.app, "◆ reviews", "● training", "1 of 4 trained", "minilm, cnn"))
            await until(pilot, shows(pilot.app, "training minilm-seed43 step 60 of 300"))
            assert pilot.app.screen.query_one("RunTable").row_count == 1
            await pilot.press("x")
            await until(pilot, lambda: bool(pilot.app._notifications))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ExperimentScreen))


async def test_an_experiment_is_deleted_with_its_runs_after_confirmation(half_way, tmp_path):
    async with BertclsApp(tmp_path).run_test() as pilot:
        await listed(pilot)
        await pilot.press("x")
        await until(pilot, shows(pilot.app, "Delete reviews?", "All its runs are deleted"))
        await pilot.press("y")
        await until(pilot, lambda: not half_way.directory.path.exists())


@pytest.mark.parametrize("refusal", ["", "one and two have different labels"])
async def test_marked_runs_are_compared_or_the_error_is_shown(tmp_path, engine, refusal):
    ended = RunEnded(reason="finished")
    for age, name in enumerate(("one", "two", "three")):
        make_run(tmp_path, name, age=100 * age + 10, step=10, best=0.9, test=0.8, ended=ended)
    engine.refusal = refusal
    async with BertclsApp(tmp_path).run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        await pilot.press("space", "down", "space", "up", "space", "space", "up", "space", "space")
        await until(pilot, shows(pilot.app, "» one", "» three", " compare"))
        assert "» two" not in screen_text(pilot.app)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparisonScreen))
        await until(pilot, shows(pilot.app, refusal.capitalize() or "mean accuracy"))
        assert engine.asked[0].runs == [str(tmp_path / "one"), str(tmp_path / "three")]


async def test_a_single_run_is_compared_if_it_was_tested(tmp_path, engine):
    ended = RunEnded(reason="finished")
    make_run(tmp_path, "untested", age=10, step=10, best=0.9, ended=ended)
    make_run(tmp_path, "tested", age=100, step=10, best=0.9, test=0.8, ended=ended)
    async with BertclsApp(tmp_path).run_test(size=(80, 24)) as pilot:
        await listed(pilot)
        assert " compare" not in screen_text(pilot.app)
        await pilot.press("down")
        await until(pilot, shows(pilot.app, " compare"))
        await pilot.press("c")
        await until(pilot, lambda: bool(engine.asked))
        assert engine.asked[0].runs == [str(tmp_path / "tested")]
