"""The live half: which answers of the rules become questions to a worker, and what comes of them.

Nothing here reads a clock, a store or the network: a host hands in a case, what the desk knew of it
and the moment, and gets back what the desk knows now and what changed.
"""
