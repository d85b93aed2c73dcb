"""Writes the page of a comparison of two sets of exports, with its run charts."""
