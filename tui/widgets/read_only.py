"""A screen with this class shows a run and changes nothing in it: what would is no action of its widgets."""

READ_ONLY = "-read-only"
