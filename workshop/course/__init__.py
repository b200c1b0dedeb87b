"""What a learner has and where they are: stages, answers, their own application."""
