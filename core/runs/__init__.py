"""The run directory: events, commands, lock, launch, listing, history. Light: no torch here."""
