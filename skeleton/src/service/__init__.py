"""A durable service: it reserves something, holds it for a while, and confirms it."""
