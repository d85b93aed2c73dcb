"""Reads any YAML document of this project into nodes that know their file, line and column."""
