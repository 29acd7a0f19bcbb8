"""Staff of a provider ask for access for themselves (CQR-19): find the provider, ask, confirm from the mailbox.

The answer to a request is one and the same whoever asks, so it tells nobody who has an account. The link of the mail leads
to the request's own page, which confirms by a button, for programs that scan mail open links and press none; it says
what became of the request and takes it back. It holds a secret, so no cache and no log of ours keeps its address.
"""

from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts import access as accounts_access
from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import DESCRIPTIONS, Role
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.providers import queries as providers_queries
from testamur.providers import rules as providers_rules
from testamur.providers.queries import ProviderCard
from testamur.register import queries as register_queries
from testamur.web.access import Request, View, collects, public, today
from testamur.web.access_parts import request_rows, state_words
from testamur.web.parts import Link, crumbs
from testamur.web.provider_words import status_words
from testamur.web.public import limits
from testamur.web.signin import absolute

_LONGEST_QUERY: Final = 200
_MOST: Final = 10
_HOUR: Final = 3600
_OPERATING: Final = frozenset({"registered", "suspended", "ceasing"})
_ROLES: Final = (Role.PROVIDER_DATA_OFFICER, Role.PROVIDER_ADMINISTRATOR)


class AskForm(forms.Form):
    """Who asks to act for a provider, in which role, and why."""

    name = forms.CharField(label="Your full name", max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        label="Your own work e-mail address",
        max_length=254,
        help_text="We send a link there to confirm it. A mailbox that several people read (info@, admin@, reception@) "
        "cannot be a user, because every act in the register has one author.",
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    role = forms.ChoiceField(
        label="What you will do",
        choices=[(role.value, f"{DESCRIPTIONS[role].title}. {DESCRIPTIONS[role].does}") for role in _ROLES],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why you, and who at the provider knows",
        max_length=1000,
        help_text="Your position, and somebody in charge who can confirm that you act for the provider. For a closed "
        "provider: in what capacity you hold its records.",
        widget=forms.Textarea({"rows": 4}),
    )


def _secret(view: View) -> View:
    """Keep a page out of caches and search engines, and its address, which holds a secret, out of our logs."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except (Conflict, NotFound) as refused:
            context = {"reason": refused.message}
            gone = isinstance(refused, NotFound)
            response = render(request, f"errors/{404 if gone else 409}.html", context, status=404 if gone else 409)
        patch_cache_control(response, private=True, no_store=True)
        response.headers["X-Robots-Tag"] = "noindex"
        # Django writes the address of every refused request to the log, unless the response says that this was done.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response  # type: ignore[return-value]

    return wrapped


@public
@require_safe
def access(request: Request) -> HttpResponse:
    """Say how access is given, and find the provider."""
    typed = request.GET.get("q", "")[:_LONGEST_QUERY].strip()
    hits = providers_queries.search_providers(typed, on=today()) if typed else []
    context = {
        "typed": typed,
        "hits": [(hit, status_words(hit.status)) for hit in hits],
        "slips": providers_rules.check_number_typed(typed) if typed and not hits else [],
        "crumbs": _trail(),
    }
    return render(request, "public/access.html", context)


@public
@collects("access-request")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request, provider_id: int) -> HttpResponse:
    """Ask for access to one provider; the answer never depends on who has an account."""
    card = providers_queries.provider_card(provider_id, on=today())
    form = AskForm(request.POST or None)
    context = {"card": card, "crumbs": _trail(deeper=True)}
    if not _takes_requests(card):
        return render(request, "public/access_closed.html", context)
    if request.method == "POST":
        if wait := limits.seconds_to_wait(request, what="access", most=_MOST, window=_HOUR):
            return _too_often(request, wait)
        if form.is_valid() and _asked(form, card):
            return redirect("public:access_sent")
    return render(request, "public/access_ask.html", {**context, "form": form}, status=422 if form.errors else 200)


@public
@require_safe
def sent(request: Request) -> HttpResponse:
    """Say what happens next, the same to everybody."""
    return render(request, "public/access_sent.html", {"crumbs": _trail(deeper=True)})


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_secret
def one(request: Request, token: str) -> HttpResponse:
    """Show what became of the request of a link; confirm it, or take it back."""
    now = timezone.now()
    found = accounts_access.request_of(token, now)
    if found is None:
        raise NotFound("There is no request at this address. It may be over, or a newer message holds the link.")
    if request.method == "POST":
        if request.POST.get("verb") == "withdraw":
            accounts_actions.withdraw_request(token, at=now)
            messages.success(request, "You have taken your request back.")
        else:
            queue = absolute(reverse("provider:access_requests"))
            accounts_actions.confirm_request(token, queue_link=queue, at=now)
            messages.success(request, "Your address is confirmed, and your request is with those who decide.")
        return redirect("public:access_request", token)
    context = {
        "found": found,
        "state": state_words(found),
        "rows": request_rows(found),
        "by_secretariat": found.for_secretariat(now),
        "crumbs": _trail(),
    }
    return render(request, "public/access_one.html", context)


def _asked(form: AskForm, card: ProviderCard) -> bool:
    """Take the request of the form; a refusal stands beside the address."""
    said = form.cleaned_data
    try:
        accounts_actions.request_access(
            name=said["name"],
            email=said["email"],
            organisation_id=card.organisation_id,
            role=Role(said["role"]),
            reason=said["reason"],
            link_for=lambda token: absolute(reverse("public:access_request", args=[token])),
            at=timezone.now(),
        )
    except NotAllowed as refused:
        for found in refused.findings:
            form.add_error("email", f"{found.message} {found.fix}")
        return False
    return True


def _takes_requests(card: ProviderCard) -> bool:
    """Say whether anybody has something to do for a provider: it operates, is being closed, or its records are held."""
    return (
        card.status in _OPERATING
        or any(held.closure and held.state != "archived" for held in card.registrations)
        or bool(register_queries.holdings(card.id))
    )


def _too_often(request: Request, wait: int) -> HttpResponse:
    """Say that an address has asked too often, and when it may ask again."""
    context = {"minutes": -(-wait // 60), "limit": _MOST}
    response = render(request, "public/access_limit.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def _trail(*, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Home", reverse("public:home"))]
    return crumbs(*steps, *([("Ask for access", reverse("public:access"))] if deeper else []))
