"""Reads of submissions and their findings; frozen dataclasses cross the package's edge."""
