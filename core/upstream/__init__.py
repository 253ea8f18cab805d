"""Names and behaviour that libraries do not promise and that cannot be had otherwise, one file per library.

Each name has a contract test in `tests/core/upstream/`, which says what changed when an upgrade breaks it.
"""
