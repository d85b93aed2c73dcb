"""Writes results as a workbook: its sheets, their rows, how they look, and the document of them."""
