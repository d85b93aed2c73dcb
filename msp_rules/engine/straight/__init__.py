"""Holds code that is written for the rules of one ruleset, for records without doubt."""
