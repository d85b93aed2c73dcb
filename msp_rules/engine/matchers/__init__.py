"""Matches flat patterns of whole numbers: durable_rules, and its twin in Python as shadow."""
