"""Members, channels and messages."""
