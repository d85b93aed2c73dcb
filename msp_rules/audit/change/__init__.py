"""Splits the change between two exports into rules, coverage and practice, which add up to it."""
