"""Reads of a person's record that leave an access event in the same transaction: without the event nothing is shown.

Officers read inside a case only (CQR-07); a person's own reads are in their list too (issue 2, item 7).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.documents import queries as documents_queries
from testamur.extracts import queries, scans
from testamur.extracts.actions import writing
from testamur.extracts.models import IdentityCheck
from testamur.extracts.queries import ApplicantFacts, ExtractFacts, IdentityFacts, MatchFacts, NoteFacts, RequestFacts
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.register import queries as register_queries
from testamur.register.queries import RecordedVersion
from testamur.students import queries as students_queries
from testamur.students.queries import StudentCard


@dataclass(frozen=True, slots=True)
class Case:
    """What an officer sees of an application inside its case."""

    request: RequestFacts
    applicant: ApplicantFacts
    identity: IdentityFacts | None
    matches: tuple[MatchFacts, ...]
    notes: tuple[NoteFacts, ...]
    extracts: tuple[ExtractFacts, ...]


@dataclass(frozen=True, slots=True)
class IdentityCase:
    """What an officer sees of an identity check."""

    check: IdentityFacts
    applicant: ApplicantFacts
    notes: tuple[NoteFacts, ...]
    requests: tuple[RequestFacts, ...]


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """What a person reads of themselves: students, current versions, extracts."""

    cards: tuple[StudentCard, ...]
    versions: tuple[RecordedVersion, ...]
    extracts: tuple[ExtractFacts, ...]


@transaction.atomic
def open_case(number: str, *, by: UUID, at: datetime) -> Case:
    """An officer, supervisor or auditor reads an application; the applicant and every student shown see that they did."""
    role = writing.role_of(by, at, Permission.READ_APPLICATION)
    with tenancy.for_register():
        request = queries.request(number)
        matches = tuple(queries.matches_of(number))
        about = writing.About(person=request.person_id, provider=request.provider_id, case=number)
        writing.record_read("viewed", "extract", about, by=by, role=role.value, at=at)
        for match in matches:
            shown = writing.About(student=match.student_id, provider=request.provider_id, case=number)
            writing.record_read("viewed", "extract", shown, by=by, role=role.value, at=at)
        own = [one for one in queries.extracts_of(request.person_id) if one.request_number == number]
        return Case(
            request=request,
            applicant=queries.applicant(request.person_id),
            identity=queries.current_identity(request.person_id, on=writing.day_of(at)),
            matches=matches,
            notes=tuple(queries.notes_of(request=number)),
            extracts=tuple(own),
        )


@transaction.atomic
def open_identity_case(number: str, *, by: UUID, at: datetime) -> IdentityCase:
    """An officer or supervisor reads an identity check; the person sees that they did."""
    role = writing.role_of(by, at, Permission.CONFIRM_IDENTITY)
    with tenancy.for_register():
        check = queries.identity_check(number)
        about = writing.About(person=check.person_id, case=number)
        writing.record_read("viewed", "identity", about, by=by, role=role.value, at=at)
        return IdentityCase(
            check=check,
            applicant=queries.applicant(check.person_id),
            notes=tuple(queries.notes_of(identity_check=number)),
            requests=tuple(queries.requests_of(check.person_id)),
        )


@transaction.atomic
def read_scan(number: str, *, by: UUID, at: datetime) -> tuple[bytes, str]:
    """An officer who decides looks at the picture of an identity document; returns its bytes and media type."""
    role = writing.role_of(by, at, Permission.CONFIRM_IDENTITY)
    with tenancy.for_register():
        check = IdentityCheck.objects.filter(number=number).first()
        if check is None or not check.scan:
            raise NotFound("There is no picture: none was supplied yet, or it was deleted at the decision.")
        about = writing.About(person=check.person_id, case=number)
        writing.record_read("downloaded", "identity", about, by=by, role=role.value, at=at)
        return scans.opened(check.scan, check=number), check.scan_type


@transaction.atomic
def read_own_record(*, by: UUID, at: datetime) -> OwnRecord:
    """A person reads what providers lodged about them; nothing before a match is confirmed."""
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        students = students_queries.students_of_person(person_id)
        if students:
            _note_own("viewed", person_id, by=by, at=at)
        return OwnRecord(
            cards=tuple(students_queries.cards(students)),
            versions=tuple(register_queries.current_versions(students)) if students else (),
            extracts=tuple(queries.extracts_of(person_id)),
        )


@transaction.atomic
def download_extract(number: str, *, by: UUID, at: datetime) -> bytes:
    """A person downloads their extract: the bytes as issued. The first download collects the application."""
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        extract = queries.extract(number)
        if documents_queries.issued(number).status == "withdrawn":
            raise NotFound("This extract was withdrawn. Your application says why.")
        _note_own("downloaded", person_id, case=extract.request_number, by=by, at=at)
        content = documents_queries.issued_bytes(number)
        request = writing.locked_request(extract.request_number)
        if request.state == "ready":
            writing.move(request, "collect", by=by, at=at)
    return content


@transaction.atomic
def download_lodged(sha256: str, *, by: UUID, at: datetime) -> Iterator[bytes]:
    """A person downloads a document that a provider lodged about them: the same bytes, under the same hash (TEQ-12)."""
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        students = students_queries.students_of_person(person_id)
        held = register_queries.current_versions(students) if students else []
        lodged = [one for one in held if one.kind.label == "lodged document" and one.facts.get("sha256") == sha256]
        if not lodged:
            raise NotFound("There is no such document, or none that you may see.")
        _note_own("downloaded", person_id, provider=lodged[0].provider_id, by=by, at=at)
        return documents_queries.file_pieces(sha256)


def _note_own(
    action: str, person_id: UUID, *, by: UUID, at: datetime, case: str | None = None, provider: int | None = None
) -> None:
    """Leave the access event of a person's own read."""
    about = writing.About(person=person_id, provider=provider, case=case)
    writing.record_read(action, "own_record", about, by=by, role="student", at=at)
