"""Reports: the facts of a run as Markdown, as HTML, and as the card of its model."""
