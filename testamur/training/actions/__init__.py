"""Writes of the national register's copies: load one, propose and decide one, watch reviews, give calendars an address."""

from testamur.training.actions.feeding import make_feed, revoke_feed
from testamur.training.actions.loading import Loaded, load_copy, load_release
from testamur.training.actions.proposing import (
    approve_copy,
    load_proposed_copy,
    propose_copy,
    refuse_copy,
    withdraw_copy,
)
from testamur.training.actions.watching import NewReview, watch_review, withdraw_review

__all__ = [
    "Loaded",
    "NewReview",
    "approve_copy",
    "load_copy",
    "load_proposed_copy",
    "load_release",
    "make_feed",
    "propose_copy",
    "refuse_copy",
    "revoke_feed",
    "watch_review",
    "withdraw_copy",
    "withdraw_review",
]
