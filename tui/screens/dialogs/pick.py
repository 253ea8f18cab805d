"""Choose a data file or folder, or a model or preset."""

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
from core.text import format
from core.text.plain import plain

_DATA_FILE = re.compile(r"\.(csv|tsv|json|jsonl|ndjson|parquet)(\.(gz|xz|zst|bz2))?$", re.IGNORECASE)
_MODELS = {
    "bert-base-cased": "from the Hub; the default",
    "minilm": "a small encoder, a fifth of the size of BERT",
    "cnn": "convolutions over word embeddings, trained from scratch",
    "rnn": "bidirectional recurrent network, trained from scratch",
}
_WIDTH = 18


class DataTree(DirectoryTree):
    """Folders and data files."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Skip hidden files and files that are not data."""
        return [
            path
            for path in paths
            if not path.name.startswith(".") and (_DATA_FILE.search(path.name) or path.is_dir())
        ]

    def process_label(self, label: str | Text) -> Text:
        """The name as plain text, not markup."""
        return Text(plain(str(label)))

    @property
    def chosen(self) -> Path | None:
        """The selected file or folder."""
        node: TreeNode[DirEntry] | None = self.cursor_node
        return node.data.path if node and node.data else None


class PickFileScreen(ModalScreen[str]):
    """Closes with the chosen path, relative to the working directory where possible, or None.

    Args:
        start: the folder that is open at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "cancel"),
        Binding("backspace", "parent", "parent folder"),
        Binding("f", "folder", "use the folder"),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        """Input line for a path, and the tree."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content("choose data")
            box.border_subtitle = Content("enter use file · f use folder · backspace parent · tab type · esc")
            yield Input(placeholder="type a path or choose below", compact=True)
            yield Label("", id="message", markup=False)
            yield DataTree(self._start)

    def on_mount(self) -> None:
        """Focus the tree."""
        self.query_one(DataTree).focus()

    def action_parent(self) -> None:
        """Show the parent folder."""
        tree = self.query_one(DataTree)
        tree.path = Path(tree.path).absolute().parent

    def action_folder(self) -> None:
        """Use the selected folder, or the folder of the selected file."""
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
            self.query_one("#message", Label).update(
                Content.styled(f"{plain(str(path))}: no such file or folder", "$text-error")
            )


def _short(path: Path) -> str:
    """`path` relative to the working directory where possible."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class PickModelScreen(ModalScreen[str]):
    """Closes with the chosen name, or None. Other models are typed into the form."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "cancel")]

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content("choose a model or a preset")
            box.border_subtitle = Content("enter use · esc to type another model or a folder")
            yield OptionList(*(_option(name, words) for name, words in _choices().items()))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


def _choices() -> dict[str, str]:
    return _MODELS | {name: _words(layer) for name, layer in PRESETS.items()}


def _words(preset: dict[str, dict[str, Any]]) -> str:
    model, training = preset["model"], preset["training"]
    length = f"{model['max_length']} tokens, {format.steps(training['max_steps'])}"
    return f"preset: {model['name']}, {length}"


def _option(name: str, words: str) -> Option:
    return Option(Content.assemble((name.ljust(_WIDTH), "bold"), words), id=name)
