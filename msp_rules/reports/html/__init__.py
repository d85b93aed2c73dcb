"""Writes the report page: one HTML file that needs no network and no script from elsewhere."""
