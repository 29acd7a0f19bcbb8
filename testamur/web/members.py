"""The page on which an administrator or the secretariat invites and removes an organisation's staff (CQR-19)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.queries import MembershipFacts, OrganisationFacts
from testamur.accounts.roles import DESCRIPTIONS, STAFF_ROLES, Permission, Role
from testamur.accounts.rules import may_appoint
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.web.access import collects, for_role
from testamur.web.acting import Acting, Request
from testamur.web.signin import invitation_link
from testamur.web.signin_forms import InviteForm

_MANAGERS = (Role.PROVIDER_ADMINISTRATOR, Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)


def _roles(acting: Acting, organisation: OrganisationFacts) -> tuple[Role, ...]:
    """Return the roles that this person may give in this organisation."""
    own = acting.organisation_id == organisation.id
    return tuple(
        role
        for role in Role
        if role in STAFF_ROLES and may_appoint(role, organisation.kind, acting.role, own_organisation=own).allowed
    )


def _organisation(acting: Acting, organisation_id: UUID | None) -> OrganisationFacts:
    """Return the organisation of the page; another one than one's own only for the secretariat."""
    wanted = organisation_id or acting.organisation_id
    if wanted is None or (wanted != acting.organisation_id and acting.role is Role.PROVIDER_ADMINISTRATOR):
        raise NotFound("There is no such organisation.")
    return accounts_queries.organisation(wanted)


@for_role(*_MANAGERS, permission=Permission.MANAGE_MEMBERS)
@collects("staff-account")
def members(request: Request, organisation_id: UUID | None = None) -> HttpResponse:
    """Show who acts for an organisation, and invite a named person."""
    now = timezone.now()
    organisation = _organisation(request.acting, organisation_id)
    roles = _roles(request.acting, organisation)
    form = InviteForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid() and _invite(request, form, organisation):
        return redirect("members_of", organisation.id)
    context = {
        "organisation": organisation,
        "members": [_line(one) for one in accounts_queries.members_of(organisation.id, now)],
        "invitations": [
            (one, DESCRIPTIONS[one.role].title) for one in accounts_queries.open_invitations(organisation.id, now)
        ],
        "form": form if roles else None,
        "may_remove": bool(roles),
    }
    return render(request, "account/members.html", context)


def _line(one: MembershipFacts) -> tuple[MembershipFacts, str]:
    """Return a member and the title of their role."""
    return one, DESCRIPTIONS[one.role].title


def _invite(request: Request, form: InviteForm, organisation: OrganisationFacts) -> bool:
    """Invite the person of the form; a refusal is shown beside the address."""
    try:
        accounts_actions.invite_member(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            organisation_id=organisation.id,
            role=Role(form.cleaned_data["role"]),
            link_for=invitation_link,
            by=request.acting.account_id,
            at=timezone.now(),
            key=form.cleaned_data["key"],
        )
    except (NotAllowed, Conflict) as refused:
        form.add_error("email", refused.message)
        return False
    messages.success(request, "The invitation is on its way. It can be accepted for seven days.")
    return True


@for_role(*_MANAGERS, permission=Permission.MANAGE_MEMBERS)
@require_POST
def remove(request: Request, membership_id: UUID) -> HttpResponse:
    """End a membership at once."""
    organisation_id = accounts_actions.remove_member(membership_id, by=request.acting.account_id, at=timezone.now())
    messages.success(request, "The person no longer acts for this organisation.")
    return redirect("members_of", organisation_id)
