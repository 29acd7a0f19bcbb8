"""The append-only transparency log. No foreign keys leave this package."""
