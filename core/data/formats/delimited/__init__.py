"""CSV and its relatives: dialect, header, rows."""
