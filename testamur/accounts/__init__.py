"""People who sign in, the organisations they act for, and what they may do."""
