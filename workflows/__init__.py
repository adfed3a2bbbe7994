"""Workflows: the builder, the hook and the engine."""
