"""Fuzzing targets: everything that reads bytes from outside, as functions of bytes."""

import contextlib
import io
import json
import random
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec

from core.config import build_config, parse_setting, read_config
from core.data.columns.columns import find_columns
from core.data.tables.table import Table
from core.experiments.directory import read_members
from core.problems import Problem
from core.reports.facts import gather
from core.reports.markdown import as_text
from core.reports.writing import document
from core.runs import probes, tried_texts
from core.runs.commands import Command, CommandReader
from core.runs.directory import RunDirectory
from core.runs.events import (
    Acknowledged,
    Blocked,
    Checkpoint,
    EventFollower,
    Launched,
    MemoryShort,
    NotFinite,
    Probed,
    RolledBack,
    RunEnded,
    RunStarted,
    Step,
    Unblocked,
    Warned,
)
from core.runs.history import History, read_history
from core.runs.listing import summarize
from core.runs.state import RunState, unresponsive_seconds
from tests.benchmarks.synthetic_run import plan, training_events
from tests.hostile import json_lines
from tests.hostile.corpus import mutated
from tests.hostile.exports import EXPORTS, FORMS, lines
from tests.hostile.files import zipped
from tests.hostile.trying import read_as_data
from tui.headless.lines import RunLines
from tui.widgets.charts.plot import draw
from tui.widgets.charts.run_curves import RunCurves, loss_frame, metric_frame
from tui.widgets.run import facts as figures
from tui.widgets.run import status_line

_FORMS = tuple(json.dumps(form).encode() for form in FORMS.values())


@dataclass(frozen=True)
class Target:
    """A reader, with valid seed inputs."""

    name: str
    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]
    change: Callable[[bytes, random.Random], bytes] = mutated
    is_slow: bool = False
    """Whether it starts a process for each input."""

    def try_one(self, data: bytes) -> bool:
        """Whether `data` is read, and not rejected with a Problem. Other exceptions propagate."""
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
            self.read(data, Path(folder))
            return True
        return False


def _data(ending: str) -> Callable[[bytes, Path], object]:
    def read(data: bytes, folder: Path) -> None:
        path = folder / f"data{ending}"
        path.write_bytes(data)
        read_as_data(path)

    return read


def _changed_within(data: bytes, chance: random.Random) -> bytes:
    """An archive with changed bytes in a member, and valid checksums; one time in four, any bytes of it."""
    if chance.randrange(4):
        with contextlib.suppress(
            zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError, IndexError
        ):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = {info.filename: archive.read(info) for info in archive.infolist()}
            sizes = [len(content) for content in members.values()]
            name = chance.choices(list(members), sizes if any(sizes) else None)[0]
            return zipped(members | {name: mutated(members[name], chance)})
    return mutated(data, chance)


def _columns(data: bytes, folder: Path) -> None:
    """Column detection, on cells parsed from JSON."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(data)
        if isinstance(found, dict) and all(isinstance(cells, list) for cells in found.values()):
            shortest = min(map(len, found.values()), default=0)
            cells = {name: values[:shortest] for name, values in found.items()}
            for problem in find_columns(Table("made", cells, range(1, shortest + 1)), None, None).problems:
                raise problem


def _events(data: bytes, folder: Path) -> None:
    path = folder / "events.jsonl"
    path.write_bytes(data)
    for every_step in (True, False):
        history = History()
        for events in EventFollower(path, every_step=every_step).pieces():
            history.extend(events)


def _shown(data: bytes, folder: Path) -> None:
    """Screens, printed lines and reports of the events of a run."""
    run = RunDirectory(folder)
    run.events.write_bytes(data)
    (folder / "config.toml").write_bytes(_CONFIG)
    history, events = read_history(run), EventFollower(run.events).read()
    for state in get_args(RunState):
        figures.stopping(history, state)
        status_line.items_of(history, state, is_narrow=True)
        unresponsive_seconds(history, state, 100.0)
    figures.run(history, None)
    curves = RunCurves().following(history)
    for frame in (loss_frame, metric_frame):
        draw(frame(history, curves, ""), 40, 8)
    for is_member in (False, True):
        lines = RunLines(run, is_member=is_member)
        for event in events:
            lines.add(event)
    as_text(document(gather(run)))
    summarize(run)


def _commands(data: bytes, folder: Path) -> None:
    path = folder / "commands.jsonl"
    path.write_bytes(data)
    CommandReader(path, since=0.0).read()


def _lines(data: bytes, folder: Path) -> None:
    """Tried and pinned texts."""
    (folder / "predictions").mkdir()
    for name in ("tried", "probes"):
        (folder / "predictions" / f"{name}.jsonl").write_bytes(data)
    tried_texts.read(folder)
    probes.read(folder)


def _config(data: bytes, folder: Path) -> None:
    path = folder / "config.toml"
    path.write_bytes(data)
    build_config(read_config(path)).to_toml()


def _members(data: bytes, folder: Path) -> None:
    path = folder / "experiment.toml"
    path.write_bytes(data)
    read_members(path)


def _setting(data: bytes, folder: Path) -> None:
    build_config(parse_setting(data.decode(errors="surrogateescape")))


_EVENTS = b"".join(
    msgspec.json.encode(event) + b"\n"
    for event in (
        Step(
            seq=1, time=1.0, step=1, epoch=0.1, loss=0.5, learning_rate=1e-4, grad_norm=1.0,
            documents_per_second=9.0, tokens_per_second=99.0, padding=0.1,
        ),
        RunEnded(seq=2, time=2.0, reason="failed", step=1, error="none"),
    )
)  # fmt: skip
_RUN = b"".join(
    msgspec.json.encode(msgspec.structs.replace(event, seq=number, time=float(number))) + b"\n"
    for number, event in enumerate(
        (
            Launched(pid=1),
            RunStarted(plan=plan(40), pid=1, host="host", device_name="CPU", token_budget=2048),
            *training_events(plan(40), 1, 20),
            Checkpoint(step=20, is_best=True, bytes=9, seconds=0.1),
            Acknowledged(id="a", name="eval_steps", step=20, value=5.0),
            Acknowledged(id="b", name="learning_rate", step=20, value=0.5),
            Probed(step=20, probabilities={"0123456789abcdef": [0.5, 0.5]}),
            Blocked(what="the events", reason="full", folder="~", needed=9, seconds=9.0),
            Unblocked(what="the events", seconds=9.0),
            MemoryShort(step=21, before=2048, token_budget=1024),
            *training_events(plan(40), 21, 25),
            NotFinite(step=26, what="loss"),
            RolledBack(step=26, to_step=20, what="loss", learning_rate_factor=0.5),
            RunStarted(plan=plan(40), pid=1, host="host", device_name="CPU", resumed_from=20),
            *training_events(plan(40), 21, 40),
            Warned(message="it is late"),
        ),
        1,
    )
)
_CONFIG = b'[data]\ntrain = "a.csv"\n[model]\nname = "cnn"\n[cnn]\nwidths = [2, 3]\n[training]\nseed = 1\n'
_MEMBERS = b'[[members]]\nname = "a"\nmodel = "cnn"\nseed = 1\n[members.settings.data]\ntrain = "a.csv"\n'


_REVIEWS = [(f"a text, number {row}; or so", f"label {row % 2}") for row in range(12)]
_DIALECTS = tuple(
    text.encode()
    for text in (
        "sep=;\ntext;label\n" + "".join(f'"{text}";{label};;\n' for text, label in _REVIEWS),
        "Title, of all\n\nnr|text|label\n" + "".join(f"1,5|{text}|{label}\n" for text, label in _REVIEWS),
        "text,label\n" + "".join(f'"{text} \\"so\\"", "{label}"\n' for text, label in _REVIEWS),
        "".join(f"'{text}\r','{label}'\n" for text, label in _REVIEWS),
    )
)
_LINES = tuple(
    text.encode()
    for text in (
        "".join(f"__label__{label[-1]} __label__x {text}\n" for text, label in _REVIEWS),
        "".join(f"{text}\t{label}\n" for text, label in _REVIEWS),
        "".join(f"{text}\n" for text, _ in _REVIEWS),
        json.dumps([{"text": text, "label": label} for text, label in _REVIEWS]),
    )
)
_ENCODED = tuple(
    ("text,label\n" + "".join(f'"{word} {row}",{row % 2}\n' for row in range(12))).encode(codec)
    for codec, word in (
        ("cp1252", "très café"),
        ("gb18030", "这家餐厅"),
        ("shift_jis", "とても美味しい"),
        ("koi8-r", "отличный"),
        ("utf-16-le", "отличный"),
    )
)


def _targets() -> list[Target]:
    from tests.hostile.files import CONTENT, arrow, open_document, workbook

    more = {
        ".arrow": (arrow(is_stream=False), arrow(is_stream=True)),
    }
    archives = zipped({"data.csv": CONTENT[".csv"]}), zipped({"data.parquet": CONTENT[".parquet"]})
    return [
        *(Target(f"data {ending}", _data(ending), (content,)) for ending, content in CONTENT.items()),
        *(Target(f"data {ending}", _data(ending), seeds) for ending, seeds in more.items()),
        Target("data .zip", _data(".zip"), archives, _changed_within),
        Target("data .xlsx", _data(".xlsx"), (workbook(),), _changed_within, is_slow=True),
        Target("data .ods", _data(".ods"), (open_document(),), _changed_within, is_slow=True),
        Target("exports", _data(".jsonl"), tuple(map(lines, EXPORTS.values())), json_lines.changed),
        Target("forms of JSON", _data(".json"), _FORMS, json_lines.changed),
        Target("bytes of JSON", _data(".json"), _FORMS),
        Target("other dialects", _data(".csv"), _DIALECTS),
        Target("data .txt", _data(".txt"), _LINES),
        Target("other encodings", _data(".csv"), _ENCODED),
        Target("columns", _columns, (b'{"text": ["a", "b"], "label": [1, 2.5], "x": [null, ["y"]]}',)),
        Target("events", _events, (_EVENTS,)),
        Target("a run that is shown", _shown, (_RUN,), json_lines.changed),
        Target("commands", _commands, (msgspec.json.encode(Command(id="a", name="stop", time=1.0)) + b"\n",)),
        Target(
            "tried, pinned",
            _lines,
            (b'{"text":"a","which":"best","step":1,"labels":["x"],"probabilities":[1]}\n',),
        ),
        Target("config.toml", _config, (_CONFIG,)),
        Target("experiment.toml", _members, (_MEMBERS,)),
        Target("--set", _setting, (b"training.seed=7", b"data.train=a", b"cnn.widths=[1,2]")),
    ]


TARGETS = {target.name: target for target in _targets()}
