"""The environment of a run (secrets, umask, modules in the working directory) does not leak into it."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_runs import Small

COMMAND = str(Path(sys.executable).with_name("bertcls-tui"))
# Console script, engine, experiment, trainer and the process that writes checkpoints import these.
SHADOWS = (
    "core",
    "tui",
    "torch",
    "transformers",
    "numpy",
    "msgspec",
    "json",
    "safetensors",
    "rich",
    "textual",
)
TOKEN, SECRET = "hf_PlantedToken", "PlantedSecret"


@dataclass(frozen=True)
class Surroundings:
    """A home directory with a run, and the output of the commands."""

    home: Path
    run: Path
    outputs: list[subprocess.CompletedProcess[str]]

    @property
    def files(self) -> Iterator[Path]:
        for path in self.run.rglob("*"):
            if path.is_file():
                yield path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, small: Small) -> Surroundings:
    """A run with its report, made with a permissive umask, stray modules and secrets in the environment."""
    home = tmp_path_factory.mktemp("home") / "name-of-a-person"
    shutil.copytree(small.model, home / "models" / "tiny")
    for file in (small.train, small.test):
        shutil.copy(file, home)
    for name in SHADOWS:
        (home / f"{name}.py").write_text(f"open({str(home / 'imported')!r}, 'a').write('{name}\\n')\n")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    planted = {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "HF_TOKEN": TOKEN, "MY_KEY": SECRET}

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=home,
            env=inherited | planted,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=0,
            timeout=180,
        )

    train = [COMMAND, "train", small.train.name, "--test", small.test.name, "--model", "models/tiny"]
    short = ["--max-length", "16", "--max-steps", "4", "--eval-steps", "2", "--device", "cpu", "--headless"]
    outputs = [
        call(*train, *short, "--name", "tiny"),
        call(COMMAND, "report", "tiny"),
        call(sys.executable, "-P", "-m", "core.experiments", "runs/none"),
    ]
    return Surroundings(home, home / "runs" / "tiny", outputs)


def test_the_commands_worked(made: Surroundings) -> None:
    *commands, experiment = made.outputs
    assert [(found.returncode, found.stderr) for found in commands] == [(0, "")] * 2
    assert "there is no such experiment" in experiment.stderr
    names = {path.relative_to(made.run).as_posix() for path in made.files}
    assert names >= {"events.jsonl", "environment.json", "model/README.md", "reports/tiny.md", "trainer.log"}
    assert any(name.endswith("optimizer.safetensors") for name in names)
    assert "predictions/test.safetensors" in names


def test_modules_in_the_working_directory_are_not_imported(made: Surroundings) -> None:
    assert not (made.home / "imported").exists()
    subprocess.run([sys.executable, "-c", "import core"], cwd=made.home, check=True)
    assert (made.home / "imported").exists()  # the stray modules work


def test_other_users_cannot_read_or_write_the_files(made: Surroundings) -> None:
    for path in (made.run, *made.run.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in (made.home / ".cache").rglob("*"):
        assert not path.stat().st_mode & stat.S_IWOTH, path


def test_no_file_contains_the_home_directory_or_a_secret(made: Surroundings) -> None:
    planted = [str(made.home), made.home.name, TOKEN, SECRET]
    searched = 0
    for path in made.files:
        content = path.read_bytes()
        searched += len(content)
        assert not [word for word in planted if word.encode() in content], path
    assert searched > 100_000
    events = (made.run / "events.jsonl").read_text()
    assert '"source":"~/train.csv"' in events
    assert '"model":"~/models/tiny"' in events


def test_no_output_contains_a_secret(made: Surroundings) -> None:
    for found in made.outputs:
        assert TOKEN not in found.stdout
        assert SECRET not in found.stdout
