"""Sentences in which a team writes features about its own procedure, and what runs them."""
