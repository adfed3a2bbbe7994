"""Bytes of a request → JSON → the variables' values, and how they are shown. Pure."""
