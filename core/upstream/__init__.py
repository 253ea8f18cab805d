"""What libraries do not promise and cannot be had otherwise, one file a library.

Each name has a contract test in `tests/core/upstream/`, which says what changed when an upgrade breaks it.
"""
