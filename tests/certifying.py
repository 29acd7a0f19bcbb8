"""Issuing for tests, by the real actions: a provider with its people, authorities and templates, and students who finished."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.urls import get_resolver

from testamur.accounts.roles import Role
from testamur.documents.certification import assets
from testamur.enrolments import actions as enrolments_actions
from testamur.enrolments.said import AttestationSaid
from testamur.issuance import actions
from testamur.issuance.actions import AuthoritySaid, PrepareSaid, TemplateSaid
from testamur.kernel import tenancy
from testamur.students.entering import EnteredStudent
from testamur.students.usi import actions as usi_actions
from tests import build, enrolling
from tests.enrolling import AT, UNITS, School, outcome

ART: Final = assets._ART
USI: Final = "PCVA64XU3D"
GRACE: Final = EnteredStudent("S-1", "Nguyen", "Grace", birth_date=date(1996, 8, 27), gender="F", number=USI)
LETTER: Final = "Delegation of 1 February 2026"


@dataclass(frozen=True, slots=True)
class Office:
    """A provider that may issue: its school, and the four people that issuing needs."""

    school: School
    officer: build.Person
    signatory: build.Person
    second: build.Person

    @property
    def id(self) -> int:
        """Return the provider."""
        return self.school.id

    @property
    def administrator(self) -> build.Person:
        """Return who manages authorities and templates."""
        return self.school.administrator


def picture(name: str) -> bytes:
    """Return a made-up provider's picture."""
    return (ART / f"example-{name}.svg").read_bytes()


def use(settings: Any) -> None:
    """Let the made-up Registry answer, and the marked place stand for the logo that only the regulator hands out."""
    assert get_resolver().url_patterns  # the addresses are chosen once, and without the demo's
    settings.DEMO = True
    settings.USI_REGISTRY = "fake"


def office(kinds: tuple[str, ...] = ("testamur",), *, sector: str = "vet", code: str = "") -> Office:
    """Make a provider with people, authorities confirmed by a second person, and approved templates of some kinds."""
    school = enrolling.school(sector=sector, code=code)
    made = Office(
        school,
        build.member(Role.PROVIDER_ISSUING_OFFICER, school.organisation_id),
        build.member(Role.PROVIDER_SIGNATORY, school.organisation_id),
        build.member(Role.PROVIDER_ADMINISTRATOR, school.organisation_id),
    )
    with tenancy.for_provider(made.id):
        for power, person in (("prepare", made.officer), ("approve", made.signatory)):
            granted(made, AuthoritySaid(power, date(2026, 2, 1), LETTER, account=person.id))
        granted(made, signing())
        for kind in kinds:
            approved(made, kind)
    return made


def signing(**changed: Any) -> AuthoritySaid:
    """Return a signatory's authority as it is said."""
    said: dict[str, Any] = {
        "power": "sign", "since": date(2026, 2, 1), "instrument": LETTER, "printed_name": "Margaret T. Calloway",
        "position": "Registrar", "signature": picture("signature"),
    }  # fmt: skip
    return AuthoritySaid(**said | changed)


def granted(made: Office, said: AuthoritySaid) -> UUID:
    """Grant an authority and let a second person confirm it."""
    authority = actions.grant_authority(said, made.id, by=made.administrator.id, at=AT)
    actions.confirm_authority(authority, by=made.second.id, at=AT)
    return authority


def template(kind: str, **changed: Any) -> TemplateSaid:
    """Return a template as it is proposed: the shipped source with the made-up provider's pictures."""
    said: dict[str, Any] = {"kind": kind, "logo": picture("crest"), "device_kind": "seal", "device": picture("seal")}
    return TemplateSaid(**said | changed)


def approved(made: Office, kind: str) -> UUID:
    """Propose a template and let a second person approve it."""
    proposed = actions.propose_template(template(kind), made.id, by=made.administrator.id, at=AT)
    actions.approve_template(proposed, by=made.second.id, at=AT)
    return proposed


def finished(
    made: Office, local_id: str = "S-1", *, student: EnteredStudent | None = None, at: datetime = AT, **changed: Any
) -> UUID:
    """Enrol Grace, attest her identity, record both units as competent on 1 June, complete, and verify her number."""
    entered = student or GRACE
    enrolment = enrolling.enrolled(made.school, local_id, student=entered, at=at, **changed)
    enrolling.recorded(made.school, enrolment, *(outcome(code) for code in UNITS), at=at)
    with tenancy.for_provider(made.id):
        said = AttestationSaid("video-call", date(2026, 3, 3), "Lee Osei")
        enrolments_actions.attest_identity(enrolment, said, by=made.school.officer.id, at=at)
        enrolments_actions.complete(enrolment, by=made.school.officer.id, at=at)
    usi_actions.verify_usis(at=at)
    return enrolment


def prepared(made: Office, enrolment: UUID, kind: str = "testamur", *, at: datetime = AT, **said: Any) -> UUID:
    """Prepare a document."""
    with tenancy.for_provider(made.id):
        return actions.prepare(enrolment, kind, PrepareSaid(**said), made.id, by=made.officer.id, at=at)


def issued(made: Office, enrolment: UUID, kind: str = "testamur", *, at: datetime = AT) -> UUID:
    """Prepare a document and let the signatory approve it."""
    row = prepared(made, enrolment, kind, at=at)
    with tenancy.for_provider(made.id):
        actions.approve(row, by=made.signatory.id, at=at)
    return row
