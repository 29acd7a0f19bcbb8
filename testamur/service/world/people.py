"""Who can sign in to the demo: one person a role, each with a password, staff with a second factor."""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import DESCRIPTIONS, OrganisationKind, Role
from testamur.kernel.errors import NotFound
from testamur.service.world.providers import Place
from testamur.web.signin import invitation_link

SECRETARIAT: Final = "Secretariat of the demonstration register"
_PERIOD: Final = 30.0  # seconds that a code holds
_LEAST: Final = 8.0
PASSWORD: Final = "correct harbour battery lamp"  # noqa: S105 - the demo's people do not exist


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of the demo: what they are for, how they sign in, and, for students, what they would tell the register."""

    key: str
    role: Role
    name: str
    email: str
    about: str
    born: date | None = None
    where: str = ""

    @property
    def secret(self) -> str:
        """Return the Base32 secret of the second factor, empty for students; the same in every demo."""
        if self.role is Role.STUDENT:
            return ""
        return base64.b32encode(hashlib.sha256(f"testamur demo {self.key}".encode()).digest()[:20]).decode()

    @property
    def title(self) -> str:
        """Return what the person's role is called, and where; students are told apart by where they stand."""
        title = DESCRIPTIONS[self.role].title
        apart = self.key if self.role is Role.STUDENT else self.where
        return f"{title}, {apart}" if apart else title

    @property
    def code(self) -> str:
        """Return what the person's authenticator app shows now, empty for students."""
        return totp_code(self.secret) if self.secret else ""


VERIFIED: Final = Persona(
    "verified", Role.STUDENT, "Amara Whitlock", "amara@example.org",
    "identity confirmed, a certified extract is ready", date(1996, 8, 27),
)  # fmt: skip
PENDING: Final = Persona(
    "pending", Role.STUDENT, "Tomás Kealoha", "tomas@example.org",
    "has applied; an officer has yet to confirm who he is", date(1994, 2, 3),
)  # fmt: skip
FRESH: Final = Persona(
    "fresh", Role.STUDENT, "Lan Fairweather", "lan@example.org",
    "has an account and nothing else: walk the student’s way with her", date(1998, 11, 19),
)  # fmt: skip
VOCATIONAL: Final = Persona(
    "vocational", Role.STUDENT, "Ingrid Mossvale", "ingrid@example.org",
    "of the closed training organisation; an extract with certificate number and units is ready", date(1993, 2, 18),
)  # fmt: skip
HIGHER_STUDENTS: Final = (VERIFIED, PENDING, FRESH)
STUDENTS: Final = (*HIGHER_STUDENTS, VOCATIONAL)
DATA_OFFICER: Final = Persona(
    "data officer", Role.PROVIDER_DATA_OFFICER, "Inês Moreau", "ines.moreau@harbourlight.example.org",
    "of the closed provider; a submission with faults waits for her",
)  # fmt: skip
ADMINISTRATOR: Final = Persona(
    "administrator", Role.PROVIDER_ADMINISTRATOR, "Karim Haddad", "karim.haddad@harbourlight.example.org",
    "of the closed provider; declares what Inês prepared",
)  # fmt: skip
RTO_OFFICER: Final = Persona(
    "RTO data officer", Role.PROVIDER_DATA_OFFICER, "Marama Ngata", "marama.ngata@wattlebird.example.org",
    "of the operating RTO; NAT files with faults wait for her, and a period is due", where="Wattlebird",
)  # fmt: skip
RTO_ADMINISTRATOR: Final = Persona(
    "RTO administrator", Role.PROVIDER_ADMINISTRATOR, "Greta Lindholm", "greta.lindholm@wattlebird.example.org",
    "of the operating RTO; made a key for its student system, and decides on a request for access", where="Wattlebird",
)  # fmt: skip
RTO_ISSUER: Final = Persona(
    "RTO issuing officer", Role.PROVIDER_ISSUING_OFFICER, "Yuki Halloran", "yuki.halloran@wattlebird.example.org",
    "of the operating RTO; prepares certification, and has documents waiting", where="Wattlebird",
)  # fmt: skip
RTO_SIGNATORY: Final = Persona(
    "RTO signatory", Role.PROVIDER_SIGNATORY, "Benedict Achebe", "benedict.achebe@wattlebird.example.org",
    "of the operating RTO; approves what Yuki prepared", where="Wattlebird",
)  # fmt: skip
RTO_SECOND: Final = Persona(
    "RTO second administrator", Role.PROVIDER_ADMINISTRATOR, "Freya Abernethy", "freya.abernethy@wattlebird.example.org",
    "of the operating RTO; confirms authorities that Greta granted", where="Wattlebird, second",
)  # fmt: skip
TRAINING_OFFICER: Final = Persona(
    "closed RTO data officer", Role.PROVIDER_DATA_OFFICER, "Sione Taufa", "sione.taufa@boobook.example.org",
    "of the closed RTO; lodged in three formats", where="Boobook",
)  # fmt: skip
TRAINING_ADMINISTRATOR: Final = Persona(
    "closed RTO administrator", Role.PROVIDER_ADMINISTRATOR, "Elena Marchetti", "elena.marchetti@boobook.example.org",
    "of the closed RTO; declared what Sione prepared", where="Boobook",
)  # fmt: skip
CEASING_OFFICER: Final = Persona(
    "ceasing data officer", Role.PROVIDER_DATA_OFFICER, "Aiko Petersen", "aiko.petersen@saltbush.example.org",
    "of the provider that ceases soon; lodged its first years, and the rest is asked for", where="Saltbush",
)  # fmt: skip
CEASING_ADMINISTRATOR: Final = Persona(
    "ceasing administrator", Role.PROVIDER_ADMINISTRATOR, "Mateo Silvan", "mateo.silvan@saltbush.example.org",
    "of the provider that ceases soon; declared what Aiko prepared", where="Saltbush",
)  # fmt: skip
OFFICER: Final = Persona(
    "officer", Role.SECRETARIAT_OFFICER, "Róisín Callaghan", "roisin.callaghan@secretariat.example.org",
    "confirms identities, works applications, keeps the list of providers",
)  # fmt: skip
SUPERVISOR: Final = Persona(
    "supervisor", Role.SUPERVISOR, "Hao Zhang", "hao.zhang@secretariat.example.org",
    "approves what officers propose",
)  # fmt: skip
AUDITOR: Final = Persona(
    "auditor", Role.AUDITOR, "Alinta Burgoyne", "alinta.burgoyne@secretariat.example.org",
    "reads what was done and by whom",
)  # fmt: skip
SECRETARIAT_STAFF: Final = (OFFICER, SUPERVISOR, AUDITOR)
PROVIDER_STAFF: Final = (DATA_OFFICER, ADMINISTRATOR)
RTO_STAFF: Final = (RTO_OFFICER, RTO_ADMINISTRATOR, RTO_ISSUER, RTO_SIGNATORY, RTO_SECOND)
TRAINING_STAFF: Final = (TRAINING_OFFICER, TRAINING_ADMINISTRATOR)
CEASING_STAFF: Final = (CEASING_OFFICER, CEASING_ADMINISTRATOR)
EVERYBODY: Final = (*STUDENTS, *PROVIDER_STAFF, *RTO_STAFF, *TRAINING_STAFF, *CEASING_STAFF, *SECRETARIAT_STAFF)


@dataclass(frozen=True, slots=True)
class Secretariat:
    """The secretariat's organisation and the accounts of its people, by key."""

    organisation_id: UUID
    accounts: Mapping[str, UUID]

    @property
    def officer(self) -> UUID:
        """Return the officer's account."""
        return self.accounts[OFFICER.key]

    @property
    def supervisor(self) -> UUID:
        """Return the supervisor's account."""
        return self.accounts[SUPERVISOR.key]


def totp_code(secret: str) -> str:
    """Return the six digits that an authenticator app shows now for a secret."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def lasting_code(secret: str) -> str:
    """Return a code that holds for some seconds more; near the end of one, wait for the next."""
    left = _PERIOD - time.time() % _PERIOD
    if left < _LEAST:
        time.sleep(left + 0.1)
    return totp_code(secret)


def appoint_secretariat(*, at: datetime) -> Secretariat:
    """Make the secretariat and its people."""
    organisation = accounts_actions.register_organisation(
        OrganisationKind.REGULATOR, name=SECRETARIAT, zone="Australia/Sydney"
    )
    made = {one.key: appoint(one, organisation, by=None, at=at) for one in SECRETARIAT_STAFF}
    return Secretariat(organisation, MappingProxyType(made))


def appoint_provider_staff(
    staff: Secretariat, place: Place, members: tuple[Persona, ...] = PROVIDER_STAFF, *, at: datetime
) -> None:
    """Make the people of a provider, invited by the secretariat's officer."""
    for one in members:
        appoint(one, place.organisation_id, by=staff.officer, at=at)


def appoint(persona: Persona, organisation_id: UUID, *, by: UUID | None, at: datetime) -> UUID:
    """Invite somebody, accept for them, enrol their second factor; return the account."""
    invited = accounts_actions.invite_member(
        email=persona.email,
        name=persona.name,
        organisation_id=organisation_id,
        role=persona.role,
        link_for=invitation_link,
        by=by,
        at=at,
    )
    account = accounts_actions.accept_invitation_as_new(invited.token, password=PASSWORD, at=at)
    accounts_actions.enrol_second_factor(account, secret=persona.secret, at=at)
    return account


def register_student(persona: Persona, *, at: datetime) -> UUID:
    """Make a student's account with a confirmed address; return it."""
    account = accounts_actions.register_student_account(email=persona.email, password=PASSWORD, at=at)
    accounts_actions.confirm_address(account, at=at)
    return account


def account_of(persona: Persona) -> UUID:
    """Return the account of somebody of the demo; raises NotFound."""
    found = accounts_queries.find_account(persona.email)
    if found is None:
        raise NotFound("The demo's world has no such person. Start it with --fresh.")
    return found.id
