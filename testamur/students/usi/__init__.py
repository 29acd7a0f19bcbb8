"""Verification of Unique Student Identifiers with the USI Registry, and the one way to use or show one (USI-02, USI-07)."""
