"""Steer a run from the command line: send commands to its trainer, and say what became of each."""

import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from core.files import lock
from core.problems import Problem
from core.runs.commands import CommandName, post
from core.runs.directory import RunDirectory
from core.runs.history import read_outline
from core.runs.state import state_of
from core.text.plain import plain
from tui.terminal import DONE, NOTHING_STARTED, report_error

_POLL_SECONDS = 0.2


class Order(NamedTuple):
    """What a trainer is asked for."""

    name: CommandName
    value: float | None = None
    text: str = ""


def require_trainer(run: RunDirectory) -> None:
    """Make sure that somebody is there to obey.

    Raises:
        Problem: no trainer is at work.
    """
    if not (run.is_launching or lock.is_held(run.lock)):
        state = state_of(read_outline(run), is_alive=False)
        raise Problem(f"not delivered: no trainer is at work, this run is {state}", where=run.name)


def steer(run: RunDirectory, orders: Sequence[Order]) -> int:
    """Send `orders`, wait for the answers and print them; the exit code says whether all were obeyed.

    Raises:
        Problem: no trainer is at work.
    """
    require_trainer(run)
    waiting = {post(run.commands, order.name, value=order.value, text=order.text).id for order in orders}
    code = DONE
    while waiting:
        is_at_work = run.is_launching or lock.is_held(run.lock)
        acknowledged = read_outline(run).acknowledged
        for id in sorted(waiting & acknowledged.keys(), key=list(acknowledged).index):
            answer = acknowledged[id]
            told = f"step {answer.step}: {answer.text or answer.message}"
            if answer.accepted:
                sys.stdout.write(f"{plain(told)}\n")
                sys.stdout.flush()
            else:
                code = report_error(f"{answer.name}, step {answer.step}: {answer.message}", NOTHING_STARTED)
        waiting -= acknowledged.keys()
        if waiting and not is_at_work:
            return report_error("not delivered: the trainer ended before it could obey", NOTHING_STARTED)
        if waiting:
            time.sleep(_POLL_SECONDS)
    return code
