"""`train --headless` in a terminal: printed lines and a progress bar."""

from pseudo_terminal import Open
from small_runs import Small

SLOW = 240.0


def test_lines_and_progress_bar_do_not_mix(open_terminal: Open, small: Small) -> None:
    terminal = open_terminal(
        *("train", str(small.train), "--validation", str(small.validation), "--model", str(small.model)),
        *("--max-length", "48", "--max-steps", "12", "--eval-steps", "4", "--device", "cpu"),
        *("--name", "lines", "--headless"),
        columns=150,
    )
    assert terminal.exit_code(SLOW) == 0
    lines = [line for line in terminal.text.splitlines() if line]
    assert lines[0].startswith("run lines: ")
    evaluations = [line for line in lines if "validation accuracy" in line]
    assert [line[:10] for line in evaluations] == ["step  4/12", "step  8/12", "step 12/12"]
    assert not [line for line in lines if "━" in line or line.startswith(("measuring", "training"))]
    assert lines[-2] == "finished at step 12"
