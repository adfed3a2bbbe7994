"""Template tags of the workflow pages."""
