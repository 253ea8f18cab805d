"""The verbs of `bertcls-tui`: what each takes, and what it does with it."""

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from core.config import DataConfig, ModelConfig, build_config, parse_setting, read_config
from core.config import Values as Layer
from core.presets import PRESETS
from core.problems import Problem
from core.runs.listing import find_run, list_runs
from core.runs.start import free_name
from tui import asking, output, predicting, running
from tui.cli import default_runs_dir, open_home
from tui.exits import DONE, INTERRUPTED

cli = typer.Typer(
    name="bertcls-tui",
    help="Fine-tune BERT text classifiers, watch the training live and try the model, in the terminal.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunsDir = Annotated[Path | None, typer.Option(help="Folder of the runs [default: runs].", show_default=False)]
Headless = Annotated[bool, typer.Option("--headless", help="Print lines in place of the screen.")]
Detach = Annotated[bool, typer.Option("--detach", help="Return when training has begun.")]
Which = Annotated[str, typer.Option(help="The best or the last checkpoint.", metavar="best|last")]
Text = Annotated[str | None, typer.Option("--text-column", help="Column of the texts [default: found].")]
Label = Annotated[str | None, typer.Option("--label-column", help="Column of the labels [default: found].")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of files that are neither UTF-8 nor UTF-16.")]
Subset = Annotated[str | None, typer.Option(help="Configuration of a Hub data set.")]
Drop = Annotated[bool, typer.Option("--drop-bad-rows", help="Go on without rows that lack text or label.")]
Device = Annotated[str, typer.Option(help="Where to compute.", metavar="auto|cpu|cuda|cuda:N")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, or its folder.")]
Data = Annotated[str, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")]


def run_verb() -> int:
    """Parse the command line, do what it says, and return the exit code."""
    try:
        code = cli(standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except TyperException as error:
        shown: Any = error  # the class that can show itself is private
        shown.show()
        return error.exit_code
    return code if isinstance(code, int) else DONE


@cli.callback(invoke_without_command=True)
def home(
    context: typer.Context,
    runs_dir: RunsDir = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    """Open the list of runs."""
    if version:
        typer.echo(metadata.version("bertcls-tui"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        return open_home(runs_dir or default_runs_dir())
    if runs_dir is not None:
        raise Problem("--runs-dir stands before the command", mend="Write it after the command.")
    return DONE


@cli.command()
def demo(
    name: Annotated[str, typer.Option(help="Name of the run.")] = "demo",
    runs_dir: RunsDir = None,
    device: Device = "auto",
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune MiniLM on short reviews that come with the program: a minute or two on two cores."""
    config = build_config(running.demo_settings(name, runs_dir or default_runs_dir(), device))
    return running.train(config, headless=headless, detach=detach)


@cli.command()
def train(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A file, a folder, or a data set of the Hub.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Hub name, folder, minilm, cnn or rnn [bert-base-cased].")
    ] = None,
    text_column: Text = None,
    label_column: Label = None,
    validation: Annotated[str | None, typer.Option(help="Validation file [default: a part of DATA].")] = None,
    test: Annotated[str | None, typer.Option(help="Test file, used once, at the end.")] = None,
    subset: Subset = None,
    encoding: Encoding = None,
    drop_bad_rows: Drop = False,
    max_length: Annotated[int | None, typer.Option(help="Longest text in tokens [512].")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate [the model's].")] = None,
    train_batch_size: Annotated[int | None, typer.Option(help="Texts in a training step [8].")] = None,
    eval_batch_size: Annotated[int | None, typer.Option(help="Texts evaluated at once [any].")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Length of training [from the data].")] = None,
    epochs: Annotated[float | None, typer.Option(help="Length of training, in place of --max-steps.")] = None,
    eval_steps: Annotated[int | None, typer.Option(help="Steps between evaluations [from the data].")] = None,
    patience: Annotated[int | None, typer.Option(help="Evaluations without a new best [5].")] = None,
    metric: Annotated[
        str | None, typer.Option(help="What selects the best checkpoint.", metavar="accuracy|macro_f1|loss")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random [42].")] = None,
    precision: Annotated[str | None, typer.Option(help="[auto].", metavar="auto|bf16|fp32")] = None,
    compile_layers: Annotated[
        str | None,
        typer.Option("--compile", help="torch.compile, on a GPU only [auto].", metavar="auto|on|off"),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where to compute [auto].", metavar="auto|cpu|cuda|cuda:N")
    ] = None,
    runs_dir: RunsDir = None,
    name: Annotated[str | None, typer.Option(help="Name of the run [from data and model].")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to begin with.", metavar="|".join(PRESETS))
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file, such as the config.toml of a run.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting.", metavar="section.key=value")
    ] = None,
    headless: Headless = False,
    detach: Detach = False,
) -> int:
    """Fine-tune a classifier. Later ones win: defaults, --preset, --config, --set, other options."""
    options: Layer = {
        "data": {
            "train": data,
            "validation": validation,
            "test": test,
            "text_column": text_column,
            "label_column": label_column,
            "encoding": encoding,
            "subset": subset,
            "drop_bad_rows": drop_bad_rows or None,
        },
        "model": {"name": model, "max_length": max_length},
        "training": {
            "learning_rate": learning_rate,
            "train_batch_size": train_batch_size,
            "eval_batch_size": eval_batch_size,
            "max_steps": max_steps,
            "epochs": epochs,
            "eval_steps": eval_steps,
            "seed": seed,
            "precision": precision,
            "compile": compile_layers,
            "device": device,
        },
        "stopping": {"patience": patience, "metric": metric},
        "output": {"runs_dir": str(runs_dir) if runs_dir else None, "name": name},
    }
    asked = build_config(
        {"output": {"runs_dir": str(default_runs_dir())}},
        _preset(preset),
        _repeatable(read_config(config)) if config else {},
        *(parse_setting(setting) for setting in settings or []),
        _given(options),
    )
    if not asked.data.train:
        raise Problem("there is nothing to train on", mend="Name a data file: bertcls-tui train DATA.")
    return running.train(asked, headless=headless, detach=detach)


@cli.command()
def attach(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Name or folder [the newest].")] = None,
    runs_dir: RunsDir = None,
    headless: Headless = False,
) -> int:
    """Watch a run; leaving it changes nothing in the run."""
    return running.attach(find_run(runs_dir or default_runs_dir(), run), headless=headless)


@cli.command("list")
def list_(runs_dir: RunsDir = None, as_json: Json = False) -> int:
    """Show all runs, the newest first."""
    folder = runs_dir or default_runs_dir()
    output.show_runs(list_runs(folder), folder, as_json=as_json)
    return DONE


@cli.command()
def resume(run: Run, runs_dir: RunsDir = None, headless: Headless = False, detach: Detach = False) -> int:
    """Go on with a run from its last complete checkpoint."""
    return running.resume(find_run(runs_dir or default_runs_dir(), run), headless=headless, detach=detach)


@cli.command()
def stop(run: Run, runs_dir: RunsDir = None) -> int:
    """Stop a run after its step, with a checkpoint; wait until it has ended."""
    return running.stop(find_run(runs_dir or default_runs_dir(), run))


@cli.command()
def predict(
    run: Run,
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Texts to classify.")] = None,
    file: Annotated[str | None, typer.Option(help="A data file whose texts are classified.")] = None,
    to: Annotated[
        str | None, typer.Option("--output", help="Where its rows go, with what was predicted.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output if it is there.")
    ] = False,
    which: Which = "best",
    text_column: Text = None,
    encoding: Encoding = None,
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Classify texts, or the lines of standard input, or a file, with a checkpoint of a run.

    A file may be of any size. When that is interrupted, the same command goes on where it stopped.
    """
    found = find_run(runs_dir or default_runs_dir(), run)
    asked: dict[str, Any] = {"run": str(found.path), "which": _which(which), "device": device}
    if file is not None:
        if texts:
            raise Problem("texts and --file were both given", mend="Give one of them.")
        if to is None:
            raise Problem("--file needs --output", mend="Name the file to write, such as predictions.csv.")
        asked |= {"file": file, "output": to, "text_column": text_column, "encoding": encoding}
        written = predicting.predict_file(asked | {"overwrite": overwrite})
        if written is None:
            return INTERRUPTED
        output.show_file_predictions(written, as_json=as_json)
        return DONE
    if to is not None or overwrite:
        option = "--overwrite" if to is None else "--output"
        raise Problem(f"{option} needs --file", mend="Name the file to classify.")
    chosen = texts or asking.lines_of_standard_input(encoding)
    output.show_predictions(asking.ask("predict", asked | {"texts": chosen}), chosen, as_json=as_json)
    return DONE


@cli.command()
def evaluate(
    run: Run,
    data: Data,
    which: Which = "best",
    text_column: Text = None,
    label_column: Label = None,
    encoding: Encoding = None,
    subset: Subset = None,
    drop_bad_rows: Drop = False,
    device: Device = "auto",
    runs_dir: RunsDir = None,
    as_json: Json = False,
) -> int:
    """Compare a checkpoint of a run with labelled data."""
    found = find_run(runs_dir or default_runs_dir(), run)
    source = DataConfig(
        train=data,
        text_column=text_column,
        label_column=label_column,
        encoding=encoding,
        subset=subset,
        drop_bad_rows=drop_bad_rows,
    )
    asked = {
        "run": str(found.path),
        "data": source.model_dump(exclude_none=True),
        "which": _which(which),
        "device": device,
    }
    output.show_evaluation(asking.ask("evaluate", asked), as_json=as_json)
    return DONE


@cli.command()
def check(
    data: Data,
    model: Annotated[str, typer.Option(help="Whose tokenizer counts.")] = ModelConfig().name,
    max_length: Annotated[int, typer.Option(help="Longest text in tokens.")] = ModelConfig().max_length,
    validation: Annotated[str | None, typer.Option(help="Validation file.")] = None,
    test: Annotated[str | None, typer.Option(help="Test file.")] = None,
    text_column: Text = None,
    label_column: Label = None,
    encoding: Encoding = None,
    subset: Subset = None,
    drop_bad_rows: Drop = False,
    as_json: Json = False,
) -> int:
    """Report on data before training: problems, rows, labels, lengths, duplicates."""
    asked = build_config(
        {
            "data": {
                "train": data,
                "validation": validation,
                "test": test,
                "text_column": text_column,
                "label_column": label_column,
                "encoding": encoding,
                "subset": subset,
                "drop_bad_rows": drop_bad_rows,
            },
            "model": {"name": model, "max_length": max_length},
        }
    )
    report = asking.ask("check", {"config": asked.model_dump(exclude_none=True)})
    return output.show_check(report, as_json=as_json)


@cli.command()
def doctor(as_json: Json = False) -> int:
    """Say what this machine has, and what is missing."""
    return output.show_diagnoses(asking.ask("doctor", {}), as_json=as_json)


def _given(layer: Layer) -> Layer:
    return {
        section: {key: value for key, value in values.items() if value is not None}
        for section, values in layer.items()
    }


def _preset(name: str | None) -> Layer:
    if name is None:
        return {}
    if name not in PRESETS:
        raise Problem(f"there is no preset {name!r}", mend=f"There is {', '.join(PRESETS)}.")
    return PRESETS[name]


def _repeatable(layer: Layer) -> Layer:
    """A configuration whose run, when there is one already, is repeated under a new name."""
    output = layer.get("output", {})
    if not (isinstance(output, dict) and output.get("name")):
        return layer
    folder = Path(str(output.get("runs_dir") or default_runs_dir()))
    return layer | {"output": output | {"name": free_name(folder, str(output["name"]))}}


def _which(value: str) -> str:
    if value not in ("best", "last"):
        raise Problem(f"--which is {value!r}", mend="Write --which best or --which last.")
    return value
