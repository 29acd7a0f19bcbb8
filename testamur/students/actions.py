"""Writes about persons: who an account is, and which students a person turns out to be. Links are reversible."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.students.models import Person, PersonLink, Student


def ensure_person(account_id: UUID, *, at: datetime) -> UUID:
    """Return the person behind an account, made now where there is none yet; no student is linked by this."""
    person, _ = Person.objects.get_or_create(account_id=account_id, defaults={"known_since": at})
    return person.pk


def link_student(person_id: UUID, student_id: int, *, reason: str, by: UUID, at: datetime) -> int:
    """A student is this person, from now on: the person reads that student's records. Returns the link's number.

    Secretariat staff do this inside a case. Refuses an empty reason, an unknown student, and a student who is confirmed to
    be another person; linking the same two again changes nothing.
    """
    if not reason.strip():
        raise NotAllowed("A link between a student and a person needs a reason. Write down why they are the same.")
    with tenancy.for_register():
        student = Student.objects.filter(pk=student_id).first()
        if student is None or not Person.objects.filter(pk=person_id).exists():
            raise NotFound("There is no such student or person.")
        held = PersonLink.objects.filter(student_id=student_id, state=PersonLink.State.CONFIRMED).first()
        if held is not None and held.person_id == person_id:
            return held.pk

        try:
            with transaction.atomic():
                link = PersonLink.objects.create(
                    person_id=person_id,
                    student_id=student_id,
                    provider_id=student.provider_id,
                    state=PersonLink.State.CONFIRMED,
                    reason=reason.strip(),
                    made_by=by,
                    made_at=at,
                )
        except IntegrityError as taken:
            message = "This student is confirmed to be another person. Undo that link first, with its reason."
            raise Conflict(message) from taken
        return link.pk


def undo_link(link_id: int, *, reason: str, by: UUID, at: datetime) -> UUID:
    """A link was wrong: from now on the person reads nothing of that student. Returns the person; the link stays as undone.

    Secretariat staff do this inside a case. Refuses an empty reason; undoing an undone link changes nothing.
    """
    if not reason.strip():
        raise NotAllowed("Undoing a link needs a reason. Write down why the two are not the same.")
    with tenancy.for_register():
        link = PersonLink.objects.select_for_update().filter(pk=link_id).first()
        if link is None:
            raise NotFound("There is no such link.")
        if link.state == PersonLink.State.UNDONE:
            return link.person_id

        link.state, link.undone_by, link.undone_at = PersonLink.State.UNDONE, by, at
        link.undone_reason = reason.strip()
        link.save(update_fields=["state", "undone_by", "undone_at", "undone_reason"])
        return link.person_id
