"""Reads a vendor's own export as cases, by a mapping file: XML, CSV files or a workbook."""
