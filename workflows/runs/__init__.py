"""A run's whole life: accepted, stored, planned, carried on, told of, pruned."""
