"""The tables of the networks that begin from nothing: cnn and rnn."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from core.config.section import Section


def _numbers(value: Any) -> Any:
    """A list that was typed: numbers with commas between them."""
    return value.strip("[] ").split(",") if isinstance(value, str) else value


class CnnSection(Section):
    """The network of `--model cnn`: filters over word vectors, the highest answer of each is kept."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Numbers in a word vector."""
    filters: int = Field(128, ge=1, le=8192)
    """Filters of each width."""
    widths: Annotated[list[Annotated[int, Field(ge=1, le=64)]], BeforeValidator(_numbers)] = Field(
        [2, 3, 4, 5]
    )
    """Widths of the filters in tokens."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout of the word vectors and of what the filters give."""
    initializer_range: float = Field(0.02, gt=0.0, le=10.0)
    """Standard deviation of the word vectors before training; PyTorch's own is 1, which learns slowly."""


class RnnSection(Section):
    """The network of `--model rnn`: cells that read word vectors one after the other."""

    embedding_size: int = Field(128, ge=1, le=4096)
    """Numbers in a word vector."""
    cell: Literal["tanh", "gru", "lstm"] = "gru"
    """Kind of the cell; tanh is the plain one."""
    hidden_size: int = Field(128, ge=1, le=8192)
    """Numbers in the state of a cell."""
    layers: int = Field(1, ge=1, le=16)
    """Cells on top of each other."""
    bidirectional: bool = True
    """Read backwards as well."""
    pooling: Literal["last", "max"] = "max"
    """What stands for a text: the last state of each direction, or the highest of all states."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout of the word vectors, between layers, and of what stands for the text."""
    initializer_range: float = Field(0.1, gt=0.0, le=10.0)
    """Standard deviation of the word vectors before training; PyTorch's own is 1, which learns slowly."""
