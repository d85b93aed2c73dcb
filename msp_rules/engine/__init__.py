"""Evaluates a case against a compiled ruleset: terms, the match, one table of verdicts."""
