"""Commands: posted by any process, read once by the trainer that runs at the time."""

import errno
import os
from pathlib import Path

import pytest

from core.problems import Problem
from core.runs.commands import CommandReader, post
from core.runs.directory import RESERVE
from core.runs.disk_space import Reserve


def test_commands_are_read_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    assert reader.read() == []
    posted = [post(path, "pause"), post(path, "resume"), post(path, "stop")]
    assert reader.read() == posted
    assert reader.read() == []
    assert len({command.id for command in posted}) == 3


def test_commands_for_an_earlier_trainer_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    post(path, "stop")
    reader = CommandReader(path)
    command = post(path, "evaluate")
    assert reader.read() == [command]


def test_invalid_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    path.write_bytes(b'garbage\n\xff\n{"id":"1","name":"dance","time":1}\n\n{"id":2}\n')
    command = post(path, "checkpoint")
    assert reader.read() == [command]


def test_a_partial_line_is_read_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    line = b'{"id":"1","name":"pause","time":1}\n'
    path.write_bytes(line[:10])
    assert reader.read() == []
    path.write_bytes(line)
    assert [command.name for command in reader.read()] == ["pause"]


def test_a_deleted_file_has_no_commands(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    post(path, "pause")
    reader = CommandReader(path)
    path.unlink()
    assert reader.read() == []


def test_a_partial_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has space for half a line until the reserve is released."""
    path, write, parts = tmp_path / "commands.jsonl", os.write, [40, 0]
    Reserve(tmp_path / RESERVE).keep()

    def write_in_parts(file: int, data: bytes) -> int:
        if parts and not (part := parts.pop(0)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:part] if parts else data)

    reader = CommandReader(path)
    monkeypatch.setattr(os, "write", write_in_parts)
    command = post(path, "note", text="a" * 100)
    assert reader.read() == [command]
    assert not (tmp_path / RESERVE).exists()


def test_a_dropped_command_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    first, second = post(path, "pause"), post(path, "stop")
    assert reader.peek() == [first, second]
    reader.drop_first()
    third = post(path, "note", text="late")
    assert reader.peek() == [second, third]
    assert reader.read() == [second, third]


def test_a_command_that_cannot_be_posted_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="he text of the command is not UTF-8"):
        post(tmp_path / "commands.jsonl", "note", text="a\udcff")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Problem, match="the command cannot be written .Is a directory"):
        post(tmp_path / "folder", "stop")
    assert CommandReader(tmp_path / "folder").read() == []
