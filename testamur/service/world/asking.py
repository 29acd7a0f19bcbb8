"""What waits at the desks of the demo's operating training organisation: a request for access, and its student system's key."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role, Scope
from testamur.service.world import people
from testamur.service.world.people import account_of
from testamur.service.world.providers import Place

SYSTEM: Final = "Wattlebird student system"
_SCOPES: Final = (Scope.READ_SUBMISSIONS, Scope.WRITE_SUBMISSIONS, Scope.READ_STUDENTS, Scope.READ_PROVIDER)


def ask_access(place: Place, *, at: datetime) -> None:
    """Somebody of the organisation asks for access and confirms the address; an administrator has to decide."""
    tokens: list[str] = []

    def link_for(token: str) -> str:
        tokens.append(token)
        return settings.PUBLIC_URL + reverse("public:access_request", args=[token])

    accounts_actions.request_access(
        name="Noor Abernathy",
        email="noor.abernathy@wattlebird.example.org",
        organisation_id=place.organisation_id,
        role=Role.PROVIDER_DATA_OFFICER,
        reason="I look after the student system from this half-year on.",
        link_for=link_for,
        at=at,
    )
    queue = settings.PUBLIC_URL + reverse("provider:access_requests")
    accounts_actions.confirm_request(tokens[0], queue_link=queue, at=at)


def make_key(place: Place, *, at: datetime) -> None:
    """The organisation's student system has a key, which was used; the key itself is thrown away here."""
    made = accounts_actions.make_key(
        place.organisation_id,
        system_name=SYSTEM,
        scopes=_SCOPES,
        expires_at=at + timedelta(days=300),
        by=account_of(people.RTO_ADMINISTRATOR),
        at=at,
    )
    accounts_actions.note_key_use(made.id, at=at)
