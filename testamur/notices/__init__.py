"""Texts with versions that people were shown, and the mail that goes out."""
