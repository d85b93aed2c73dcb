"""Matches flat patterns of whole numbers by durable_rules, checked by a twin in Python."""
