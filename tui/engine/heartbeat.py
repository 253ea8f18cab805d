"""Heart: listens whether a process that was asked something lives and works."""

import asyncio
from collections.abc import Callable

# Seconds between two pings while an answer is waited for.
BEAT = 5.0
# A process hangs that leaves so many pings in a row without an answer; or that took no time of a processor
# for twice as many, and told of no progress.
MOST_BEATS = 12


class Heart:
    """Counts the beats of a process.

    Args:
        ping: asks for a sign of life; the answer is the seconds of a processor that were used so far.
        is_waited_for: whether the process has something to do.
        progress: a number that grows with each sign of progress.
        beat: seconds.
    """

    def __init__(
        self,
        ping: Callable[[], "asyncio.Future[float]"],
        is_waited_for: Callable[[], bool],
        progress: Callable[[], int],
        beat: float,
    ) -> None:
        self._ping = ping
        self._is_waited_for = is_waited_for
        self._progress = progress
        self._beat = beat

    async def stop(self) -> None:
        """Return when the process hangs."""
        silent = idle = 0
        before: tuple[float, int] | None = None
        pong: asyncio.Future[float] | None = None
        while silent < MOST_BEATS and idle < 2 * MOST_BEATS:
            # Beats are counted, not seconds: an app that was stopped for an hour has not listened.
            await asyncio.sleep(self._beat)
            if not self._is_waited_for():
                silent, idle, before, pong = 0, 0, None, None
            elif pong is None:
                pong = self._ping()
            elif pong.done():
                now = await pong, self._progress()
                silent, idle = 0, idle + 1 if now == before else 0
                before, pong = now, self._ping()
            else:
                silent += 1
