"""Keeps rulesets in a form that is read quickly: one JSON document each, never a pickle."""
