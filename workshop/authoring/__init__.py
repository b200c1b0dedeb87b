"""For authors: from the sources in `curriculum/` to notebooks and solutions."""
