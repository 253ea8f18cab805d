"""The run directory: plan, events, commands, lock, launch, listing, history. Nothing here imports torch."""
