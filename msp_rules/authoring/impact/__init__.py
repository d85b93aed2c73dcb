"""Shows what an edit of the rules would change: answers of an export, and prompts to workers."""
