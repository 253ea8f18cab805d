"""Chats for fine-tuning: `"messages": [{"role": "user", "content": …}, {"role": "assistant", …}]`."""

from core.data.columns.shapes.shape import Made, Shape, objects, of_cells
from core.data.tables.table import Cell, Table, assumption

_ROLES = ("user", "assistant")


def recognise(head: Table) -> Shape | None:
    """The shape of chats; None if they are none. The last answer of the assistant is the label."""
    for column, cells in head.columns.items():
        found = [objects(cell) for cell in cells if cell is not None]
        if found and all(any(each.get("role") == "assistant" for each in chat) for chat in found):
            says = assumption(
                "chats", f"the last answers of the assistant in {column!r} are the labels", "--label-column"
            )
            user, assistant = (f"{column}.{role}.content" for role in _ROLES)
            made = {user: _made(column, "user"), assistant: _made(column, "assistant")}
            return Shape([says], made, (assistant, "the answers of the assistant"))
    return None


def _made(column: str, role: str) -> Made:
    def last(cell: Cell) -> Cell:
        said = [each.get("content") for each in objects(cell) if each.get("role") == role]
        return said[-1] if said else None

    return of_cells(column, last)
