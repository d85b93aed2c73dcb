"""Lays overlays over a ruleset, keeps its floors, and knows what each layer changed."""
