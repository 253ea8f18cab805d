"""Benchmarks: run by hand, each with `python -m tests.benchmarks.NAME`; not part of the test suite."""
