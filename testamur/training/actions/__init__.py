"""Writes of the national register's copies: load one, propose and decide one, watch reviews, give calendars an address."""

from testamur.training.actions.loading import Loaded, load_copy, load_release

__all__ = ["Loaded", "load_copy", "load_release"]
