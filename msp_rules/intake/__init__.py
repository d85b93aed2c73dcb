"""Reads cases from wherever they come: exports, a mapped file of a vendor, live events."""
