"""The workflow pages: each begins with what the reader manages."""
