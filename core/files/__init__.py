"""Files that survive a crash, locks, and the cache folder."""
