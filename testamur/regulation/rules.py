"""Decisions about the sweep for a closing provider's records, and about who could be served after a closure. Pure.

REG-08 (records within 30 days of the end), CQR-18 (closure sweep), CQR-10…12 (what an extract needs).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.kernel.periods import days_after
from testamur.kernel.verdict import Finding, Verdict

RULESET: Final = "record sweep"
VERSION: Final = "2026-01-01"
REMINDERS: Final = (-7, 0, 7, 14, 21, 28, 56, 84)  # days from the due day
CATCH_UP_DAYS: Final = 6
CONTACTS: Final = ("replied", "called", "noted")
_SOURCE: Final = "rulebook CQR-18 (closure sweep) and REG-08 (records within 30 days of the end)"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a sweep stands: the registration has ended, the due day has passed, and how many periods are unanswered."""

    ended: bool
    overdue: bool
    unanswered: int


def reminder(due: date, on: date) -> int | None:
    """Return the reminder that is due on a day as its offset from the due day, None where none is.

    A worker that stood still sends the latest one only, and at most CATCH_UP_DAYS after its day.
    """
    reached = [offset for offset in REMINDERS if on >= days_after(due, offset)]
    if not reached or on > days_after(due, reached[-1] + CATCH_UP_DAYS):
        return None
    return reached[-1]


def may_complete(standing: Standing) -> Verdict:
    """A sweep is complete once the registration has ended and every period of it is answered."""
    if not standing.ended:
        return _refused("SWP-01", "The registration has not ended: something may still be issued. Wait for the end.")
    if standing.unanswered:
        some = "period is" if standing.unanswered == 1 else "periods are"
        message = (
            f"{standing.unanswered} {some} not answered, neither by records nor by a nil return. Ask the provider again, or let "
            "a supervisor close the case as incomplete, with the reason."
        )
        return _refused("SWP-02", message)
    return _allowed()


def may_close_incomplete(standing: Standing, *, reason: str) -> Verdict:
    """A sweep is closed as incomplete after the due day, with a reason, and only where something is missing."""
    if not standing.ended or not standing.overdue:
        return _refused(
            "SWP-03", "The day by which the records are due has not passed. Until then the case stays open."
        )
    if not standing.unanswered:
        return _refused("SWP-04", "Every period is answered. Close the case as complete.")
    if not reason.strip():
        return _refused("SWP-05", "Write down why nothing more will come. Students and auditors rely on it.", "reason")
    return _allowed()


def may_archive(*, sweep_open: bool) -> Verdict:
    """A registration is archived after its sweep was closed, as complete or with a reason (F.1, CQR-18)."""
    if sweep_open:
        return _refused(
            "SWP-07", "Its closure case is open. Close it first, as complete or as incomplete with a reason."
        )
    return _allowed()


def check_contact(kind: str, text: str, *, contact_date: date, on: date) -> Verdict:
    """A contact is a reply, a call or a note, says something, and does not lie in the future."""
    if kind not in CONTACTS:
        return _refused("SWP-06", "Choose a reply, a call or a note.", "kind")
    if not text.strip():
        return _refused("SWP-06", "Write down what was said or what came.", "text")
    if contact_date > on:
        return _refused("SWP-06", "That day has not come yet.", "day")
    return _allowed()


def _allowed() -> Verdict:
    """Return the Verdict that lets the act go on."""
    return Verdict(RULESET, VERSION, "ALLOW")


def _refused(rule: str, message: str, column: str | None = None) -> Verdict:
    """Return a refusal with its one reason."""
    return Verdict(RULESET, VERSION, "REFUSE", (Finding(rule, message, _SOURCE, column=column, outcome="REFUSE"),))
