"""The pages that publish, compare and restore versions."""
