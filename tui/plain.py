"""Text is data: see core/plain.py, which reports need as well."""

from core.plain import plain

__all__ = ["plain"]
