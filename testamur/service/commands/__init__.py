"""The `testamur` command: one module a noun, each calling one action or query."""
