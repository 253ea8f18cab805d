"""torch: its errors when memory runs out."""

import sys

_CPU_ALLOCATOR_TEXT = "allocate memory"


def is_allocation_failure(error: BaseException) -> bool:
    """Whether an allocator of torch raised `error`; torch need not be imported.

    That of a GPU has an exception of its own. That of the CPU raises a bare RuntimeError, known by its text.
    """
    if isinstance(error, RuntimeError) and _CPU_ALLOCATOR_TEXT in str(error):
        return True
    # A process without torch has none of its errors.
    return isinstance(error, getattr(sys.modules.get("torch"), "OutOfMemoryError", ()))
