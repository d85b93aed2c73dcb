"""Evaluates a case by a compiled ruleset: computes terms, matches them, and decides verdicts."""
