"""What the watch screen shows of a run: status line, panels, log, notices."""
