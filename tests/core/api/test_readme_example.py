"""The example of the README, run as it stands there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_the_example_of_the_readme_runs_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"## From Python\n.*?```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found
    lines = found[1].strip().splitlines()
    assert len(lines) <= 12
    monkeypatch.chdir(ROOT)  # it names files of sample_data
    monkeypatch.setenv("BERTCLS_RUNS_DIR", str(tmp_path))
    exec(compile(found[1], "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == found[1].count("print(") + 1  # two texts are classified
    assert any("positive" in line or "negative" in line for line in printed)
    assert [*tmp_path.iterdir()]
