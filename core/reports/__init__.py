"""Reports: the facts of a run, gathered once, as Markdown, as HTML and as the card of its model."""
