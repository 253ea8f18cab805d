"""Parts of the watch screen: status line, contents of panels, log, notices."""
