"""A provider's systems and keys as the secretariat sees them; a supervisor revokes a key with a reason (issue 3, F.2)."""

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts import systems as accounts_systems
from testamur.accounts.roles import Permission, Role
from testamur.accounts.systems import KeyFacts
from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard
from testamur.web.access import Request, for_role, today
from testamur.web.key_parts import keys_table, people_of, scope_words
from testamur.web.parts import Link, SummaryRow, crumbs
from testamur.web.templatetags.testamur import long_moment

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)


class RevokeForm(forms.Form):
    """Why a key is revoked."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="The provider's administrators read it beside the key. Name nobody.",
        widget=forms.Textarea({"rows": 2}),
    )


@for_role(*_READERS)
@require_safe
def systems(request: Request, provider_id: int) -> HttpResponse:
    """List a provider's systems and keys: prefix, scopes, state and last use."""
    card = providers_queries.provider_card(provider_id, on=today())
    keys = accounts_systems.keys_of(card.organisation_id)
    may = request.acting.may(Permission.REVOKE_SYSTEM_KEY)
    names: dict[UUID | None, str] = {one: _name(one) for one in people_of(keys)}
    table = keys_table(
        keys,
        at=timezone.now(),
        names=names,
        day=long_moment,
        zone=card.zone,
        revoke=(lambda key: reverse("secretariat:revoke_key", args=[card.id, key.id])) if may else None,
        empty="No system of this provider has a key.",
    )
    context = {"card": card, "table": table, "crumbs": _trail(card), "wide": True, "may_revoke": may}
    return render(request, "secretariat/systems.html", context)


@for_role(Role.SUPERVISOR, permission=Permission.REVOKE_SYSTEM_KEY)
def revoke(request: Request, provider_id: int, key_id: UUID) -> HttpResponse:
    """Revoke a provider's key; its administrators are told, and read the reason."""
    card = providers_queries.provider_card(provider_id, on=today())
    key = _key(card, key_id)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        accounts_actions.revoke_key(key.id, by=request.acting.account_id, at=timezone.now(), reason=reason)
        messages.success(request, f"The key {key.prefix}… of {key.system_name} opens nothing any more.")
        return redirect("secretariat:systems", card.id)
    rows = [
        SummaryRow("System", key.system_name),
        SummaryRow("Key", f"{key.prefix}…", mono=True),
        SummaryRow("May", scope_words(key)),
        SummaryRow("Last used", long_moment(key.last_used_at) or "never"),
    ]
    context = {"card": card, "rows": rows, "form": form if key.usable(timezone.now()) else None}
    shown = {**context, "crumbs": _trail(card, deeper=True)}
    return render(request, "secretariat/system_key_revoke.html", shown, status=422 if form.errors else 200)


def _key(card: ProviderCard, key_id: UUID) -> KeyFacts:
    """Return a key of the provider; raises NotFound."""
    for key in accounts_systems.keys_of(card.organisation_id):
        if key.id == key_id:
            return key
    raise NotFound("There is no such key at this provider.")


def _name(account_id: UUID) -> str:
    """Return how somebody is named to the secretariat."""
    account = accounts_queries.account(account_id)
    return account.name or account.email


def _trail(card: ProviderCard, *, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Work", reverse("secretariat:home")), ("Providers", reverse("secretariat:providers"))]
    steps.append((card.legal_name, reverse("secretariat:provider", args=[card.id])))
    if deeper:
        steps.append(("Systems and keys", reverse("secretariat:systems", args=[card.id])))
    return crumbs(*steps)
