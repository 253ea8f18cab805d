"""Sentences and tables that screens and printed output share."""
