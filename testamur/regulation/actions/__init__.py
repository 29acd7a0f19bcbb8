"""Writes of the regulator's work on providers: chasing a closing provider's records, rehearsing a closure."""
