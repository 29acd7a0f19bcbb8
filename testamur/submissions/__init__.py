"""Files of achievement data, from receipt to sealed record."""
