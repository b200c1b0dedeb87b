"""Durable Orders, a workshop: what its notebooks and commands import."""
