"""Reads of the national register: products on a day, scopes, transitions, copies; frozen dataclasses go out."""
