"""A module whose own code raises an error."""

raise RuntimeError("not finished")
