"""Drafts a first mapping file from an export: everything unsure is marked, no value is leaked.

An export is read twice. `structure` finds out which record is the case and what is joined to it,
`profile` what its records hold, and `proposal` what that may mean in the words of the vocabulary;
`text` writes it as a mapping file. All of them use `walk` and `words`.
"""
