"""Makes things for tests by calling the real actions, so that no test holds a state the product cannot reach.

Each function takes the moment as `at`; NOW is a fixed one. Extend this file by functions, one a thing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

from django.test import Client
from django.urls import reverse

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import DESCRIPTIONS, OrganisationKind, Role
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.actions import NewProvider, NewRegistration

NOW: Final = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
PASSWORD: Final = "correct harbour battery lamp"
OPERATOR: Final = UUID("00000000-0000-4000-8000-000000000000")
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in: staff with their membership and second factor, or a student."""

    id: UUID
    email: str
    role: Role = Role.STUDENT
    organisation_id: UUID | None = None
    membership_id: UUID | None = None


def link(token: str) -> str:
    """Return the address that an invitation's mail shows."""
    return f"http://localhost:8000/account/invitation/{token}/"


def organisation(
    kind: OrganisationKind = OrganisationKind.PROVIDER, *, name: str = "", zone: str = "Australia/Sydney"
) -> UUID:
    """Make an organisation and return its id."""
    return accounts_actions.register_organisation(kind, name=name or f"Organisation {next(_numbers)}", zone=zone)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of the register and the organisation that its staff belong to."""

    id: int
    organisation_id: UUID


def provider(
    *, name: str = "", sector: str = "he", closed: bool = False, by: UUID = OPERATOR, at: datetime = NOW
) -> Provider:
    """Register a provider: with TEQSA in higher education, with ASQA in vocational education; closed ones ceased."""
    number = next(_numbers)
    higher = sector == "he"
    new = NewProvider(
        legal_name=name or f"Institute {number} Pty Ltd",
        registration=NewRegistration("TEQSA" if higher else "ASQA", sector, date(2014, 7, 1)),
        codes={"teqsa": f"PRV{number + 10000:05d}"} if higher else {"rto": f"{number + 40000:05d}"},
    )
    provider_id = providers_actions.register_provider(new, by=by, at=at, on=at.date())
    card = providers_queries.provider_card(provider_id, on=at.date())
    if closed:
        said: dict[str, Any] = {"authority": "Notice of the provider", "by": by, "at": at, "on": at.date()}
        (registration,) = card.registrations
        providers_actions.record_ceasing(
            registration.id, effective_date=date(2025, 3, 1), ceases_on=date(2025, 6, 30), **said
        )
        providers_actions.record_ceased(registration.id, effective_date=date(2025, 7, 1), **said)
    return Provider(provider_id, card.organisation_id)


def student_account(*, email: str = "", at: datetime = NOW, confirmed: bool = True) -> Person:
    """Register a student's account, its address confirmed unless told otherwise."""
    address = email or f"student{next(_numbers)}@example.org"
    account_id = accounts_actions.register_student_account(email=address, password=PASSWORD, at=at)
    if confirmed:
        accounts_actions.confirm_address(account_id, at=at)
    return Person(account_id, address)


def member(
    role: Role,
    organisation_id: UUID | None = None,
    *,
    email: str = "",
    at: datetime = NOW,
    by: UUID | None = None,
    second_factor: bool = True,
) -> Person:
    """Invite a person, let them accept, and enrol their second factor unless told otherwise."""
    kind = DESCRIPTIONS[role].organisation_kind
    assert kind is not None
    where = organisation_id or organisation(kind)
    address = email or f"{role.value.replace('_', '.')}.person{next(_numbers)}@example.org"
    invited = accounts_actions.invite_member(
        email=address, name="Robin Example", organisation_id=where, role=role, link_for=link, by=by, at=at
    )
    account_id = accounts_actions.accept_invitation_as_new(invited.token, password=PASSWORD, at=at)
    if second_factor:
        accounts_actions.enrol_second_factor(account_id, secret=SECRET, at=at)
    (held,) = accounts_queries.memberships_of(account_id, at)
    return Person(account_id, address, role, where, held.id)


def totp_code(secret: str = SECRET) -> str:
    """Return the code that an authenticator app shows now."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def signed_in(person: Person, *, client: Client | None = None) -> Client:
    """Sign a person in through the real pages, with the second factor where there is one, and return the browser."""
    from django.core.cache import cache

    cache.clear()  # rate limits and used codes of other tests
    browser = client or Client()
    answer = browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, "the password was refused"
    if answer["Location"] == reverse("mfa_authenticate"):
        page = answer["Location"]
        answer = browser.post(page, {"code": totp_code()})
        if answer.status_code != 302:  # a new code began between reading it and typing it
            answer = browser.post(page, {"code": totp_code()})
        assert answer.status_code == 302, "the code was refused"
    return browser
