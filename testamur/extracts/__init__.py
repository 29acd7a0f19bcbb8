"""Students of closed providers ask for their records."""
