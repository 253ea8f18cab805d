"""PickFileScreen: choose a data file, or a folder with train, validation and test files."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Input, Label, OptionList
from textual.widgets.directory_tree import DirEntry
from textual.widgets.option_list import Option
from textual.widgets.tree import TreeNode

from core.config.presets import PRESETS
from core.text.plain import plain

_DATA_FILE = re.compile(r"\.(csv|tsv|json|jsonl|ndjson|parquet)(\.(gz|xz|zst|bz2))?$", re.IGNORECASE)


class DataTree(DirectoryTree):
    """Folders and data files."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leave out what is hidden and what is no data."""
        return [
            path
            for path in paths
            if not path.name.startswith(".") and (_DATA_FILE.search(path.name) or path.is_dir())
        ]

    def process_label(self, label: str | Text) -> Text:
        """Names of files are text, not markup."""
        return Text(plain(str(label)))

    @property
    def chosen(self) -> Path | None:
        """The file or folder under the cursor."""
        node: TreeNode[DirEntry] | None = self.cursor_node
        return node.data.path if node and node.data else None


class PickFileScreen(ModalScreen[str]):
    """Closes with the path that was chosen, as one would type it here, or None.

    Args:
        start: the folder that is open at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "cancel"),
        Binding("backspace", "parent", "folder above"),
        Binding("f", "folder", "take the folder"),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        """A line to type a path into, above the tree."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content("choose data")
            box.border_subtitle = Content("⏎ take file · f take folder · ⌫ up · tab type · esc")
            yield Input(placeholder="type a path, or choose below", compact=True)
            yield Label("", id="told", markup=False)
            yield DataTree(self._start)

    def on_mount(self) -> None:
        """Begin in the tree."""
        self.query_one(DataTree).focus()

    def action_parent(self) -> None:
        """Show the folder above."""
        tree = self.query_one(DataTree)
        tree.path = Path(tree.path).absolute().parent

    def action_folder(self) -> None:
        """Take the folder under the cursor, or that of the file under it."""
        chosen = self.query_one(DataTree).chosen
        if chosen is not None:
            self.dismiss(_short(chosen if chosen.is_dir() else chosen.parent))

    @on(DirectoryTree.FileSelected)
    def _file_selected(self, event: DirectoryTree.FileSelected) -> None:
        self.dismiss(_short(event.path))

    @on(Input.Submitted)
    def _path_typed(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser()
        if path.is_file():
            self.dismiss(_short(path))
        elif path.is_dir():
            tree = self.query_one(DataTree)
            tree.path = path
            tree.focus()
        else:
            self.query_one("#told", Label).update(
                Content.styled(f"There is no {plain(str(path))}.", "$text-error")
            )


def _short(path: Path) -> str:
    """`path` as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


_MODELS = {
    "bert-base-cased": "of the Hub: what is taken when nothing is chosen",
    "minilm": "a small encoder, a fifth of the size",
    "cnn": "filters over word vectors, not pre-trained",
    "rnn": "reads in both directions, not pre-trained",
}
_WIDTH = 18


class PickModelScreen(ModalScreen[str]):
    """Closes with the name that was chosen, or None. Any other model of the Hub, or a folder, is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "cancel")]

    def compose(self) -> ComposeResult:
        """A line for each."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content("choose a model or a preset")
            box.border_subtitle = Content("⏎ take · esc to type another, or a folder")
            yield OptionList(*(_option(name, words) for name, words in _choices().items()))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


def _choices() -> dict[str, str]:
    return _MODELS | {name: _words(layer) for name, layer in PRESETS.items()}


def _words(preset: dict[str, dict[str, Any]]) -> str:
    model, training = preset["model"], preset["training"]
    length = f"{model['max_length']} tokens, {training['max_steps']:,} steps"
    return f"preset: {model['name']}, {length}"


def _option(name: str, words: str) -> Option:
    return Option(Content.assemble((name.ljust(_WIDTH), "bold"), words), id=name)
