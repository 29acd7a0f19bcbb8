"""The permanent record. actions.py is the only door in."""
