"""Erasure where the law demands it: a student's key and every row about who they are go, the leaves stay.

The permanent record keeps the student's number and what was studied, which without particulars and key says nothing about
anybody; the log still verifies, and the leaf can no longer be opened. Every erasure stands on a ledger and is replayed after
a restore, so that no backup undoes one. Documents that were rendered for the person are the extracts package's to remove.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.kernel import tenancy
from testamur.kernel.canonical import canonical_bytes
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.log import actions as log_actions
from testamur.log.commitment import LeafKind, leaf
from testamur.students.linkage import deciding
from testamur.students.models import Contact, Erasure, Identifier, Particulars, PersonLink, Student, StudentKey


@transaction.atomic
def erase_student(student_id: int, *, basis: str, by: UUID, approved_by: UUID, at: datetime) -> None:
    """Nothing of who the student is remains, and the ledger and the log say that it was so decided, by whom and when.

    Needs two people and a basis in law in words. Done again, it changes nothing.
    """
    if by == approved_by:
        raise NotAllowed("An erasure is decided by one person and approved by another.")
    if not basis.strip():
        raise NotAllowed("Say on which basis in law the student is erased.")
    with tenancy.for_register():
        if not Student.objects.filter(pk=student_id).exists():
            raise NotFound("There is no such student.")
        if Erasure.objects.filter(pk=student_id).exists():
            return
        _delete_rows(student_id, by=by, at=at)
        Erasure.objects.create(student_id=student_id, basis=basis.strip(), by=by, approved_by=approved_by, at=at)
        log_actions.append([_event(student_id, at)])
    log_actions.wake_sealer()


@transaction.atomic
def replay_erasures(ledger: Iterable[Erasure], *, at: datetime) -> int:
    """Every student on a ledger kept elsewhere is erased here too; returns how many were not yet. Run after a restore."""
    replayed = 0
    with tenancy.for_register():
        for entry in ledger:
            replayed += _delete_rows(entry.student_id, by=entry.by, at=at)
            Erasure.objects.get_or_create(
                pk=entry.student_id,
                defaults={"basis": entry.basis, "by": entry.by, "approved_by": entry.approved_by, "at": entry.at},
            )
    return replayed


def _delete_rows(student_id: int, *, by: UUID, at: datetime) -> bool:
    """Delete key, particulars, contact and identifiers, undo the link and every join; say whether there was a key."""
    key, _ = StudentKey.objects.filter(pk=student_id).delete()
    for table in (Particulars, Contact, Identifier):
        table.objects.filter(student_id=student_id).delete()
    links = PersonLink.objects.filter(student_id=student_id).exclude(state=PersonLink.State.UNDONE)
    links.update(state=PersonLink.State.UNDONE, undone_by=by, undone_at=at)
    deciding.forget_student(student_id, by=by, at=at)
    return key > 0


def _event(student_id: int, at: datetime) -> bytes:
    """Return the leaf that marks an erasure: a digest under a key that nobody keeps says no more than that one took place."""
    text = canonical_bytes({"erased": student_id, "at": at.isoformat()})
    return leaf(hashlib.sha256(secrets.token_bytes(32) + text).digest(), LeafKind.POLICY)
