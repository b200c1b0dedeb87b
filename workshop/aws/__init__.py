"""The place to deploy to, and the application deployed there."""
