"""`steer` and `stop --after`, with a trainer process and without one."""

from pathlib import Path

from commands import bertcls
from small_runs import Small
from trainers import ENDLESS, Trainer

from core.runs.directory import RunDirectory
from core.runs.history import read_history


def test_each_command_to_a_run_is_acknowledged_or_rejected(
    small: Small, tmp_path: Path, processes: list[Trainer]
) -> None:
    config = small.config(
        tmp_path, {"output": {"name": "steered"}}, max_steps=ENDLESS, eval_steps=ENDLESS, warmup=0.0
    )
    trainer = Trainer.start(config)
    processes.append(trainer)
    # The trainer still loads its libraries. It obeys after the first step.
    found = bertcls("steer", "steered", "--pause", "--patience", 7, "--note", "half", runs_dir=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == "step 1: paused\nstep 1: patience 7\nstep 1: half\n"
    found = bertcls("steer", "steered", "--max-steps", 1, "--learning-rate-factor", 0.5, runs_dir=tmp_path)
    assert found.returncode == 2
    assert found.stdout == "step 1: learning rate: 0.5 × the planned rate\n"
    assert found.stderr == "bertcls-tui: --max-steps 1: step 1 has already been trained; use `stop`\n"
    found = bertcls("steer", "steered", "--eval-steps", 5, "--resume", runs_dir=tmp_path)
    assert "step 1: training continues" in found.stdout
    found = bertcls("stop", "steered", "--after", "evaluation", runs_dir=tmp_path)
    assert found.returncode == 0
    assert "stopping steered after its next evaluation" in found.stdout
    ended = read_history(trainer.run).ended
    assert ended is not None
    assert ended.reason == "stopped"
    assert ended.step % 5 == 0
    found = bertcls("steer", "steered", "--pause", runs_dir=tmp_path)
    assert found.returncode == 2
    assert (
        "not delivered: the run has already ended (stopped). Continue it with `bertcls-tui resume steered`."
        in found.stderr
    )


def test_invalid_commands_are_rejected(finished_run: RunDirectory) -> None:
    for arguments, part in [
        ((), "nothing to change"),
        (("--patience", 3), "not delivered: the run has already ended (finished)"),
    ]:
        found = bertcls("steer", finished_run.path, *arguments)
        assert (found.returncode, found.stdout) == (2, "")
        assert part in found.stderr.lower()
    found = bertcls("stop", finished_run.path, "--after", "lunch")
    assert found.returncode == 2
    assert "--after is 'lunch'" in found.stderr
