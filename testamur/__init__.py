"""Testamur: the open, permanent register of Australian tertiary achievement."""

__version__ = "0.1.0"
