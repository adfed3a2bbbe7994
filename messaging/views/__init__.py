"""The pages of members, channels and messages."""
