"""Defines a case, its events and moments, working days, and the vocabulary of events."""
