"""Serves the prompt panel: a web component that any page can show, and a page that tries it."""
