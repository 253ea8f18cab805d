"""The outline of a JSON text: which objects and lists it holds, and of what. Values are not kept."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from core.data.formats.json.stream import JsonStream, too_large
from core.data.tables.table import MAX_COLUMNS
from core.text.plain import quoted, shortened

Kind = Literal["object", "list", "string", "number", "boolean", "null"]

_KINDS: dict[type, Kind] = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
_NAMED = {
    "object": "an object", "list": "a list", "string": "a string", "boolean": "a boolean",
    "number": "a number", "null": "null",
}  # fmt: skip
_DEPTH = 3  # of objects whose members are looked at one by one
_KEPT_MEMBERS = 64
_KEPT_STRINGS = 100
_LONGEST_STRING = 200
_MOST_MEMBERS = 1_000_000  # of an object or list that does not hold one object for each row


@dataclass
class Node:
    """An object or list, or a single value."""

    kind: Kind
    size: int = 0
    """Number of members."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """Number of members by kind."""
    members: dict[str, "Node"] = field(default_factory=dict)
    """The first members of an object, by key."""
    names: dict[str, None] = field(default_factory=dict)
    """Keys of members that are objects, in the order of first occurrence."""
    sizes: set[int] = field(default_factory=set)
    """Sizes of members that are objects or lists."""
    strings: list[str] = field(default_factory=list)
    """The start of the first members that are strings."""
    first: Any = None
    """The first member of a list."""

    @property
    def holds_only(self) -> Kind | None:
        """The kind of all members; None if they differ or there are none."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None

    def add(self, value: Any) -> None:
        """Add a member of a list."""
        if not self.size:
            self.first = value
        self._count(kind_of(value))
        if isinstance(value, str):
            if len(self.strings) < _KEPT_STRINGS:
                self.strings.append(value[:_LONGEST_STRING])
        elif isinstance(value, dict):
            self._add_names(value)
        elif isinstance(value, list):
            self.sizes.add(len(value))

    def add_member(self, key: str, node: "Node") -> None:
        """Add a member of an object."""
        self._count(node.kind)
        if len(self.members) < _KEPT_MEMBERS:
            self.members[key] = node
        if node.kind in ("object", "list"):
            self.sizes.add(node.size)
        if node.kind == "object":
            self._add_names(node.members)

    def _count(self, kind: Kind) -> None:
        self.size += 1
        self.kinds[kind] += 1

    def _add_names(self, names: dict[str, Any]) -> None:
        if len(self.names) <= MAX_COLUMNS and not names.keys() <= self.names.keys():
            self.names |= dict.fromkeys(names)

    def __str__(self) -> str:
        if self.kind not in ("object", "list"):
            return _NAMED[self.kind]
        if self.kind == "object":
            return f"an object with {quoted(list(self.members), 6)}" if self.members else "an empty object"
        inner = self.holds_only
        of = f"{inner}s" if inner and inner != "null" else "values"
        keys = f" with {quoted(list(self.names), 6)}" if self.names else ""
        return f"a list of {self.size:,} {of if self.size != 1 else of.removesuffix('s')}{keys}"


def outline(stream: JsonStream, source: str, depth: int = 0) -> Node:
    """The outline of the value that starts here.

    Raises:
        Problem: it is not JSON, or holds too many values.
    """
    mark = stream.peek()
    if mark == "[":
        node = Node("list")
        for item in stream.items():
            node.add(item)
            if node.size > _MOST_MEMBERS and not isinstance(item, dict):
                raise too_large(f"list of more than {_MOST_MEMBERS:,} values", source)
    elif mark == "{" and depth < _DEPTH:
        node = Node("object")
        for key in stream.members():
            is_looked_at = node.size < _KEPT_MEMBERS and stream.peek() in "[{"
            node.add_member(key, outline(stream, source, depth + 1) if is_looked_at else of(stream.value()))
            if node.size > _MOST_MEMBERS:
                raise too_large(f"object of more than {_MOST_MEMBERS:,} values", source)
    else:
        node = of(stream.value())
    return node


def of(value: Any) -> Node:
    """The outline of a value in memory, without what its members hold."""
    node = Node(kind_of(value))
    if isinstance(value, list):
        for item in value:
            node.add(item)
    elif isinstance(value, dict):
        for key, member in value.items():
            node.add_member(key, Node(kind_of(member)))
    return node


def kind_of(value: Any) -> Kind:
    """The kind of a JSON value."""
    return _KINDS.get(type(value), "number")


def named(value: Any) -> str:
    """The kind of a JSON value with its article."""
    return _NAMED[kind_of(value)]


def described(node: Node) -> str:
    """The members of an object with what they hold, for a message."""
    found = [f"{shortened(key, 60)!r} ({member})" for key, member in list(node.members.items())[:8]]
    more = f" and {node.size - 8:,} more" if node.size > 8 else ""
    return ", ".join(found) + more
