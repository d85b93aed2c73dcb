"""Applies overlays to a ruleset, keeps its floors, and records what each layer changed."""
