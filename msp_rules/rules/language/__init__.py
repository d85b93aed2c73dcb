"""Defines what a rule may say: conditions, their decoder and schema, their wording and lint."""
