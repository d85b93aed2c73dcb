"""Asks workers about what is not evidenced: decides what to ask, and keeps the answers.

The modules of this package are pure; they read no clock, store or network. A host passes in a
case, what the desk knew of it and the moment, and gets back what the desk knows now and what
changed. `store` does that for a host with a database, `conformance` tries a vendor's adapter.
"""
