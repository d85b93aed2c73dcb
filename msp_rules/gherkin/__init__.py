"""Runs features that a team writes about its own procedure, in sentences of this package.

A feature is a `.feature` file beside the team's rules. `library` lists the sentences, `story` holds
a scenario's record, `runner` runs a folder (`msp-rules test`), and `pytest_plugin` lets a project
run the same sentences in its own pytest. What a sentence means is decided here; what the
rules answer, by the engine.
"""
