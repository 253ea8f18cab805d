"""Plan, rehearsal and Trainer; the callbacks that write events and obey commands."""
