"""Garbage collection, which would delay the first paint and keys."""

import gc


def disable_collection() -> None:
    """Collect nothing while modules are loaded, where nothing is found; until the first paint of the app."""
    gc.disable()


def exempt_from_collection() -> None:
    """Exempt the present objects from garbage collection, which would delay keys, and enable it again.

    `disable_collection` did for a quick start.
    """
    gc.freeze()
    gc.enable()


def collect_garbage() -> None:
    """Free the objects of closed screens and exempt the rest again."""
    gc.unfreeze()
    gc.collect()
    exempt_from_collection()
