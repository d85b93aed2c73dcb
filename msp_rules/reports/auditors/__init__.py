"""Writes the workbooks in which auditors rate the cases of a sample, one for each agency."""
