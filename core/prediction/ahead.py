"""ahead: a thread makes the next items while the present one is worked on."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T], count: int) -> Iterator[T]:
    """The same items in the same order; up to `count` of them are made before they are asked for.

    What goes wrong while one is made is raised when it is asked for.
    """
    source = iter(items)
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    end = object()

    def make() -> Future[T | object]:
        return thread.submit(next, source, end)

    try:
        waiting = deque(make() for _ in range(count))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(make())
            yield item  # type: ignore[misc]  # it is not the end
    finally:
        # Nobody waits for what is under way: it is not asked for any more.
        thread.shutdown(wait=False, cancel_futures=True)
