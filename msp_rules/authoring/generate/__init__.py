"""Writes what is derived: schemas, reference pages and the catalogue of rules.

`files` lists all of it; the other modules each make one kind of file. `msp-rules generate` writes
them, and `--check` says which are out of date.
"""
