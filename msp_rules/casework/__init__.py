"""The nouns: a case, its events and moments, working days, and their vocabulary."""
