"""What reads bytes from outside, each as a function of bytes: what the fuzzers try."""

import contextlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.config import build_config, parse_setting, read_config
from core.data.columns import find_columns
from core.data.table import Table
from core.experiments.directory import read_members
from core.problems import Problem
from core.runs import probes, tried
from core.runs.commands import Command, CommandReader
from core.runs.events import EventFollower, RunEnded, Step
from core.runs.history import History
from tests.hostile.trying import read_as_data


@dataclass(frozen=True)
class Target:
    """A reader, with sound input to begin from."""

    name: str
    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]

    def try_one(self, data: bytes) -> bool:
        """Whether `data` is read; else it is refused in a sentence. Anything else is raised."""
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


def _columns(data: bytes, folder: Path) -> None:
    """Column detection, on the cells that JSON spells."""
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


def _commands(data: bytes, folder: Path) -> None:
    path = folder / "commands.jsonl"
    path.write_bytes(data)
    CommandReader(path, since=0.0).read()


def _lines(data: bytes, folder: Path) -> None:
    """What was tried and pinned."""
    (folder / "predictions").mkdir()
    for name in ("tried", "probes"):
        (folder / "predictions" / f"{name}.jsonl").write_bytes(data)
    tried.read(folder)
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
_CONFIG = b'[data]\ntrain = "a.csv"\n[model]\nname = "cnn"\n[cnn]\nwidths = [2, 3]\n[training]\nseed = 1\n'
_MEMBERS = b'[[members]]\nname = "a"\nmodel = "cnn"\nseed = 1\n[members.settings.data]\ntrain = "a.csv"\n'


def _targets() -> list[Target]:
    from tests.hostile.files import CONTENT

    return [
        *(Target(f"data {ending}", _data(ending), (content,)) for ending, content in CONTENT.items()),
        Target("columns", _columns, (b'{"text": ["a", "b"], "label": [1, 2.5], "x": [null, ["y"]]}',)),
        Target("events", _events, (_EVENTS,)),
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
