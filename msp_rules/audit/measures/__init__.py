"""Counts the measures of the board, M1 to M16, from the codes of each case."""
