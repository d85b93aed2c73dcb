"""Judges cases by the core rules, read a second time and independently: plain, slow and obvious.

Its first version was written from the readings, the domain notes (the rows of the rules) and the
vocabulary alone, without a look at a rule file, the pages made from them, or the engine; only the
titles, severities and audit questions of the rules were known. Where those sources leave a rule
open, see the readings that each module marks as open.
"""
