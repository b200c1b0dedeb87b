"""Exercises: what they ask for, what the learner wrote, and whether it is right."""
