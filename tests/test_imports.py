"""The engine imports no screen, screens import no heavy library, and `core` is always this project's own."""

import ast
import graphlib
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.config import DataConfig
from core.protocol import InspectData, encode_call
from core.runs.launch import child_environment

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.usefixtures("cold_start")


def modules_of(package: str) -> list[str]:
    paths = sorted((ROOT / package).rglob("*.py"))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths
    ]


def imported_by(modules: list[str]) -> set[str]:
    """The top-level packages that importing `modules` loads in a new process."""
    program = f"""
        import importlib, sys
        for name in {modules!r}:
            importlib.import_module(name)
        print(*{{name.partition(".")[0] for name in sys.modules}})
    """
    found = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(),
    )
    # Importing prints nothing: the only line is ours.
    (line,) = found.stdout.splitlines()
    return set(line.split())


def test_core_never_imports_a_screen() -> None:
    """Its libraries do not either. `__main__` is skipped, as it would start a trainer."""
    modules = [name for name in modules_of("core") if not name.endswith("__main__")]
    assert "core.training.run" in modules
    assert not imported_by(modules) & {"textual", "tui"}


def test_core_itself_never_imports_rich_or_textual() -> None:
    """Libraries of `core` may import rich; `core` itself may not."""
    for path in (ROOT / "core").rglob("*.py"):
        for line in path.read_text().splitlines():
            assert not line.strip().startswith(("import rich", "from rich", "import textual", "from textual"))


def imports_of(top: str) -> dict[str, set[str]]:
    """The modules of `top` with their imports of this project, including late and TYPE_CHECKING imports."""
    ours = set(modules_of("core")) | set(modules_of("tui"))
    found: dict[str, set[str]] = {}
    for module in modules_of(top):
        path = ROOT.joinpath(*module.split("."))
        source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
        names = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{module}:{node.lineno} is a relative import"
                for each in node.names:
                    full = f"{node.module}.{each.name}"
                    names.add(full if full in ours else str(node.module))
            elif isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
        found[module] = {name for name in names & ours if name != module}
    return found


def listed_order(first: str) -> list[str]:
    """The packages in the list of CONTRIBUTING.md that begins with `first`, the lowest one first."""
    listed = re.search(
        rf"^```\n({first},.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert listed
    return re.findall(r"\w+", listed[1])


@pytest.mark.parametrize(("package", "lowest"), [("core", "problems"), ("core.data", "tables")])
def test_packages_have_one_order(package: str, lowest: str) -> None:
    order, depth = listed_order(lowest), package.count(".") + 1
    folder = ROOT.joinpath(*package.split("."))
    files = [path for path in folder.rglob("*.py") if path != folder / "__init__.py"]
    there = {Path(path.relative_to(folder).parts[0]).stem for path in files}
    assert there == set(order)
    for module, imported in imports_of("core").items():
        own = module.split(".")
        for name in imported:
            other = name.split(".")
            inside = ".".join(own[:depth]) == ".".join(other[:depth]) == package
            if inside and own[depth:] and other[depth:] and own[depth] != other[depth]:
                assert order.index(other[depth]) < order.index(own[depth]), (
                    f"{module} imports {name}, which stands above it"
                )


def test_core_never_imports_tui() -> None:
    for module, imported in imports_of("core").items():
        assert not any(name.split(".")[0] == "tui" for name in imported), module


def test_no_modules_import_each_other() -> None:
    graph = imports_of("core") | imports_of("tui")
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_tui_never_imports_the_heavy_libraries() -> None:
    modules = modules_of("tui")
    assert "tui.screens.watch" in modules
    heavy = {"torch", "transformers", "datasets", "tokenizers", "accelerate", "sklearn", "pyarrow", "pandas"}
    assert not imported_by(modules) & heavy


def test_the_service_starts_without_the_heavy_libraries() -> None:
    """Each request loads the libraries that it needs: inspecting a file waits for none of them."""
    heavy = {"torch", "transformers", "datasets", "tokenizers", "sklearn", "scipy", "pandas", "pyarrow"}
    assert not imported_by(["core.service"]) & heavy


@pytest.fixture
def impostors(tmp_path: Path) -> Path:
    """A folder of modules named like ours and like our libraries; each leaves a trace when it is imported."""
    trace = f"open({str(tmp_path / 'imported')!r}, 'a').write(__file__)\nraise SystemExit(99)\n"
    for package in ("core", "tui"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(trace)
        (tmp_path / package / "service.py").write_text(trace)
    for module in ("torch", "transformers", "msgspec", "typer", "json"):
        (tmp_path / f"{module}.py").write_text(trace)
    return tmp_path


def test_the_service_is_ours_in_any_working_directory(impostors: Path) -> None:
    answered = subprocess.run(
        [sys.executable, "-P", "-m", "core.service"],
        input=encode_call(InspectData(DataConfig(train="gone.csv")), id=1),
        capture_output=True,
        cwd=impostors,
        env=child_environment(),
        check=True,
    )
    assert b"no such file" in answered.stdout
    assert not (impostors / "imported").exists()


def test_a_launched_trainer_is_ours_in_any_working_directory(
    impostors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.config import build_config
    from core.runs.history import read_history
    from core.runs.start import start

    monkeypatch.chdir(impostors)
    run, process = start(build_config({"data": {"train": "gone.csv"}, "training": {"device": "cpu"}}))
    assert process.wait(timeout=120) == 2
    ended = read_history(run).ended
    assert ended is not None
    assert ended.reason == "refused"
    assert not (impostors / "imported").exists()


def test_the_command_is_ours_in_any_working_directory(impostors: Path) -> None:
    command = Path(sys.executable).with_name("bertcls-tui")
    found = subprocess.run(
        [command, "list"],
        capture_output=True,
        text=True,
        cwd=impostors,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"BERTCLS_RUNS_DIR": "runs"},
        check=True,
    )
    assert "There are no runs in runs" in found.stdout
    assert not (impostors / "imported").exists()
