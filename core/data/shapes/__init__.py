"""Shapes: exports of annotation programs, and labels that are spread over cells or columns."""
