"""Issuing certification: who may be issued what, by whom it is prepared and approved, and what became of it (issue 4)."""
