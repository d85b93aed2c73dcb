"""Writes the board's measures as a page and a workbook, from the rows of one document."""
