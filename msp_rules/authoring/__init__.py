"""Shows what an edit of rules would do: lint, examples, impact, upgrade, drafts of mappings."""
