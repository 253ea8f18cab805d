"""The heartbeat of the engine service: detects a process that no longer responds."""

import asyncio
from collections.abc import Callable

# Seconds between two pings while the client waits for an answer.
HEARTBEAT_INTERVAL = 5.0
# A process hangs if it leaves this many pings in a row unanswered, or if for twice as many pings it uses no
# processor time and reports no progress.
MISSED_PINGS = 12


async def wait_until_unresponsive(
    ping: Callable[[], "asyncio.Future[float]"],
    is_working: Callable[[], bool],
    progress: Callable[[], int],
    interval: float,
) -> None:
    """Return when the process hangs.

    Args:
        ping: sends a ping; its answer is the processor time used so far, in seconds.
        is_working: whether the process has an answer to compute.
        progress: number of progress reports so far.
        interval: seconds between two pings.
    """
    unanswered = idle = 0
    before: tuple[float, int] | None = None
    pong: asyncio.Future[float] | None = None
    while unanswered < MISSED_PINGS and idle < 2 * MISSED_PINGS:
        # Pings are counted, not seconds: a client that was suspended for an hour has not listened.
        await asyncio.sleep(interval)
        if not is_working():
            unanswered, idle, before, pong = 0, 0, None, None
        elif pong is None:
            pong = ping()
        elif pong.done():
            now = await pong, progress()
            unanswered, idle = 0, idle + 1 if now == before else 0
            before, pong = now, ping()
        else:
            unanswered += 1
