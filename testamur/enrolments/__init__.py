"""Students now in training: what they are enrolled in, how their units went, what they owe, and what proves it."""
