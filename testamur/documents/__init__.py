"""Turn plain values into signed bytes, and keep bytes by their hash."""
