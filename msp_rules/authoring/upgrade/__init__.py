"""Carries an overlay over to a newer release of its base ruleset."""
