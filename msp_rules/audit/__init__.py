"""Scans exports: judges case by case, counts, keeps checkpoints, and can be verified."""
