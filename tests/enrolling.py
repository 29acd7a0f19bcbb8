"""Enrolments for tests, made by the real actions: a provider with two people, a student, units, and what stands beside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from testamur.accounts.roles import Role
from testamur.enrolments import actions
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import NewEnrolment
from testamur.kernel import tenancy
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.actions import NewProvider, NewRegistration
from testamur.students.entering import EnteredStudent
from tests import build

AT = build.NOW
TODAY = date(2026, 7, 1)
PRODUCT, TITLE = "BSB30120", "Certificate III in Business"
UNITS = {"BSBCRT311": "Apply critical thinking skills", "BSBPEF301": "Organise personal work priorities"}


@dataclass(frozen=True, slots=True)
class School:
    """A vocational provider with a data officer and an administrator."""

    id: int
    organisation_id: UUID
    officer: build.Person
    administrator: build.Person


def school(*, sector: str = "vet", code: str = "") -> School:
    """Make a provider with two people, with an RTO code of its own or the one given."""
    made = build.provider(sector=sector) if not code else _under(code)
    officer = build.member(Role.PROVIDER_DATA_OFFICER, made.organisation_id)
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, made.organisation_id)
    return School(made.id, made.organisation_id, officer, administrator)


def _under(code: str) -> build.Provider:
    """Register a provider under an RTO code of the made-up national register."""
    asked = NewProvider(
        "Wattlebird Training Pty Ltd", NewRegistration("ASQA", "vet", date(2014, 7, 1)), codes={"rto": code}
    )
    number = providers_actions.register_provider(asked, by=build.OPERATOR, at=AT, on=AT.date())
    return build.Provider(number, providers_queries.provider(number).organisation_id)


def new(local_id: str = "S-1", **changed: Any) -> NewEnrolment:
    """Return an enrolment as it is said."""
    said: dict[str, Any] = {
        "student": EnteredStudent(local_id, "Nguyen", "Grace", birth_date=date(2001, 5, 6), gender="F"),
        "product_code": PRODUCT, "product_kind": "qualification", "product_title": TITLE, "enrolled_on": date(2026, 2, 2),
    } | changed  # fmt: skip
    return NewEnrolment(**said)


def enrolled(at_school: School, local_id: str = "S-1", *, at: datetime = AT, **changed: Any) -> UUID:
    """Enrol one student."""
    with tenancy.for_provider(at_school.id):
        return actions.enrol(new(local_id, **changed), at_school.id, by=at_school.officer.id, at=at)


def outcome(code: str = "BSBCRT311", word: str = "competent", **changed: Any) -> OutcomeSaid:
    """Return an outcome as it is said; a decided one on 1 June."""
    said: dict[str, Any] = {"unit_code": code, "unit_title": UNITS.get(code, "A unit"), "outcome": word}
    if word in ("competent", "not-competent"):
        said |= {"decided_on": date(2026, 6, 1), "assessor": "Lee Osei"}
    return OutcomeSaid(**said | changed)


def recorded(at_school: School, enrolment: UUID, *outcomes: OutcomeSaid, reason: str = "", at: datetime = AT) -> None:
    """Record outcomes of one enrolment."""
    with tenancy.for_provider(at_school.id):
        said = [(enrolment, one) for one in outcomes]
        actions.record_outcomes(said, by=at_school.officer.id, at=at, reason=reason)


def completed(at_school: School, local_id: str = "S-1", *, at: datetime = AT) -> UUID:
    """Enrol a student, record both units as competent on 1 June, and complete."""
    enrolment = enrolled(at_school, local_id, at=at)
    recorded(at_school, enrolment, *(outcome(code) for code in UNITS), at=at)
    with tenancy.for_provider(at_school.id):
        actions.complete(enrolment, by=at_school.officer.id, at=at)
    return enrolment
