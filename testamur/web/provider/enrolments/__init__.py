"""Pages about students in training, for the provider's staff."""
