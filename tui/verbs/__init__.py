"""The verbs of `bertcls-tui`."""

# Each adds its verbs. They are listed by `--help` in this order.
# isort: off
from tui.verbs import train, experiment, attach, steer  # noqa: F401
from tui.verbs import predict, evaluate, data, overview  # noqa: F401

# isort: on
from tui.verbs.command_line import run_verb

__all__ = ["run_verb"]
