"""The checks and hints of the exercises, one file a notebook."""
