"""Training: plan, rehearsal, the loop, and what follows it."""
