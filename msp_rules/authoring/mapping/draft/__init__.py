"""Drafts a first mapping file from an export: everything unsure is marked, no value is leaked.

An export is walked twice. `structure` finds out which record is the case and what joins it,
`profile` what its records hold, `proposal` what that may mean in the words of the vocabulary, and
`text` writes it as a mapping file. `walk` and `words` serve all of them.
"""
