"""Tables of cells as every reader gives them: names of columns, values within cells, equal texts."""
