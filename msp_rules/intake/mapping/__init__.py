"""A vendor's own XML as canonical cases, by a declarative mapping."""
