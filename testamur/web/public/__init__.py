"""Pages for anyone: no account, no person's data (TEQ-R3, PRV-03)."""
