"""Registered training organisations and higher-education providers, and their regulators."""
