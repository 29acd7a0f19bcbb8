"""Proposing that students of different providers are one person; people decide (TEQ-07, CQR-16, settled 1)."""
