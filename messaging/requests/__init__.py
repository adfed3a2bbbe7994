"""What stands around every page: its address, its reader, its limits."""
