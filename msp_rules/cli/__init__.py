"""Offers the jobs on the command line: one module parses, calls one job and shows its result."""
