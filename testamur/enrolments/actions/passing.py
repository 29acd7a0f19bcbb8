"""Lead one enrolment through its states: commence, complete, exit, transfer, cancel, open again (AQF-03, TRN-08)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments import gates, rules
from testamur.enrolments.actions import writing
from testamur.enrolments.actions.outcomes import outcomes_of
from testamur.enrolments.models import Enrolment, Exit
from testamur.enrolments.said import ExitSaid, check_exit
from testamur.enrolments.states import ENROLMENT
from testamur.kernel.errors import Conflict, NotAllowed, refuse_unless

_VERBS: Final = {"transferred": "transfer", "cancelled": "cancel"}
_SAVED: Final = ["state", "state_since", "commenced_on", "completed_on"]


@transaction.atomic
def commence(enrolment_id: UUID, commenced_on: date, *, by: UUID, at: datetime) -> None:
    """Training or assessment has begun on a day. For data officers. Refuses a day before enrolment or in the future, and one
    on or after that on which the product ended on the national register (TRN-08)."""
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    today = writing.local_day(enrolment.provider_id, at)
    if not enrolment.enrolled_on <= commenced_on <= today:
        raise NotAllowed("Training begins on or after the day of enrolment and not in the future. Check the day.")
    begun = (enrolment.sector, enrolment.product_code, commenced_on)
    writing.refuse_findings(writing.standing_against(gates.commencing([begun]).get(begun)))
    writing.move(enrolment, "commence", at=at)
    enrolment.commenced_on = commenced_on
    enrolment.save(update_fields=_SAVED)
    writing.changed(enrolment, "commence", after={"commenced_on": commenced_on}, by=by, at=at).save()


@transaction.atomic
def complete(enrolment_id: UUID, *, by: UUID, at: datetime) -> date:
    """Training is over; returns the day of completion, that of the last decisive outcome, which nobody types.

    For data officers. Refuses while a unit is in progress or none is competent. Whether the product's packaging is fulfilled is
    decided before a document is issued, not here (AQF-01).
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    outcomes = outcomes_of(enrolment)
    refuse_unless(rules.may_complete(outcomes))
    writing.move(enrolment, "complete", at=at)
    enrolment.completed_on = rules.last_decisive_on(outcomes)
    enrolment.save(update_fields=_SAVED)
    writing.changed(enrolment, "complete", after={"completed_on": enrolment.completed_on}, by=by, at=at).save()
    if enrolment.completed_on is None:
        raise Conflict("The enrolment has no decided outcome.")
    return enrolment.completed_on


@transaction.atomic
def record_exit(enrolment_id: UUID, said: ExitSaid, *, by: UUID, at: datetime, reason: str = "") -> bool:
    """The student left on a day: exited, transferred or cancelled as the reason says. Returns whether anything changed.

    For data officers. Said again with another day or reason it is corrected, which needs the `reason` for that, and what stood
    before is kept. Refuses a day before enrolment or in the future, and a completed enrolment.
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    writing.refuse_findings(check_exit(said, enrolment.enrolled_on, today=writing.local_day(enrolment.provider_id, at)))
    held = Exit.objects.filter(enrolment=enrolment).first()
    wanted = {"exited_on": said.exited_on, "reason": said.reason, "note": said.note}
    before, after = writing.differences(held, wanted) if held else ({}, dict(wanted))
    if held and not after:
        return False
    if held and not reason.strip():
        raise NotAllowed("An exit is recorded already. Give the reason why it is corrected; what stood here is kept.")
    _leave(enrolment, said.reason, again=held is not None, at=at)

    row = held or Exit(enrolment=enrolment, provider_id=enrolment.provider_id, student_id=enrolment.student_id)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()

    old = before if held else None
    writing.changed(enrolment, "exit", before=old, after=after, reason=reason, by=by, at=at).save()
    return True


def _leave(enrolment: Enrolment, reason: str, *, again: bool, at: datetime) -> None:
    """Move to the state that a reason leads to; a correction passes through the open state first."""
    verb = _VERBS.get(reason, "exit")
    if again and ENROLMENT.allowed(enrolment.state, "reopen"):
        writing.move(enrolment, "reopen", at=at)
    writing.move(enrolment, verb, at=at)
    enrolment.save(update_fields=_SAVED)


@transaction.atomic
def reopen(enrolment_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """A completed or left enrolment goes on; the exit, where one stands, is taken back and kept as a change.

    For data officers, with a reason. Refuses a cancelled one: enrol the student anew.
    """
    if not reason.strip():
        raise NotAllowed("Say why the enrolment is opened again. The reason is kept.")
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    before: dict[str, object] = {"state": enrolment.state, "completed_on": enrolment.completed_on}
    writing.move(enrolment, "reopen", at=at)
    enrolment.completed_on = None
    enrolment.save(update_fields=_SAVED)
    for row in Exit.objects.filter(enrolment=enrolment):
        before |= {"exited_on": row.exited_on, "exit_reason": row.reason}
        row.delete()
    writing.changed(
        enrolment, "reopen", before=before, after={"state": enrolment.state}, reason=reason, by=by, at=at
    ).save()
