"""Which encoder a model name means, and how it is loaded as a classifier."""
