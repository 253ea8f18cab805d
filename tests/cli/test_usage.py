"""Help and usage errors: one sentence on standard error, exit code 2, no files left behind."""

from importlib import metadata
from pathlib import Path

import pytest
from commands import bertcls
from small_runs import Small

from core.runs.directory import RunDirectory

VERBS = [
    "demo",
    "train",
    "experiment",
    "attach",
    "list",
    "resume",
    "stop",
    "predict",
    "evaluate",
    "compare",
    "check",
    "doctor",
    "data",
    "explain",
    "probe",
    "report",
    "steer",
]


def test_help_names_every_verb() -> None:
    found = bertcls("--help")
    assert (found.returncode, found.stderr) == (0, "")
    assert all(f"  {verb} " in found.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    found = bertcls(verb, "--help")
    assert (found.returncode, found.stderr) == (0, "")
    assert f"Usage: bertcls-tui {verb}" in found.stdout
    assert found.stdout.isascii()  # typer would write UTF-8 where the encoding is ASCII


def test_train_has_every_documented_option() -> None:
    text = bertcls("train", "-h").stdout
    options = """
        --model --text-column --label-column --validation --test --max-length --learning-rate
        --train-batch-size --eval-batch-size --max-steps --epochs --eval-steps --patience --metric --seed
        --precision --device --runs-dir --name --config --set --headless --detach --preset --encoding
        --drop-bad-rows --compile
    """
    assert [option for option in options.split() if f"{option} " not in text] == []


def test_verbs_that_read_data_share_their_options() -> None:
    words = {
        verb: bertcls(verb, "-h").stdout.split() for verb in ("train", "experiment", "check", "evaluate")
    }
    said = {
        verb: " ".join(text[text.index("--text-column") : text.index("--min-label-examples")])
        for verb, text in words.items()
    }
    assert len(set(said.values())) == 1
    options = "--label-column --label-delimiter --subset --encoding --drop-bad-rows"
    assert [option for option in options.split() if option not in said["train"]] == []


def test_experiment_has_the_options_of_train() -> None:
    def options(verb: str) -> set[str]:
        return {word.strip(",.") for word in bertcls(verb, "-h").stdout.split() if word.startswith("--")}

    assert options("train") - options("experiment") == {"--model", "--seed", "--preset"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["train", "x.csv", "--no-such-option"],
        ["train", "x.csv", "--max-steps", "many"],
        ["train", "x.csv", "y.csv"],
        ["train", "x.csv", "--disk-wait", "-1"],
        ["stop"],
    ],
)
def test_a_usage_error_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    found = bertcls(*arguments, runs_dir=tmp_path / "runs")
    assert (found.returncode, found.stdout) == (2, "")
    assert "Usage: bertcls-tui" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "there is no terminal"),
        (["train"], "No training data"),
        (["train", "x.csv", "--max-steps", "0"], "training.max_steps"),
        (["train", "x.csv", "--max-steps", "5", "--epochs", "1"], "max_steps or epochs, not both"),
        (["train", "x.csv", "--metric", "f1"], "stopping.metric"),
        (["train", "x.csv", "--set", "nonsense"], "'nonsense' is not a setting"),
        (["train", "x.csv", "--set", "training.lr=1"], "training.lr is not a setting"),
        (["train", "x.csv", "--config", "gone.toml"], "gone.toml: no such configuration file"),
        (["train", "x.csv", "--preset", "dance"], "unknown preset 'dance'"),
        (["train", "x.csv", "--name", "../evil"], "'../evil' cannot be the name of a run"),
        (["train", "x.csv", "--runs-dir", "/dev/null"], "/dev/null: this is not a folder"),
        (["train", "x.csv", "--runs-dir", "/proc/runs"], "/proc/runs: the runs directory cannot be written"),
        (["attach"], "there are no runs"),
        (["attach", "gone"], "there is no such run"),
        (["resume", "gone"], "there is no such run"),
        (["stop", "\x1b[31mgone"], "␛[31mgone: there is no such run"),
        (["predict", "gone", "text"], "there is no such run"),
        (["evaluate", "gone", "x.csv"], "there is no such run"),
    ],
    ids=lambda value: " ".join(value).replace("\x1b", "esc") if isinstance(value, list) else "",
)
def test_a_wrong_argument_is_one_sentence(arguments: list[str], part: str, tmp_path: Path) -> None:
    found = bertcls(*arguments, runs_dir=tmp_path / "runs")
    assert (found.returncode, found.stdout) == (2, "")
    (line,) = found.stderr.splitlines()
    assert line.startswith("bertcls-tui: ")
    assert part.lower() in line.lower()
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["resume"], "this run is finished and cannot be resumed"),
        (["stop"], "not delivered: the run has already ended (finished)"),
        (["predict"], "no text to classify"),
        (["predict", "text", "--which", "middle"], "--which is 'middle'"),
        (["predict", "--file", "x.csv"], "--file needs --output"),
        (["evaluate", "--split", "middle"], "--split is 'middle'"),
        (["evaluate", "x.csv", "--split", "test"], "DATA and --split were both given"),
        (["evaluate", "--text-column", "text"], "ptions of DATA were given without DATA"),
        (["evaluate", "--screen"], "there is no terminal"),
        (["predict", "--output", "x.csv"], "--output needs --file"),
        (["predict", "--overwrite", "text"], "--overwrite needs --file"),
        (["predict", "text", "--file", "x.csv", "--output", "y.csv"], "both given"),
    ],
)
def test_a_wrong_argument_leaves_a_finished_run_unchanged(
    arguments: list[str], part: str, finished_run: RunDirectory
) -> None:
    verb, *rest = arguments
    before = finished_run.events.read_bytes()
    found = bertcls(verb, finished_run.path, *rest)
    assert (found.returncode, found.stdout) == (2, "")
    (line,) = found.stderr.splitlines()
    assert part.lower() in line.lower()
    assert finished_run.events.read_bytes() == before


def test_a_rejected_run_leaves_no_files(small: Small, tmp_path: Path) -> None:
    data = tmp_path / "one-label.csv"
    data.write_text("text,label\nfine,good\nfiner,good\n")
    options = ["--model", small.model, "--max-length", 48, "--device", "cpu", "--headless"]
    found = bertcls("train", data, *options, runs_dir=tmp_path / "runs")
    assert (found.returncode, found.stdout) == (2, "")
    (line,) = found.stderr.splitlines()
    assert f"{data}, column 'label'" in line
    assert "only one label" in line
    assert list((tmp_path / "runs").iterdir()) == []


def test_data_rejected_by_the_engine_are_one_sentence(finished_run: RunDirectory) -> None:
    found = bertcls("evaluate", finished_run.path, "gone.csv", "--device", "cpu")
    assert (found.returncode, found.stdout) == (2, "")
    (line,) = found.stderr.splitlines()
    assert line.startswith("bertcls-tui: gone.csv: no such file")


def test_version() -> None:
    found = bertcls("--version")
    assert (found.returncode, found.stdout.strip(), found.stderr) == (0, metadata.version("bertcls-tui"), "")


@pytest.mark.parametrize(
    "arguments", [("train", "--{}"), ("--{}",), ("{}",), ("list", "{}"), ("attach", "{}")]
)
def test_escape_codes_in_arguments_are_made_visible_in_errors(arguments: tuple[str, ...]) -> None:
    typed = "\x1b]52;c;eA==\x07\x9b2J\u202e"
    found = bertcls(*(argument.format(typed) for argument in arguments))
    assert found.returncode == 2
    assert "52;c;eA" in found.stderr
    assert not set("\x1b\x07\x9b\u202e") & set(found.stdout + found.stderr)
