"""The database backend for SQLite: Django's own, with writers that take turns."""
