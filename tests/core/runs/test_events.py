"""Events: numbered without gaps, and followed each once and in order, however the file grows."""

import errno
import json
import os
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import evaluation, started, step

from core.config import build_config
from core.problems import Problem
from core.runs.events import AnyEvent, Blocked, EventFollower, EventWriter, RunEnded, Stage, Step, Warned

GIVEN: list[AnyEvent] = [
    Stage(name="reading data"),
    started(),
    step(1),
    step(2, loss=None),
    evaluation(2),
    Warned(message="two\nlines, a [red]tag[/red], \x1b[31m, \u2028 and 🙂"),
    RunEnded(reason="finished", step=2, best_step=2),
]


def write(path: Path, events: list[AnyEvent]) -> None:
    writer = EventWriter(path)
    for event in events:
        writer.write(event)
    writer.close()


def read(path: Path) -> list[AnyEvent]:
    return EventFollower(path).read()


def bare(events: list[AnyEvent]) -> list[AnyEvent]:
    """The events without number and time."""
    return [msgspec.structs.replace(event, seq=0, time=0.0) for event in events]


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, GIVEN)
    events = read(path)
    assert bare(events) == GIVEN
    assert [event.seq for event in events] == list(range(1, len(GIVEN) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert all(event.time > 1e9 for event in events)


def test_each_line_has_number_time_and_kind(tmp_path: Path) -> None:
    write(tmp_path / "events.jsonl", GIVEN)
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]
    assert [line["kind"] for line in lines[:3]] == ["stage", "run_started", "step"]
    assert all({"seq", "time", "kind"} <= line.keys() for line in lines)


def test_a_full_disk_leaves_no_partial_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.write(GIVEN[0])
    real, calls = os.write, iter([True, False])

    def write_half(file: int, data: bytes) -> int:
        if next(calls):
            return real(file, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("core.runs.events.writing.os.write", write_half)
        with pytest.raises(OSError, match="No space"):
            writer.write(GIVEN[1])
    writer.write(GIVEN[2])
    writer.close()
    assert bare(read(path)) == [GIVEN[0], GIVEN[2]]
    assert [event.seq for event in read(path)] == [1, 2]


def test_events_can_be_written_after_a_damaged_last_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, GIVEN[:2])
    with path.open("ab") as file:
        file.write(b"\x00\x00\x00\n")
    write(path, GIVEN[2:3])
    assert [event.seq for event in read(path)] == [1, 2, 3]


def test_events_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "events.jsonl", GIVEN)
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_new_writer_continues_the_numbering(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for events in (GIVEN[:3], [], GIVEN[3:]):
        write(path, events)
    assert [event.seq for event in read(path)] == list(range(1, len(GIVEN) + 1))


@pytest.mark.parametrize("torn", [b"{", b'{"kind":"step","seq":4,"ti', b'{"kind":"stage"}', b"x" * 200_000])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "events.jsonl"
    write(path, GIVEN[:3])
    with path.open("ab") as stream:
        stream.write(torn)
    follower = EventFollower(path)
    assert bare(follower.read()) == GIVEN[:3]
    write(path, GIVEN[3:])
    assert bare(follower.read()) == GIVEN[3:]
    assert follower.unreadable == 0
    assert [event.seq for event in read(path)] == list(range(1, len(GIVEN) + 1))


def test_a_file_of_a_single_torn_line_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"kind":')
    write(path, GIVEN[:1])
    assert [event.seq for event in read(path)] == [1]


def test_numbering_continues_after_a_very_long_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, [Warned(message="x" * 300_000)])
    write(path, GIVEN[:1])
    assert [event.seq for event in read(path)] == [1, 2]


def test_nan_and_infinity_become_none(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    nan, infinity = float("nan"), float("inf")
    write(path, [Step(step=1, epoch=0.0, loss=nan, learning_rate=1e-3, grad_norm=infinity)])
    assert b"null" in path.read_bytes()
    (event,) = read(path)
    assert isinstance(event, Step)
    assert event.loss is None
    assert event.grad_norm is None


@given(st.floats(-1e6, 1e6), st.floats(0, 1e9), st.integers(0, 1 << 60))
def test_figures_of_a_step_are_rounded_and_counts_are_not(loss: float, rate: float, number: int) -> None:
    rounded = step(number, loss=loss, speed=rate).rounded()
    assert rounded.step == number
    assert rounded.loss == pytest.approx(loss, rel=5e-7, abs=0)
    assert rounded.documents_per_second == pytest.approx(rate, rel=5e-7, abs=0)
    assert max(len(repr(rounded.loss)), len(repr(rounded.documents_per_second))) <= 14
    assert step(1, loss=None).rounded() == step(1, loss=None)


def test_a_missing_file_has_no_events_yet(tmp_path: Path) -> None:
    follower = EventFollower(tmp_path / "events.jsonl")
    assert follower.read() == []
    write(tmp_path / "events.jsonl", GIVEN[:2])
    assert bare(follower.read()) == GIVEN[:2]
    assert follower.read() == []


def test_unreadable_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, GIVEN[:1])
    with path.open("ab") as stream:
        stream.write(b'{"kind":"comet","seq":2,"time":1}\nnonsense\n\xff\xfe\n\n{"seq":3}\n')
    follower = EventFollower(path)
    assert bare(follower.read()) == GIVEN[:1]
    assert follower.unreadable == 4


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"kind":"stage","seq":1,"time":1,"name":"x","colour":"blue"}\n')
    assert read(path) == [Stage(seq=1, time=1, name="x")]


@given(numbers=st.lists(st.integers(0, 100_000), max_size=20))
def test_a_follower_sees_each_event_once_however_the_file_grows(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("growing")
    write(folder / "whole", GIVEN)
    content = (folder / "whole").read_bytes()
    cuts = sorted(number % (len(content) + 1) for number in numbers)
    follower, seen = EventFollower(folder / "grows"), []
    for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        with (folder / "grows").open("ab") as stream:
            stream.write(content[start:end])
        seen += follower.read()
        assert len(seen) == content[:end].count(b"\n")
    assert bare(seen) == GIVEN
    assert follower.unreadable == 0


def test_a_limit_splits_the_events_into_pieces(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, [step(number) for number in range(1, 101)])
    follower, pieces = EventFollower(path), []
    while piece := follower.read(limit=1000):
        pieces.append(len(piece))
    assert len(pieces) > 5
    assert sum(pieces) == 100


@pytest.mark.parametrize("damaged", [b"{}\n" * 50_000, b"\xff" * 200_000 + b"\n", b"\0" * 100_000])
def test_numbering_continues_after_any_amount_of_damage(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "events.jsonl"
    write(path, GIVEN)
    with path.open("ab") as file:
        file.write(damaged)
    write(path, [Stage(name="again")])
    follower = EventFollower(path)
    assert follower.read(1 << 30)[-1].seq == len(GIVEN) + 1


def test_a_line_too_long_for_an_event_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is read only once, with or without its end."""
    monkeypatch.setattr("core.runs.events.reading.MAX_LINE", 1000)
    path = tmp_path / "events.jsonl"
    follower = EventFollower(path)
    path.write_bytes(b"x" * 5000)
    assert list(follower.pieces(limit=300)) == []
    assert follower.offset > 4000
    with path.open("ab") as file:
        file.write(b"\n" + msgspec.json.encode(step(1)) + b"\n")
    assert [events for events in follower.pieces(limit=300) if events] == [[step(1)]]


@pytest.mark.parametrize(
    "wrong", [{"step": -1}, {"step": 10**40}, {"time": -1.0}, {"time": 1e300}, {"seq": -1}]
)
def test_events_with_impossible_figures_are_skipped(tmp_path: Path, wrong: dict[str, float]) -> None:
    path = tmp_path / "events.jsonl"
    damaged = json.loads(msgspec.json.encode(step(1))) | wrong
    path.write_bytes(json.dumps(damaged).encode() + b"\n" + msgspec.json.encode(step(2)) + b"\n")
    assert EventFollower(path).read() == [step(2)]


def test_events_hold_the_largest_values_of_a_configuration(tmp_path: Path) -> None:
    """The largest values of a configuration and of a disk fit into events."""
    most = 10**9
    settings = {"max_steps": most, "eval_steps": most, "train_batch_size": most, "eval_batch_size": most}
    config = build_config(
        {
            "training": settings,
            "stopping": {"patience": most, "start_from": most},
            "output": {"disk_wait": most},
        }
    )
    beyond = [("training", name) for name in settings] + [("stopping", "patience"), ("output", "disk_wait")]
    for section, name in beyond:
        with pytest.raises(Problem, match=name):
            build_config({section: {name: most + 1}})
    begun = started(
        **settings,
        patience=config.stopping.patience,
        patience_from=most,
        free_bytes=sys.maxsize,
        evaluations=0,
    )
    blocked = Blocked(what="it", reason="full", folder="~", seconds=config.output.disk_wait)
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.write(begun)
    writer.write(blocked)
    assert len(EventFollower(tmp_path / "events.jsonl").read()) == 2
