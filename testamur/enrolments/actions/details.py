"""Put an enrolment's details right, and set what stands beside it: training contract, timely date, the student's USI."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments import gates
from testamur.enrolments.actions import writing
from testamur.enrolments.models import TimelyDate, TrainingContract
from testamur.enrolments.said import DETAILS, ContractSaid, NewEnrolment, check_contract, check_enrolment
from testamur.enrolments.states import ENROLMENT
from testamur.kernel import jobs
from testamur.kernel.errors import NotAllowed
from testamur.kernel.usi import is_exemption_code, parse_usi
from testamur.students import entering

_LEAST_REASONS = 10


@transaction.atomic
def correct_enrolment(
    enrolment_id: UUID, details: Mapping[str, object], *, reason: str, by: UUID, at: datetime
) -> bool:
    """Details of an enrolment stand as given, and what stood before is kept; returns whether anything changed.

    `details` names fields of said.DETAILS. For data officers, with a reason. Code, day of enrolment and student are never
    corrected: cancel the enrolment and enrol anew.
    """
    if unknown := sorted(set(details) - set(DETAILS)):
        raise NotAllowed(f"These are not corrected: {', '.join(unknown)}. Cancel the enrolment and enrol anew.")
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    before, after = writing.differences(enrolment, details)
    if not after:
        return False
    if not reason.strip():
        raise NotAllowed("Say why the enrolment is corrected. The reason and what stood here are kept.")
    for name, value in after.items():
        setattr(enrolment, name, value)
    said = NewEnrolment(
        entering.EnteredStudent("known"),
        enrolment.product_code,
        enrolled_on=enrolment.enrolled_on,
        **{name: getattr(enrolment, name) for name in DETAILS},
    )
    writing.refuse_findings(check_enrolment(said, today=writing.local_day(enrolment.provider_id, at)))
    if "commenced_on" in after and enrolment.commenced_on:
        begun = (enrolment.sector, enrolment.product_code, enrolment.commenced_on)
        writing.refuse_findings(writing.standing_against(gates.commencing([begun]).get(begun)))
    if enrolment.commenced_on and ENROLMENT.allowed(enrolment.state, "commence"):
        writing.move(enrolment, "commence", at=at)
    enrolment.save(update_fields=[*after, "state", "state_since"])
    writing.changed(enrolment, "correct", before=before, after=after, reason=reason, by=by, at=at).save()
    return True


@transaction.atomic
def set_contract(enrolment_id: UUID, said: ContractSaid, *, by: UUID, at: datetime, reason: str = "") -> bool:
    """An enrolment has a training contract under a number; said again, its terms stand as given. Returns whether it changed.

    For data officers. Terms that stood before are kept, and another one needs a reason, unless only an open end or the
    cancellation is added.
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    writing.refuse_findings(check_contract(said, today=writing.local_day(enrolment.provider_id, at)))
    wanted = asdict(said)
    held = TrainingContract.objects.filter(enrolment=enrolment, number=said.number).first()
    before, after = writing.differences(held, wanted) if held else ({}, wanted)
    if held and not after:
        return False
    if any(value not in (None, "") for value in before.values()) and not reason.strip():
        raise NotAllowed("This contract has other terms already. Give the reason why they change; they are kept.")
    row = held or TrainingContract(
        enrolment=enrolment, provider_id=enrolment.provider_id, student_id=enrolment.student_id
    )
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    old = before if held else None
    writing.changed(
        enrolment, "contract", about=said.number, before=old, after=after, reason=reason, by=by, at=at
    ).save()
    return True


@transaction.atomic
def set_timely_date(enrolment_id: UUID, timely_date: date, reasons: str, *, by: UUID, at: datetime) -> bool:
    """A student in a superseded product finishes and is issued by a day that the provider set, with its reasons (TRN-03).

    For data officers. A day set before stays beside it. Refuses reasons of less than a sentence and a day before enrolment.
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    if len(reasons.strip()) < _LEAST_REASONS:
        raise NotAllowed("Write down why this day is timely for the student, in a sentence at least (TRN-03).")
    if timely_date <= enrolment.enrolled_on:
        raise NotAllowed("The timely date lies on or before the day of enrolment. Check it.")
    last = TimelyDate.objects.filter(enrolment=enrolment).order_by("-id").first()
    if last and (last.timely_date, last.reasons) == (timely_date, reasons.strip()):
        return False
    TimelyDate.objects.create(
        enrolment=enrolment,
        provider_id=enrolment.provider_id,
        timely_date=timely_date,
        reasons=reasons.strip(),
        set_by=by,
        set_at=at,
    )
    before = {"timely_date": last.timely_date} if last else None
    writing.changed(
        enrolment, "timely", before=before, after={"timely_date": timely_date}, reason=reasons, by=by, at=at
    ).save()
    return True


@transaction.atomic
def replace_usi(enrolment_id: UUID, typed: str, *, by: UUID, at: datetime) -> None:
    """Another number stands in place of the student's, encrypted, and waits for verification (USI-02). For data officers.

    Nothing about the number is written in the change. Refuses what can be no number (USI-09).
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    code = typed.strip().upper()
    number = code if is_exemption_code(code) else parse_usi(code)
    if number is None:
        raise NotAllowed("This can be no USI: a sign is wrong or missing. Check it against the student's own.")
    entering.seal_numbers(enrolment.provider_id, {enrolment.student_id: number})
    writing.changed(enrolment, "identifier", by=by, at=at).save()
    jobs.wake("verify_usis", provider=enrolment.provider_id)
