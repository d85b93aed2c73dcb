"""Holds the steps from one version of the tables to the next, which Alembic runs."""
