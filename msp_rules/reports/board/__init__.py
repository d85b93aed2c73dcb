"""Writes the board's report of an audit of case files: a page and a workbook, from one count."""
