"""Reading events in blocks equals reading them line by line, for any damaged or cut file."""

from array import array
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import acknowledged, checkpoint, evaluation, started, step, stopping

from core.runs.directory import RunDirectory
from core.runs.events import AnyEvent, Blocked, EventFollower, Launched, RunEnded, Stage, Unblocked, Warned
from core.runs.history import History, read_history, read_outline
from core.runs.listing import RunLister, summarize
from core.runs.step_series import condense

numbers = st.integers(0, 40)
training_steps = st.builds(step, numbers, st.none() | st.floats(0, 9), st.none() | st.floats(0, 99))
other_events = st.one_of(
    st.builds(started, st.none() | numbers),
    st.builds(evaluation, numbers, st.floats(0, 1), st.sampled_from(["validation", "test"])),
    st.builds(stopping, numbers, st.none() | st.floats(0, 1), st.none() | numbers),
    st.builds(checkpoint, numbers, st.booleans()),
    st.builds(acknowledged, st.sampled_from(["pause", "resume", "evaluate"]), numbers, st.booleans()),
    st.builds(Warned, message=st.sampled_from(["", '}\n{"kind":"step"', "\u2028🙂"])),
    st.builds(Stage, name=st.sampled_from(["saving", "training"])),
    st.builds(Launched, pid=numbers),
    st.builds(Unblocked, what=st.just("the log"), seconds=st.just(1.0)),
    st.builds(
        Blocked, what=st.just("the log"), reason=st.just(""), folder=st.just("/"), seconds=st.just(1.0)
    ),
    st.builds(RunEnded, reason=st.sampled_from(["stopped", "failed"]), step=numbers),
)
some_events = st.lists(st.lists(training_steps, max_size=6) | st.lists(other_events, max_size=2), max_size=8)


def lines_of(groups: list[list[AnyEvent]]) -> list[bytes]:
    events = [event for group in groups for event in group]
    stamped = [
        msgspec.structs.replace(event, seq=seq, time=float(seq)) for seq, event in enumerate(events, 1)
    ]
    return [msgspec.json.encode(event) for event in stamped]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """Lines of which some are cut, joined, divided, overwritten or foreign."""
    content = b""
    for line in lines_of(draw(some_events)):
        at, end = draw(st.integers(0, len(line) - 1)), b"\n"
        match draw(st.sampled_from(["whole"] * 12 + ["cut", "joined", "divided", "overwritten", "foreign"])):
            case "cut":
                line = line[:at]
            case "joined":
                end = draw(st.sampled_from([b"", b" ", b","]))
            case "divided":
                line = line.replace(b',"', draw(st.sampled_from([b',\n"', b'\n,"'])), 1)
            case "overwritten":
                line = line[:at] + bytes([draw(st.integers(0, 255))]) + line[at + 1 :]
            case "foreign":
                line = draw(st.sampled_from([b"", b"{}", b"null", b'{"kind":"comet"}', b"\xff", b"[", b"}"]))
        content += line + end
    return content + draw(st.sampled_from([b"", b"{", b'{"kind":"stage","name":"x"}']))


def decode_each(content: bytes) -> tuple[list[AnyEvent], int]:
    """Decode complete lines one by one; return the events and the number of unreadable lines."""
    events, unreadable = [], 0
    for line in content.split(b"\n")[:-1]:
        try:
            if line:
                events.append(msgspec.json.decode(line, type=AnyEvent))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            unreadable += 1
    return events, unreadable


def facts(history: History) -> dict[str, Any]:
    """All attributes of a history; curves as lists of strings, so that gaps are equal."""
    figures = vars(history.steps).items()
    columns = {name: list(map(repr, column)) for name, column in figures if isinstance(column, array)}
    return vars(history) | {"steps": columns}


@given(content=damaged_files(), limit=st.integers(1, 4000))
def test_reading_in_pieces_equals_reading_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, limit: int
) -> None:
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    path.write_bytes(content)
    follower, history, condensed, one_by_one = EventFollower(path), History(), History(), History()
    pieces = list(follower.pieces(limit))
    events, unreadable = decode_each(content)
    assert [event for piece in pieces for event in piece] == events
    assert follower.unreadable == unreadable
    assert follower.read() == []
    for piece in pieces:
        history.extend(piece)
        condensed.extend(list(condense(piece)))
    for event in events:
        one_by_one.apply(event)
    assert facts(history) == facts(condensed) == facts(one_by_one)


@given(content=damaged_files(), limit=st.integers(1, 4000))
def test_an_outline_lacks_only_the_curves(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, limit: int
) -> None:
    run = RunDirectory(tmp_path_factory.mktemp("run"))
    run.events.write_bytes(content)
    pieces = EventFollower(run.events, every_step=False).pieces(limit)
    outline, history = facts(History.of(chain.from_iterable(pieces))), facts(read_history(run))
    assert facts(read_outline(run))["last_step"] == history["last_step"]
    assert outline.pop("count") <= history.pop("count")
    del outline["steps"], history["steps"]
    assert outline == history


@given(content=damaged_files(), cuts=st.lists(st.integers(0, 100_000), max_size=6))
def test_a_lister_that_follows_agrees_with_a_new_one(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    run = RunDirectory.create(folder, "run", unique=True)
    run.write_config("")
    lister, written = RunLister(folder), 0
    for cut in [*sorted(cut % (len(content) + 1) for cut in cuts), len(content)]:
        with run.events.open("ab") as file:
            file.write(content[written:cut])
        written = cut
        assert lister.read() == [summarize(run)]


def test_a_run_that_replaces_another_is_read_from_the_start(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "run", unique=True)
    run.write_config("")
    lister = RunLister(tmp_path)

    def listed_steps() -> list[int]:
        return [summary.step for summary in lister.read()]

    assert listed_steps() == [0]
    long, short = (b"".join(line + b"\n" for line in lines_of([[step(8)] * count])) for count in (3, 2))
    run.events.write_bytes(long)
    assert listed_steps() == [8]
    beside = run.path / "copy"
    beside.write_bytes(long.replace(b'"step":8', b'"step":7'))
    beside.replace(run.events)
    assert listed_steps() == [7]
    run.events.write_bytes(short)
    assert listed_steps() == [8]
    run.events.unlink()
    assert listed_steps() == [0]
