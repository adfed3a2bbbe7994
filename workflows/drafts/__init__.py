"""What a draft may hold: checks, examples, files, whom it reaches."""
