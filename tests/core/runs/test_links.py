"""Links and names that lead out of a run or an experiment: nothing outside is read, written or removed."""

from pathlib import Path

import pytest
import tomli_w

from core.config import RunConfig
from core.experiments.directory import ExperimentDirectory
from core.problems import Problem
from core.runs import checkpoints
from core.runs.directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = RunDirectory.create(tmp_path / "runs", "one", unique=True)
    made.write_config(RunConfig().to_toml())
    return made


@pytest.fixture
def elsewhere(tmp_path: Path, run: RunDirectory) -> Path:
    """A complete checkpoint outside of all runs."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / checkpoints.MARKER).write_text('{"step":9,"is_best":true}')
    (folder / "model.safetensors").write_text("precious")
    return folder


@pytest.mark.parametrize("name", ["checkpoints/step-000009", "checkpoints/.writing", "trainer.log", "model"])
def test_a_run_with_a_link_to_the_outside_is_refused(run: RunDirectory, elsewhere: Path, name: str) -> None:
    (run.path / name).symlink_to(elsewhere)
    with pytest.raises(Problem, match=f"{name}: this is a link that leads out of the run"):
        RunDirectory.open(run.path)


def test_a_link_within_a_checkpoint_is_refused(run: RunDirectory, elsewhere: Path) -> None:
    checkpoint = run.checkpoints / "step-000009"
    checkpoint.mkdir()
    (checkpoint / "model.safetensors").symlink_to(Path("../../../../elsewhere/model.safetensors"))
    with pytest.raises(Problem, match=r"model\.safetensors: this is a link"):
        RunDirectory.open(run.path)


def test_links_within_a_run_and_to_a_run_are_followed(run: RunDirectory, tmp_path: Path) -> None:
    (run.path / "newest.log").symlink_to("trainer.log")
    (tmp_path / "by-link").symlink_to(run.path)
    assert RunDirectory.open(tmp_path / "by-link").name == "by-link"


def test_a_link_to_itself_is_refused(run: RunDirectory) -> None:
    (run.path / "model").symlink_to("model")
    with pytest.raises(Problem, match="this is a link"):
        RunDirectory.open(run.path)


def test_a_linked_checkpoint_is_ignored_and_pruning_keeps_its_target(
    run: RunDirectory, elsewhere: Path
) -> None:
    link = run.checkpoints / "step-000009"
    link.symlink_to(elsewhere)
    checkpoints.staging(run).symlink_to(elsewhere)
    assert checkpoints.complete(run) == []
    checkpoints.prune(run)
    assert not link.is_symlink()
    assert not checkpoints.staging(run).is_symlink()
    assert {path.name for path in elsewhere.iterdir()} == {checkpoints.MARKER, "model.safetensors"}


@pytest.mark.parametrize(
    "name", ["..", "../one", "/tmp/one", "a/b", ".hidden", "", "a\n", "\x1b[2J", "x" * 101]
)
def test_a_name_with_a_path_is_refused_for_runs_and_members(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem, match="cannot be the name of a run"):
        RunDirectory.create(tmp_path / "runs", name, unique=True)
    assert not (tmp_path / "runs").exists()
    experiment = tmp_path / "experiment"
    experiment.mkdir()
    member = {"name": name, "model": "cnn", "seed": 1, "settings": {}}
    (experiment / "experiment.toml").write_text(tomli_w.dumps({"members": [member]}))
    with pytest.raises(Problem, match=r"experiment\.toml: .*cannot be the name of a run"):
        ExperimentDirectory.open(experiment)
