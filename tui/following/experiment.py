"""ExperimentReader: keeps the histories of the runs of an experiment up to date."""

import asyncio

from textual.message_pump import MessagePump

from core.experiments.directory import ExperimentDirectory, Member
from core.experiments.listing import (
    OVER,
    ExperimentState,
    MemberState,
    is_busy,
    state_of,
)
from core.runs.history import History
from tui.following.run import TICK, RunFollower, RunUpdated


class MemberReader:
    """One member of an experiment and its run."""

    def __init__(self, experiment: ExperimentDirectory, member: Member) -> None:
        self.member = member
        self.run = experiment.run_of(member)
        self.follower = RunFollower(self.run)
        self.has_begun = False

    @property
    def history(self) -> History:
        """The history of its run."""
        return self.follower.history

    @property
    def state(self) -> MemberState:
        """The state of the member."""
        return self.follower.state if self.has_begun else "waiting"

    @property
    def seconds(self) -> float | None:
        """Seconds of training since the first start."""
        return self.history.elapsed

    async def catch_up(self) -> bool:
        """Read what is new; return whether anything changed."""
        began, self.has_begun = self.has_begun, self.run.config.is_file()
        return await self.follower.catch_up() or began != self.has_begun


class ExperimentReader:
    """An experiment and its members, in the order of their training."""

    def __init__(self, experiment: ExperimentDirectory) -> None:
        self.experiment = experiment
        self.members = [MemberReader(experiment, member) for member in experiment.members]
        self.is_alive = False
        self.is_ready = False
        """Whether all members have been read to their ends once."""
        self.state: ExperimentState = "starting"

    @property
    def trained(self) -> int:
        """Number of trained members."""
        return sum(member.state in OVER for member in self.members)

    @property
    def current(self) -> MemberReader | None:
        """The member in training."""
        return next((member for member in self.members if is_busy(member.state)), None)

    @property
    def models(self) -> dict[str, list[MemberReader]]:
        """The members of each model."""
        found: dict[str, list[MemberReader]] = {}
        for reader in self.members:
            found.setdefault(reader.member.model, []).append(reader)
        return found

    @property
    def seconds_left(self) -> tuple[float, bool] | None:
        """Seconds to the planned end of all members, and whether this is a lower bound; None if unknown.

        A waiting member is expected to take as long as the others of its model.
        """
        current = self.current
        now = current.history.seconds_left if current else 0.0
        if now is None:
            return None
        total, is_whole = now, True
        for readers in self.models.values():
            taken = [reader.seconds for reader in readers if reader.state in OVER and reader.seconds]
            if current in readers and current is not None and current.seconds is not None:
                taken.append(current.seconds + now)
            waiting = sum(reader.state not in OVER and reader is not current for reader in readers)
            total += waiting * (sum(taken) / len(taken) if taken else 0.0)
            is_whole = is_whole and bool(taken or not waiting)
        return total, not is_whole

    async def follow(self, target: MessagePump) -> None:
        """Read all members every tick, forever, and post a `RunUpdated` to `target` after a change."""
        while True:
            if await self.catch_up():
                target.post_message(RunUpdated())
            await asyncio.sleep(TICK)

    async def catch_up(self) -> bool:
        """Read what is new; return whether anything changed."""
        before = self.state, self.is_alive, self.is_ready
        # Liveness first: a process that ends in between has waited for its trainer.
        launching, self.is_alive = self.experiment.is_launching, self.experiment.is_alive
        changed = [await member.catch_up() for member in self.members]
        states = [member.state for member in self.members]
        self.state = state_of(self.experiment, states, is_alive=self.is_alive, is_launching=launching)
        self.is_ready = True
        return any(changed) or before != (self.state, self.is_alive, self.is_ready)
