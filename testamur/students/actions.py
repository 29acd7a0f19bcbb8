"""Writes about persons: who an account is, and which students a person turns out to be. Links are reversible.

Every link leaves a leaf when it is made and when it is undone. Joins of students with one another are in linkage/actions.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.students.linkage import persons
from testamur.students.linkage.persons import Said
from testamur.students.models import Person, PersonLink, Student


def ensure_person(account_id: UUID, *, at: datetime) -> UUID:
    """Return the person behind an account, made now where there is none yet; no student is linked by this."""
    person, _ = Person.objects.get_or_create(account_id=account_id, defaults={"known_since": at})
    return person.pk


@transaction.atomic
def link_student(person_id: UUID, student_id: int, *, reason: str, by: UUID, at: datetime) -> int:
    """A student is this person, from now on: the person reads that student's records. Returns the link's number.

    Secretariat staff do this inside a case. Students who were joined to this one, and whom no account claims, come along.
    Refuses an empty reason, an unknown student, and a student who is confirmed to be another person; linking the same two
    again changes nothing.
    """
    if not reason.strip():
        raise NotAllowed("A link between a student and a person needs a reason. Write down why they are the same.")
    with tenancy.for_register():
        student = Student.objects.filter(pk=student_id).first()
        if student is None or not Person.objects.filter(pk=person_id).exists():
            raise NotFound("There is no such student or person.")
        return persons.anchor(person_id, student, Said(reason.strip(), by, at)).pk


@transaction.atomic
def undo_link(link_id: int, *, reason: str, by: UUID, at: datetime) -> UUID:
    """A link was wrong: from now on the person reads nothing of that student. Returns the person; the link stays as undone.

    Secretariat staff do this inside a case. Students who came to the person only by a join with that one leave with it.
    Refuses an empty reason, and a student who is joined to another that is this person's in its own right: that join is
    undone first. Undoing an undone link changes nothing.
    """
    if not reason.strip():
        raise NotAllowed("Undoing a link needs a reason. Write down why the two are not the same.")
    said = Said(reason.strip(), by, at)
    with tenancy.for_register():
        link = PersonLink.objects.filter(pk=link_id).first()
        if link is None:
            raise NotFound("There is no such link.")
        own = PersonLink.objects.filter(person_id=link.person_id, state=PersonLink.State.CONFIRMED)
        held = persons.links_of(list(own.values_list("student_id", flat=True)))
        if link not in held.values():
            return link.person_id

        group = persons.group_of(link.student_id, held)
        if any(held[other].join_id is None for other in group - {link.student_id}):
            message = (
                "This student is joined to another who is this person by their own application. Undo that join first."
            )
            raise Conflict(message)
        persons.leave(group, held, said)
        return link.person_id
