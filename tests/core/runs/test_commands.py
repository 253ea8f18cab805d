"""Commands: posted by anyone, read once by the trainer that was there when they came."""

from pathlib import Path

from core.runs.commands import CommandReader, post


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


def test_lines_that_are_no_command_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    path.write_bytes(b'garbage\n\xff\n{"id":"1","name":"dance","time":1}\n\n{"id":2}\n')
    command = post(path, "checkpoint")
    assert reader.read() == [command]


def test_half_a_line_is_not_yet(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    line = b'{"id":"1","name":"pause","time":1}\n'
    path.write_bytes(line[:10])
    assert reader.read() == []
    path.write_bytes(line)
    assert [command.name for command in reader.read()] == ["pause"]


def test_a_reader_for_a_file_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    post(path, "pause")
    reader = CommandReader(path)
    path.unlink()
    assert reader.read() == []
