"""Writes what is derived: schemas, reference pages and the catalogue of rules."""
