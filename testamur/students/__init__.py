"""The people whose achievement is recorded."""
