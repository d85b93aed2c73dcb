"""Reads any YAML document of ours into nodes that know their file, line and column."""
