"""Makes applications for records, as far as a test wants them, by the real actions."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from testamur.accounts.roles import OrganisationKind, Role
from testamur.extracts import actions as extracts_actions
from testamur.extracts.actions import Asked, Details
from tests import build, recording
from tests.build import NOW, Person

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(64)
GRACE: Final = Details("Nguyen", "Grace", date(1990, 2, 9))


@dataclass(frozen=True)
class Secretariat:
    """Two officers, two supervisors and an auditor of one regulator."""

    officer: Person
    officer_two: Person
    supervisor: Person
    supervisor_two: Person
    auditor: Person


def secretariat() -> Secretariat:
    """Make the staff of a regulator."""
    regulator = build.organisation(OrganisationKind.REGULATOR)
    roles = (Role.SECRETARIAT_OFFICER, Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.SUPERVISOR, Role.AUDITOR)
    return Secretariat(*(build.member(role, regulator) for role in roles))


def closed_provider(folder: Path, **bundle: Any) -> build.Provider:
    """Make a closed provider whose records are sealed: by default one student, Grace Nguyen, with a course and two units."""
    provider = build.provider(closed=True)
    lodged: dict[str, Any] = {
        "records": [recording.student("S1")],
        "results": [recording.course("S1"), recording.unit("S1", "ICT501"), recording.unit("S1", "ICT502", year=2014)],
        **bundle,
    }
    recording.record(recording.bundle(folder, provider.id, **lodged))
    return provider


def applicant(details: Details = GRACE, *, at: datetime = NOW) -> Person:
    """Make an account whose person has told their details."""
    person = build.student_account(at=at)
    extracts_actions.tell_details(details, by=person.id, at=at)
    return person


def identified(staff: Secretariat, details: Details = GRACE, *, at: datetime = NOW) -> Person:
    """Make an applicant whose identity an officer confirmed by a picture."""
    person = applicant(details, at=at)
    extracts_actions.name_identity_document("passport", by=person.id, at=at)
    check = extracts_actions.upload_scan(PNG, by=person.id, at=at)
    extracts_actions.confirm_identity(check, by=staff.officer.id, at=at)
    return person


def asked(provider: build.Provider, **changes: Any) -> Asked:
    """Return an application for the years in which Grace studied."""
    return Asked(**{"provider_id": provider.id, "sector": "he", "attended_from": 2012, "attended_until": 2014,
                    "courses": "Master of IT", **changes})  # fmt: skip


def applied(person: Person, provider: build.Provider, *, at: datetime = NOW, **changes: Any) -> str:
    """Apply, and return the number of the case."""
    return extracts_actions.request_records(asked(provider, **changes), by=person.id, at=at)


def ready(folder: Path, staff: Secretariat) -> tuple[Person, str, str]:
    """Make a person whose extract is certified; returns the person, the case and the extract's number."""
    person = identified(staff)
    number = applied(person, closed_provider(folder))
    extract = extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert extract is not None
    return person, number, extract
