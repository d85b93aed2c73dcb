"""The net under a refactor: what the program gave before it, and what says how it differs."""
