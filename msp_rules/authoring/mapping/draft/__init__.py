"""A first mapping file proposed from an export: everything unsure is marked, no value is leaked."""
