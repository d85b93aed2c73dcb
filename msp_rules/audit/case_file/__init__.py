"""Carries out the human half of an audit: a sample, ratings by people, and how far they agree."""
