"""The hook against the bare limit, side by side: what `manage.py bench` runs."""
