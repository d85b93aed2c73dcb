"""Writes results as files that a person or a program opens: one module for each format."""
