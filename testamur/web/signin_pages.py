"""Pages around signing in: where to go, the second factor, invitations, the safety of an account, and our texts."""

import io
from typing import Any

import segno
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import DESCRIPTIONS, ISSUING_ROLES, PROVIDER_ROLES, Role
from testamur.accounts.rules import SECURITY_WORDS
from testamur.extracts import actions as extracts_actions
from testamur.kernel.errors import NotFound
from testamur.notices import queries as notices_queries
from testamur.notices.wording import NoticeText
from testamur.web.access import collects, for_account, public
from testamur.web.acting import MEMBERSHIP_KEY, Request, account_id_of, elsewhere_first, memberships, today
from testamur.web.signin_forms import ActivateTOTPForm, InvitedForm, MembershipForm


def _next(request: HttpRequest) -> str:
    """Return where the reader was going, where that is a place of ours; the start page otherwise."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if wanted and get_adapter().is_safe_url(wanted) else reverse("home")


@for_account
@require_safe
def home(request: Request) -> HttpResponseBase:
    """Send everyone to the start page of whom they act for."""
    if first := elsewhere_first(request):
        return first
    role = request.acting.role
    if role is Role.STUDENT:
        return redirect("student:home")
    if role in ISSUING_ROLES:
        return redirect("provider:certification_queue")
    return redirect("provider:home" if role in PROVIDER_ROLES else "secretariat:home")


@for_account
def choose_membership(request: Request) -> HttpResponseBase:
    """Choose the organisation and role to act in for this session."""
    held = memberships(request)
    if not held:
        return redirect("home")
    form = MembershipForm(request.POST or None, held=held, initial={"membership": request.session.get(MEMBERSHIP_KEY)})
    if request.method == "POST" and form.is_valid():
        request.session[MEMBERSHIP_KEY] = form.cleaned_data["membership"]
        request.session.cycle_key()
        return HttpResponseRedirect(_next(request))
    return render(request, "account/choose_membership.html", {"form": form, "next": _next(request)})


def passkeys_offered() -> bool:
    """Say whether this site takes passkeys; a setting may leave them out."""
    return "webauthn" in factor_settings.SUPPORTED_TYPES


# Second factor -------------------------------------------------------------------------------------------------------


class ActivateTOTP(ActivateTOTPView):  # type: ignore[misc]
    """Enrols an authenticator app; the code typed here also counts as this session's second factor."""

    form_class = ActivateTOTPForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether a passkey may be added in its place."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"passkeys_offered": passkeys_offered()}

    def form_valid(self, form: Any) -> HttpResponseBase:
        """Activate, note the factor on the session and give the session another key."""
        response: HttpResponseBase = super().form_valid(form)
        record_authentication(self.request, self.request.user, method="mfa", type="totp")
        self.request.session.cycle_key()
        return response


class RemoveTOTP(DeactivateTOTPView):  # type: ignore[misc]
    """Removes the authenticator app, after saying what that means where it is the last second factor."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether another second factor is left."""
        last = len(accounts_queries.factors_of(self.request.user.pk)) == 1
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"last": last, "staff": bool(memberships(self.request))}


@for_account
@require_safe
def totp_picture(request: Request) -> HttpResponse:
    """Draw the QR code of the secret that is being enrolled in this session; it is a file because of the CSP."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise NotFound("No authenticator app is being added. Open the page for adding one.")
    picture = io.BytesIO()
    code = segno.make(get_factor_adapter().build_totp_url(request.user, secret), error="m")
    code.save(picture, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@for_account
@require_safe
def security(request: Request) -> HttpResponse:
    """Show how this account signs in, and what happened to it."""
    account = accounts_queries.account(account_id_of(request))
    events = accounts_queries.security_events_of(account.id, limit=20)
    held = accounts_queries.factors_of(account.id)
    context = {
        "account": account,
        "app": next((one for one in held if not one.passkey), None),
        "passkeys": [one for one in held if one.passkey],
        "passkeys_offered": passkeys_offered(),
        "staff": bool(memberships(request)),
        "recovery_codes": is_mfa_enabled(request.user, types=[Authenticator.Type.RECOVERY_CODES]),
        "events": [(event.at, SECURITY_WORDS[event.kind]) for event in events],
    }
    return render(request, "account/security.html", context)


@for_account
@require_POST
def report_misuse(request: Request) -> HttpResponse:
    """Lock the reader's own account and every application of theirs, because somebody else used it (TEQ-09)."""
    extracts_actions.report_third_party_use(by=account_id_of(request), at=timezone.now())
    logout(request)
    return redirect("account_inactive")


# Invitations ---------------------------------------------------------------------------------------------------------


@public
@collects("staff-account")
def invitation(request: Request, token: str) -> HttpResponse:
    """Accept an invitation: with the account of its address, or by choosing a password for a new one."""
    now = timezone.now()
    invited = accounts_queries.find_invitation(token, now)
    if invited is None:
        raise NotFound("There is no such invitation. Check that the whole link was copied.")
    mine = request.user.is_authenticated and request.user.get_username() == invited.email
    form = InvitedForm(request.POST or None) if not invited.account_exists else None
    if request.method == "POST" and mine:
        accounts_actions.accept_invitation(token, by=account_id_of(request), at=now)
        return redirect("home")
    if request.method == "POST" and form is not None and form.is_valid():
        accounts_actions.accept_invitation_as_new(token, password=form.cleaned_data["password1"], at=now)
        messages.success(request, "Your account is ready. Sign in, then add your second factor.")
        return redirect("account_login")
    context = {"invited": invited, "described": DESCRIPTIONS[invited.role], "mine": mine, "form": form}
    return render(request, "account/invitation.html", context)


# Texts ---------------------------------------------------------------------------------------------------------------


def _text_page(request: HttpRequest, text: NoticeText) -> HttpResponse:
    """Show one version of a text and the list of its versions."""
    context = {"text": text, "versions": notices_queries.versions(text.name)}
    return render(request, "notices/text.html", context)


@public
@require_safe
def named_text(request: Request, name: str) -> HttpResponse:
    """Show the version of a text that holds today."""
    return _text_page(request, notices_queries.text(name, today()))


@public
@require_safe
def text_version(request: Request, name: str, number: str) -> HttpResponse:
    """Show one version of a text, old or new."""
    return _text_page(request, notices_queries.version(name, number))
