"""Declic's commands, one file each."""
