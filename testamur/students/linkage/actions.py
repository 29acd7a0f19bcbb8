"""Writes of linkage, one function a verb: the comparison proposes, people decide. `by` is who acts, `at` the moment."""

from testamur.students.linkage.deciding import answer_join, confirm_join, decline_join, endorse_join, undo_join
from testamur.students.linkage.running import JOB, Proposed, propose_joins, wake_linkage

__all__ = [
    "JOB",
    "Proposed",
    "answer_join",
    "confirm_join",
    "decline_join",
    "endorse_join",
    "propose_joins",
    "undo_join",
    "wake_linkage",
]
