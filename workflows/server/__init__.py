"""The server's process: its lock, its checks, its port."""
