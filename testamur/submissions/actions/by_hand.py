"""Certificates are typed one at a time into a submission, changed and taken out again (issue 3, By hand; rulebook CQR-02).

What is typed becomes rows of one file of the submission, which then goes the way of every file: checked, declared by a second
person, sealed. Each save runs the format's own check over the file as it would be; a certificate with an error is not kept
unless the person wants to correct it later. Two people who type at once wait for each other at the submission's lock.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.submissions import by_hand, storage
from testamur.submissions.actions import lodging, writing
from testamur.submissions.by_hand import TypedCertificate, TypedFinding
from testamur.submissions.models import CellFix, Submission, SubmittedFile
from testamur.submissions.queries.by_hand import findings_of, mark_of, typed_certificates
from testamur.submissions.states import SUBMISSION

MOST_CERTIFICATES: Final = 1_000
_CHANGED: Final = (
    "This certificate was changed or taken out meanwhile, perhaps by somebody else. Open the list and look at it again."
)


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a typed certificate: whether it is kept, its mark, and what the check says about it.

    A request that was made before answers as it did then, without findings.
    """

    kept: bool
    mark: str
    findings: tuple[TypedFinding, ...] = ()


class _NotKept(Exception):
    """The certificate has an error; what was done for it is taken back."""


def begin_by_hand(provider_id: int, *, profile: str = "strict", by: UUID, at: datetime, key: str = "") -> UUID:
    """A new submission waits for certificates typed by hand, and its id is returned. For a provider's data officer."""
    return lodging.open_submission(provider_id, format=by_hand.FORMAT, profile=profile, by=by, at=at, key=key)


def add_certificate(
    submission_id: UUID,
    certificate: TypedCertificate,
    *,
    by: UUID,
    at: datetime,
    key: str = "",
    keep_faulty: bool = False,
) -> Entered:
    """A typed certificate stands last in the submission's file, which waits for a check.

    For a provider's data officer. A certificate with an error is kept with `keep_faulty` only. What says the same about student
    and certificate as one that is there gives it its units. Conflict where the submission is being checked or declared; refuses
    a submission that holds other files.
    """

    def place(held: list[TypedCertificate]) -> TypedCertificate:
        known = next((one for one in held if one.cells == certificate.cells), None)
        if known is not None:
            held.remove(known)
        held.append(known.with_new_units_of(certificate) if known else certificate)
        return held[-1]

    return _saved(_Request(submission_id, "add_certificate", by, at, key), certificate, place, keep_faulty=keep_faulty)


def change_certificate(
    submission_id: UUID,
    mark: str,
    certificate: TypedCertificate,
    *,
    by: UUID,
    at: datetime,
    key: str = "",
    keep_faulty: bool = False,
) -> Entered:
    """A certificate of the submission says what was typed now, and stands last in its file.

    For a provider's data officer; keeps and refuses what `add_certificate` does. Conflict where the certificate with this mark
    was changed or taken out meanwhile.
    """

    def place(held: list[TypedCertificate]) -> TypedCertificate:
        held.remove(_marked(submission_id, held, mark))
        same = next((one for one in held if one.cells == certificate.cells), None)
        if same is not None:
            raise Conflict("Another certificate of this submission already says all of this. Change that one instead.")
        held.append(certificate)
        return certificate

    request = _Request(submission_id, "change_certificate", by, at, key, mark)
    return _saved(request, certificate, place, keep_faulty=keep_faulty)


@transaction.atomic
def remove_certificate(submission_id: UUID, mark: str, *, by: UUID, at: datetime, key: str = "") -> int:
    """A certificate no longer stands in the submission's file; returns how many are left.

    For a provider's data officer. The last one cannot be taken out: change it, or withdraw the submission.
    """
    submission = _fillable(submission_id, by=by, at=at)
    about = [str(submission_id), mark]
    if before := writing.answered_before(key, "remove_certificate", by=by, at=at, about=about):
        return int(before) if before.isdecimal() else len(typed_certificates(submission))
    held = typed_certificates(submission)
    held.remove(_marked(submission_id, held, mark))
    if not held:
        raise NotAllowed("This is the only certificate. Change it, add another one first, or withdraw the submission.")

    _rewrite(submission, held, by=by, at=at)

    writing.remember(key, "remove_certificate", by=by, result=str(len(held)))
    return len(held)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request to keep a typed certificate: where, which verb, who, when, under which key, in whose place."""

    submission_id: UUID
    verb: str
    by: UUID
    at: datetime
    key: str
    mark: str = ""


def _saved(
    request: _Request,
    certificate: TypedCertificate,
    place: Callable[[list[TypedCertificate]], TypedCertificate],
    *,
    keep_faulty: bool,
) -> Entered:
    """Put a certificate where it belongs, check the file as it would be, and keep it or leave everything as it was."""
    _refuse_size(certificate)
    findings: tuple[TypedFinding, ...] = ()
    try:
        with transaction.atomic():
            submission = _fillable(request.submission_id, by=request.by, at=request.at)
            said = mark_of(request.submission_id, certificate)
            about = [str(request.submission_id), request.mark, said]
            if before := writing.answered_before(
                request.key, request.verb, by=request.by, at=request.at, about=about, result=said
            ):
                return Entered(True, before)
            SUBMISSION.move(submission.state, "receive")
            held = typed_certificates(submission)
            placed = place(held)
            if len(held) > MOST_CERTIFICATES:
                raise NotAllowed(
                    f"One submission takes {MOST_CERTIFICATES:,} certificates by hand. Begin another one, or send a file."
                )
            findings = tuple(findings_of(submission, held, at=request.at)[-1])
            wrong = [one for one in findings if one.severity == "error"]
            if wrong and not (keep_faulty and all(one.row is not None for one in wrong)):
                raise _NotKept
            _rewrite(submission, held, by=request.by, at=request.at)
            kept = mark_of(request.submission_id, placed)
            writing.remember(request.key, request.verb, by=request.by, result=kept)
    except _NotKept:
        return Entered(False, request.mark, findings)
    return Entered(True, kept, findings)


def _fillable(submission_id: UUID, *, by: UUID, at: datetime) -> Submission:
    """Return a submission that certificates may be typed into now, locked."""
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    return submission


def _refuse_size(certificate: TypedCertificate) -> None:
    """Refuse an empty certificate, and more than one page of a form holds."""
    if certificate.blank:
        raise NotAllowed("Nothing was entered. Fill in the student and the certificate.")
    if len(certificate.units) > by_hand.MOST_UNITS or certificate.longest > by_hand.LONGEST_CELL:
        raise NotAllowed(
            f"A certificate takes {by_hand.MOST_UNITS} units, and a cell {by_hand.LONGEST_CELL:,} characters. Send a file instead."
        )


def _marked(submission_id: UUID, held: list[TypedCertificate], mark: str) -> TypedCertificate:
    """Return the certificate that a mark names; Conflict where it is not there as it was."""
    found = next((one for one in held if mark_of(submission_id, one) == mark), None)
    if found is None:
        raise Conflict(_CHANGED)
    return found


def _rewrite(submission: Submission, held: list[TypedCertificate], *, by: UUID, at: datetime) -> None:
    """Put the certificates in the place of the earlier file, whose bytes and fixes, now in the cells, go."""
    before = SubmittedFile.objects.filter(submission=submission, current=True).values_list("sha256", flat=True).first()
    content = by_hand.written(held)
    arriving = lodging.ArrivingFile(by_hand.FILE_NAME, io.BytesIO(content))
    received = lodging.receive_files(submission.pk, [arriving], by=by, at=at)
    if before is None or not received.new:
        return
    replaced = bytes(before)
    CellFix.objects.filter(submission=submission, sha256=replaced).delete()
    transaction.on_commit(lambda: _forget(submission.pk, replaced))


def _forget(submission_id: UUID, sha256: bytes) -> None:
    """Remove bytes that no current file of the submission has; under the lock, since another save may bring them back."""
    with tenancy.for_register():
        writing.locked(submission_id)
        if not SubmittedFile.objects.filter(submission_id=submission_id, current=True, sha256=sha256).exists():
            storage.room_of(submission_id).forget_files([sha256.hex()])
