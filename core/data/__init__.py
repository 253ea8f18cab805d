"""From source files, or a data set of the Hub, to checked splits of texts and labels."""
