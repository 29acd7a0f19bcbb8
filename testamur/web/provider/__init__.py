"""Pages for provider staff. They see their own provider's rows and nothing else."""
