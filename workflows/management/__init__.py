"""Declic's commands."""
