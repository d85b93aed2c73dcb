"""Compares ten rules with the same rules, written by hand for other engines.

Every engine gets the cases in the form that it likes best, before any time counts: here is what an
engine of rules costs, not what reading costs. Each says of each case which rules find something;
only where all of them say the same for every case is a time worth anything.
"""
