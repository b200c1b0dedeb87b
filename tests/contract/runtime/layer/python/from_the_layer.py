"""A module that only the layer has."""
