"""From label cells to the labels of the data: their form, their names, their numbers."""
