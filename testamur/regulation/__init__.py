"""The regulator's work on providers and their records: what a closing provider is asked for, and what would be missing."""
