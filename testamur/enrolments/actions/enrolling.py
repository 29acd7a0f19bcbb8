"""Enrol students: one or thousands, in one transaction, with everything that is wrong named at once (rulebook A.1, B)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments import gates, rules
from testamur.enrolments.actions import writing
from testamur.enrolments.models import Enrolment, EnrolmentChange
from testamur.enrolments.said import DETAILS, NewEnrolment, check_enrolment, wrong
from testamur.enrolments.states import ENROLMENT
from testamur.kernel import jobs
from testamur.kernel.verdict import Finding, Severity
from testamur.students import entering

_CORRECTION = "Loaded again with other details"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of enrolments as they were said: their ids in that order, and how many are new, changed and as before."""

    ids: tuple[UUID, ...]
    new: int
    changed: int
    unchanged: int


def enrol(new: NewEnrolment, provider_id: int, *, by: UUID, at: datetime) -> UUID:
    """A student is enrolled in a product, under the provider's own number for them; returns the enrolment.

    For the provider's data officers. A student who is not known yet is entered, and is the same whom a later submission names.
    A USI may be pending or missing: only issuing needs it. Enrolling the same again changes nothing. Refuses with every finding
    at once what is wrong in what is said, and what rules.may_enrol does not allow.
    """
    return enrol_many([new], provider_id, by=by, at=at).ids[0]


@transaction.atomic
def enrol_many(
    said: Sequence[NewEnrolment], provider_id: int, *, by: UUID, at: datetime, reason: str = _CORRECTION
) -> Enrolled:
    """Students are enrolled, all or none; an enrolment that stands already takes other details, which is kept as a change."""
    writing.refuse_without(Permission.CHANGE_ENROLMENT, provider_id, by=by, at=at)

    today = writing.local_day(provider_id, at)
    writing.refuse_findings([finding for _, finding in problems(said, provider_id, today=today)])

    students = entering.enter_students(provider_id, [one.student for one in said])
    held = _held(provider_id, students.values())
    made: list[Enrolment] = []
    kept: list[EnrolmentChange] = []
    touched: list[Enrolment] = []
    ids = []
    for one in said:
        student = students[entering.number_of(one.student.local_id)]
        row = held.get((student, one.product_code, one.enrolled_on))
        if row is None:
            row = _new(one, provider_id, student, by=by, at=at)
            made.append(row)
            kept.append(writing.changed(row, "enrol", after=_details(one), by=by, at=at))
            held[student, one.product_code, one.enrolled_on] = row
        elif change := _corrected(row, one, reason, by=by, at=at):
            kept.append(change)
            touched.append(row)
        ids.append(row.id)
    Enrolment.objects.bulk_create(made, batch_size=2_000)
    Enrolment.objects.bulk_update(touched, [*DETAILS, "state", "state_since"], batch_size=500)
    EnrolmentChange.objects.bulk_create(kept, batch_size=2_000)
    if any(one.student.number for one in said):
        jobs.wake("verify_usis", provider=provider_id)

    return Enrolled(tuple(ids), len(made), len(touched), len(said) - len(made) - len(touched))


def problems(said: Sequence[NewEnrolment], provider_id: int, *, today: date) -> list[tuple[int, Finding]]:
    """Return everything that stands in the way, each with the place of what is said; the order is that of `said`."""
    found = [(place, finding) for place, one in enumerate(said) for finding in check_enrolment(one, today=today)]
    asked = [(one.sector, one.product_code, one.enrolled_on) for one in said]
    facts = gates.facts_for(provider_id, asked, today=today)
    begins = gates.commencing((one.sector, one.product_code, one.commenced_on) for one in said if one.commenced_on)
    known = entering.known_by_number(provider_id, [entering.number_of(one.student.local_id) for one in said])
    named: dict[str, int] = {}
    for place, (one, key) in enumerate(zip(said, asked, strict=True)):
        verdict = rules.may_enrol(facts[key])
        if not verdict.allowed:
            found += [(place, _as_error(finding)) for finding in verdict.findings]
        if one.commenced_on:
            begun = begins.get((one.sector, one.product_code, one.commenced_on))
            found += [(place, _as_error(finding, "commenced_on")) for finding in writing.standing_against(begun)]
        number = entering.number_of(one.student.local_id)
        if one.student.family_name:
            named.setdefault(number, place)
        found += [(place, finding) for finding in _about_student(one, known.get(number), named=number in named)]
    return sorted(found, key=lambda pair: pair[0])


def _as_error(finding: Finding, otherwise: str = "enrolled_on") -> Finding:
    """Return a finding of the gate as one about a cell."""
    column = finding.column or otherwise
    return Finding(finding.rule, finding.message, finding.source, Severity.ERROR, finding.outcome, column=column)


def _about_student(one: NewEnrolment, known: entering.Known | None, *, named: bool) -> list[Finding]:
    """Return what is wrong with the student in view of what is known of them."""
    if known is None:
        message = "This student is new and needs a name. Give the family name, or the one name that they have."
        return [] if named else [wrong("family_name", "E01", message)]
    if known.erased:
        message = "The student under this number was erased by law. Enrol the person under a new number."
        return [wrong("student_id", "E09", message)]
    if known.lodged and entering.says_another(known, one.student):
        message = (
            "The register holds other particulars under this student number. Leave them out here, or check the number; a name "
            "that has changed is lodged with the next submission."
        )
        return [wrong("student_id", "E09", message)]
    return []


def _held(provider_id: int, students: Iterable[int]) -> dict[tuple[int, str, date], Enrolment]:
    """Return the enrolments of students under lock, by student, product and day."""
    rows = Enrolment.objects.select_for_update().filter(provider_id=provider_id, student_id__in=students)
    return {(row.student_id, row.product_code, row.enrolled_on): row for row in rows.order_by("pk")}


def _new(one: NewEnrolment, provider_id: int, student: int, *, by: UUID, at: datetime) -> Enrolment:
    """Return a new row."""
    return Enrolment(
        id=uuid4(),
        provider_id=provider_id,
        student_id=student,
        product_code=one.product_code,
        enrolled_on=one.enrolled_on,
        state="commenced" if one.commenced_on else ENROLMENT.initial,
        state_since=at,
        entered_by=by,
        entered_at=at,
        **{name: getattr(one, name) for name in DETAILS},
    )


def _details(one: NewEnrolment) -> dict[str, object]:
    """Return what a change keeps of an enrolment as it was said; nothing of who the student is."""
    named = {name: getattr(one, name) for name in DETAILS if getattr(one, name) not in ("", None)}
    return {"product_code": one.product_code, "enrolled_on": one.enrolled_on, **named}


def _corrected(row: Enrolment, one: NewEnrolment, reason: str, *, by: UUID, at: datetime) -> EnrolmentChange | None:
    """Change a row to what is said now and return the change, None where nothing differs; what is left empty says nothing."""
    wanted = {name: value for name in DETAILS if (value := getattr(one, name)) not in ("", None)}
    before, after = writing.differences(row, wanted)
    if not after:
        return None
    for name, value in after.items():
        setattr(row, name, value)
    if row.commenced_on and ENROLMENT.allowed(row.state, "commence"):
        writing.move(row, "commence", at=at)
    return writing.changed(row, "correct", before=before, after=after, reason=reason, by=by, at=at)
