"""Exercises: what they ask for, what the learner wrote, and whether it does what it should."""
