"""Helps to write a mapping file: a first draft, warnings, and a trial on an export."""
