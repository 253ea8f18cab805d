"""Readers of CSV, JSON, Parquet and data sets on the Hub: bytes → text → tables."""
