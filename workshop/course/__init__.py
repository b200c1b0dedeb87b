"""What a learner has, and where they are in the course."""
