"""The project: settings, routes and the servers' entry points."""
