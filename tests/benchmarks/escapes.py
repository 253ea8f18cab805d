"""Data cannot control the terminal: hostile data on every screen and in every command.

`python -m tests.benchmarks.escapes` trains two tiny models on texts, labels, names and files full of escape
sequences, opens every screen and runs every command in a real terminal, and searches all bytes of the output
for them. It takes some minutes.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.runs.directory import RunDirectory
from core.runs.events import EventWriter, RunEnded, Warned
from tests.benchmarks.report import Report, Row, options_of
from tests.hostile.payloads import EVERYTHING, SENTINEL
from tests.hostile.searching import hits
from tests.terminal.pseudo_terminal import BERTCLS_TUI, PseudoTerminal

# Names of files and folders can have neither NUL nor a slash.
NAME = f"\x1b]52;c;{SENTINEL}\x07\x1b[2J\x9b31m\u202e[bold]"
ARGUMENT = EVERYTHING.replace("\0", "")
TEXT, LABEL = f"text {ARGUMENT}", f"label {ARGUMENT}"
_COLUMNS = ("--text-column", TEXT, "--label-column", LABEL)
_SHOWN = "␛]52;c;"
_LONG = 90.0


def make_data(folder: Path) -> Path:
    """Make a data file whose contents, name and folder are all hostile."""
    labels = [f"{kind} {EVERYTHING}" for kind in ("good", "bad", "mixed")]
    path = folder / f"{NAME}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row in range(90):
            text = f"{EVERYTHING} text {row} \ud83d" if row % 3 else f"repeated {EVERYTHING}"
            cells = {TEXT: text, LABEL: labels[row % 3], NAME: EVERYTHING}
            file.write(json.dumps(cells) + "\n")
    return path


def make_model(folder: Path, finished: Path) -> Path:
    """Copy a finished model to a hostile name, with hostile label names and settings."""
    shutil.copytree(finished, folder / NAME)
    file = folder / NAME / "config.json"
    content = json.loads(file.read_text())
    labels = {"0": EVERYTHING, "1": NAME}
    file.write_text(
        json.dumps(content | {"id2label": labels, "label2id": {EVERYTHING: 0, NAME: 1}, "name": EVERYTHING})
    )
    return folder / NAME


def make_run(runs: Path, finished: Path) -> Path:
    """Copy a finished run to a hostile name, with a hostile log and hostile last events."""
    copy = shutil.copytree(finished, runs / NAME)
    run = RunDirectory.open(copy)
    with run.log.open("a", encoding="utf-8") as log:
        log.write(f"logged {EVERYTHING}\n")
    events = EventWriter(run.events)
    events.write(Warned(message=f"warned {EVERYTHING}"))
    events.write(RunEnded(reason="failed", step=4, error=f"error {EVERYTHING}"))
    events.close()
    return copy


class Search:
    """Runs terminals in a folder, and counts escape sequences in their output."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.folder = folder
        self._report = report
        self._rows: list[Row] = []
        self.bytes = 0
        self.hits = 0
        self.covered = 0
        self.missed = 0

    @contextmanager
    def terminal(self, what: str, *arguments: str) -> Iterator[PseudoTerminal]:
        """A terminal that runs the program; its output is searched at the end."""
        terminal = PseudoTerminal(
            [BERTCLS_TUI, *arguments],
            columns=160,
            rows=50,
            folder=self.folder,
            environment=_environment(self.folder),
        )
        try:
            yield terminal
        finally:
            if terminal.process.poll() is None:
                terminal.process.terminate()
            terminal.exit_code()
            terminal.hang_up()
            self._count(what, terminal)

    def command(self, *arguments: str, code: int | None = 0) -> PseudoTerminal:
        """Run a command to its end."""
        with self.terminal(" ".join(arguments[:1]) or "home", *arguments) as terminal:
            found = terminal.exit_code(_LONG)
        if code is not None and found != code:
            raise RuntimeError(f"{arguments[0]} ended with {found}:\n{terminal.text}")
        return terminal

    def screens(self, terminal: PseudoTerminal, steps: Sequence[tuple[str, str]]) -> None:
        """Press keys one by one; after each, wait until the screen shows its sign, or hides it (`!`)."""
        for keys, sign in steps:
            if keys:
                terminal.send(keys)
            try:
                _wait(terminal, sign)
            except AssertionError as error:
                self.missed += 1
                self._report.say(f"after {keys!r} there is no {sign!r}: {error}")
                return
            self.covered += 1

    def _count(self, what: str, terminal: PseudoTerminal) -> None:
        found = hits(terminal.raw)
        self.bytes += len(terminal.raw)
        self.hits += sum(found.values())
        self.covered += 1
        row: Row = {
            "what": what,
            "bytes": len(terminal.raw),
            "hits": sum(found.values()),
            "found": str(found or ""),
        }
        self._report.say(
            f"{what}: {len(terminal.raw):,} bytes, ended with {terminal.process.returncode} {found}"
        )
        self._rows.append(row)
        self._report.keep("terminals", self._rows)


def search(found: Search) -> None:
    """Train, run every command, and open every screen."""
    folder, runs = found.folder, found.folder / "runs"
    data = make_data(folder)
    short = ("--max-steps", "4", "--eval-steps", "2", "--max-length", "48", "--device", "cpu", "--headless")
    again = ("--validation", str(data), "--test", str(data), *_COLUMNS)
    found.command("experiment", str(data), *again, "--models", "cnn,rnn", *short, "--name", "both")
    model = make_model(folder, runs / "both" / "cnn" / "model")
    found.command("train", str(data), *again, "--model", str(model), *short)
    hostile = str(make_run(runs, runs / "both" / "cnn"))
    commands(found, data, hostile)
    mistakes(found, data)
    screens(found, data, hostile)


def commands(found: Search, data: Path, run: str) -> None:
    """Run every command that prints something about data or runs."""
    for arguments in (
        ("check", str(data), "--model", "cnn", "--validation", str(data), *_COLUMNS),
        ("check", str(data), "--model", "cnn", "--rows", "duplicates", *_COLUMNS),
        ("check", str(data), "--model", "cnn", "--json", *_COLUMNS),
        ("list",),
        ("list", "--json"),
        ("predict", run, ARGUMENT, NAME),
        ("predict", run, NAME, "--json"),
        ("predict", run, "--file", str(data), "--output", str(found.folder / f"{NAME}.csv")),
        ("evaluate", run, str(data)),
        ("evaluate", run, str(data), "--json"),
        ("compare", "both"),
        ("compare", run, "both/rnn", "--json"),
        ("explain", run, ARGUMENT),
        ("report", run),
        ("report", run, "--json"),
        ("attach", run, "--headless"),
        ("attach", "both", "--headless"),
    ):
        found.command(*arguments, code=None)


def mistakes(found: Search, data: Path) -> None:
    """Run commands with errors that quote their input."""
    config = found.folder / "config.toml"
    config.write_text(f"[{json.dumps(NAME)}]\nx = 1\n", encoding="utf-8")
    damaged = found.folder / "damaged.toml"
    damaged.write_bytes(b"\x1b]52;c;S3NT1NEL\x07 = \xff")
    for arguments in (
        (NAME,),
        ("train", f"--{NAME}"),
        ("train", NAME),
        ("train", f"{NAME}.csv"),
        ("train", str(data), "--name", NAME),
        ("train", str(data), "--model", f"./{NAME}none"),
        ("train", str(data), "--text-column", NAME + "none", "--headless"),
        ("train", str(data), "--label-column", ARGUMENT, "--headless"),
        ("train", str(data), "--set", f"training.{NAME}=1"),
        ("train", str(data), "--set", NAME),
        ("train", str(data), "--set", f"training.seed={NAME}"),
        ("train", str(data), "--preset", NAME),
        ("train", "--config", str(config)),
        ("train", "--config", str(damaged)),
        ("train", "--config", NAME),
        ("train", str(data), "--device", NAME),
        ("train", str(data), "--max-steps", NAME),
        ("check", str(data), "--encoding", NAME),
        ("check", str(data), "--rows", NAME),
        ("attach", NAME + "none"),
        ("resume", NAME + "none"),
        ("stop", NAME),
        ("predict", "both", NAME),
        ("predict", NAME, NAME, "--which", NAME),
        ("evaluate", "both/cnn", NAME),
        ("report", "both/cnn", "--output", f"{NAME}.txt"),
        ("compare", NAME, "none"),
        ("list", "--runs-dir", NAME),
    ):
        found.command(*arguments, code=None)


def screens(found: Search, data: Path, run: str) -> None:
    """Open every screen."""
    escape = "\x1b"
    with found.terminal("home, dialog, palette, new run") as terminal:
        found.screens(
            terminal,
            [
                ("", "✗ failed"),
                ("x", "Checkpoints, model and curves go"),
                (escape, "!Checkpoints, model and curves go"),
                ("\x10", "Search for commands"),
                ("attach ", "Attach ␛"),
                (escape, "!Watch this run"),
                ("n", "choose a data file"),
                ("\x0f", _SHOWN),
            ],
        )
    with found.terminal("watch, log, try, explanation", "attach", run) as terminal:
        found.screens(
            terminal,
            [
                ("", "─ early stopping ─"),
                ("l", "─ trainer.log ─"),
                ("l", "─ early stopping ─"),
                ("/some [bold]words[/] to try\r", "tokens"),
                ("\x19", "empty text"),
                (escape, "─ early stopping ─"),
            ],
        )
    with found.terminal("evaluation, texts of a cell", "evaluate", run, "--screen") as terminal:
        found.screens(
            terminal,
            [("", "n confusion"), ("\r", "!n confusion"), (escape, "n confusion"), ("2", "[2 labels]")],
        )
    with found.terminal("data, rows", "data", str(data), "--model", "cnn", *_COLUMNS) as terminal:
        found.screens(terminal, [("", "tokens of cnn"), ("\r", "scroll text"), (escape, "read rows")])
    with found.terminal("experiment, comparison", "attach", "both") as terminal:
        found.screens(terminal, [("", "2 of 2"), ("c", "TF-IDF"), ("t", "only"), (escape, "2 of 2")])


def main() -> int:
    """Search, print the figures, and return 1 if anything was found."""
    options = options_of("escapes", __doc__).parse_args()
    report = Report("escapes", options)
    with tempfile.TemporaryDirectory() as folder:
        found = Search(Path(folder), report)
        try:
            search(found)
        finally:
            total: Row = {
                "screens and commands": found.covered,
                "bytes searched": found.bytes,
                "hits": found.hits,
            }
            report.keep("in all", [total])
            report.show()
    return 1 if found.hits or found.missed else 0


def _wait(terminal: PseudoTerminal, sign: str) -> None:
    word = sign.removeprefix("!")
    terminal.wait_until(lambda text: (word in text) == (word == sign), timeout=_LONG)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "BERTCLS_RUNS_DIR": str(folder / "runs"),
        "HF_HUB_OFFLINE": "1",
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


if __name__ == "__main__":
    sys.exit(main())
