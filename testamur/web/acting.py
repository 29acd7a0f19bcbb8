"""Who acts in a request: the account, its role, the organisation, and whose rows it may read.

Staff act with a second factor or not at all; with several memberships they choose one for the session. A person
without any membership acts as a student.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import queries as accounts_queries
from testamur.accounts.queries import MembershipFacts
from testamur.accounts.roles import PERMISSIONS, PROVIDER_ROLES, Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.notices.wording import NoticeText
from testamur.providers import queries as providers_queries
from testamur.students import queries as students_queries

MEMBERSHIP_KEY: Final = "acting_membership"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in a request, in which role and for whom. A student has no organisation."""

    account_id: UUID
    account_email: str
    role: Role
    organisation_id: UUID | None = None
    organisation_name: str = ""
    provider_id: int | None = None
    membership_id: UUID | None = None
    person_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether the role holds a permission."""
        return permission in PERMISSIONS[self.role]


class Request(HttpRequest):
    """A request as our views see it. Behind `@public` and `@for_account`, `acting` may also be None."""

    acting: Acting
    notice: NoticeText | None


def today() -> date:
    """Return the day in the register's own zone."""
    return timezone.localdate()


def account_id_of(request: HttpRequest) -> UUID:
    """Return the signed-in account's id; refuse where nobody is signed in."""
    if request.user.pk is None:
        raise NotAllowed("Nobody is signed in. Sign in and open the page again.")
    return request.user.pk


def has_passed_second_factor(request: HttpRequest) -> bool:
    """Say whether this session was opened or confirmed with a second factor."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def memberships(request: HttpRequest) -> tuple[MembershipFacts, ...]:
    """Return what the signed-in account is a member of now; read once a request."""
    if not request.user.is_authenticated:
        return ()
    held: tuple[MembershipFacts, ...] | None = getattr(request, "held_memberships", None)
    if held is None:
        held = accounts_queries.memberships_of(request.user.pk, timezone.now())
        request.held_memberships = held  # type: ignore[attr-defined]
    return held


def chosen(request: HttpRequest) -> MembershipFacts | None:
    """Return the membership that acts: the only one, or the one chosen in this session; None where one must choose."""
    held = memberships(request)
    wanted = request.session.get(MEMBERSHIP_KEY)
    return held[0] if len(held) == 1 else next((one for one in held if str(one.id) == wanted), None)


def _staff(held: MembershipFacts) -> Acting:
    """Return who acts for an organisation. `provider_id` stays None while the organisation is no provider's."""
    is_provider = held.role in PROVIDER_ROLES
    provider_id = providers_queries.provider_of_organisation(held.organisation_id) if is_provider else None
    return Acting(
        account_id=held.account_id,
        account_email=held.account_email,
        role=held.role,
        organisation_id=held.organisation_id,
        organisation_name=held.organisation_name,
        provider_id=provider_id,
        membership_id=held.id,
    )


def student_acting(request: HttpRequest) -> Acting:
    """Return the signed-in person acting for themselves."""
    account_id = account_id_of(request)
    person_id = students_queries.person_of_account(account_id)
    return Acting(account_id, request.user.get_username(), Role.STUDENT, person_id=person_id)


def acting_of(request: HttpRequest) -> Acting | None:
    """Return who acts, or None: nobody signed in, staff without their second factor, or a choice still to be made."""
    if not request.user.is_authenticated:
        return None
    if not memberships(request):
        return student_acting(request)
    held = chosen(request)
    return _staff(held) if held and has_passed_second_factor(request) else None


def _then_here(request: HttpRequest) -> str:
    """Return the query that brings a reader back to this page; a form that was sent is not sent again."""
    return f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""


def redirect_to_login(request: HttpRequest) -> HttpResponse:
    """Send somebody who is not signed in to the sign-in page, and back here afterwards."""
    return HttpResponseRedirect(reverse("account_login") + _then_here(request))


def _way_again(account_id: UUID) -> str:
    """Return the name of the page on which an account gives its second factor in a session without one."""
    only_passkeys = all(one.passkey for one in accounts_queries.factors_of(account_id))
    offered = "webauthn" in settings.MFA_SUPPORTED_TYPES
    return "mfa_reauthenticate_webauthn" if only_passkeys and offered else "mfa_reauthenticate"


def elsewhere_first(request: HttpRequest) -> HttpResponse | None:
    """Return where a person must go before a page of their role: sign in, second factor, choice of organisation."""
    query = _then_here(request)
    if not request.user.is_authenticated:
        return redirect_to_login(request)
    if not memberships(request):
        return None
    if not accounts_queries.has_second_factor(request.user.pk):
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    if not has_passed_second_factor(request):
        return HttpResponseRedirect(reverse(_way_again(request.user.pk)) + query)
    return None if chosen(request) else HttpResponseRedirect(reverse("choose_membership") + query)


def scope_of(acting: Acting) -> AbstractContextManager[None]:
    """Return on whose behalf the view reads the database."""
    if acting.provider_id is not None:
        return tenancy.for_provider(acting.provider_id)
    return tenancy.for_person(acting.person_id) if acting.person_id else nullcontext()
