"""Step kinds: one file for each, named like it."""
