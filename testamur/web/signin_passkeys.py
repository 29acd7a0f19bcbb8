"""Passkeys (WebAuthn) as the second factor: adding, using, naming and removing them.

allauth keeps them and drives the ceremony; here stand our words and what it leaves open: the origin is exactly that of
the register's public address, a passkey counts on, and a reply that cannot be read is refused like a wrong one. A
passkey alone opens nothing: it goes with the password, as the code of an app does.
"""

import struct
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic.edit import FormView
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticationResponse, CollectedClientData, RegistrationResponse

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.kernel.errors import NotAllowed
from testamur.web import parts
from testamur.web.access import for_account
from testamur.web.acting import Request, account_id_of, memberships
from testamur.web.signin_forms import AuthenticateForm
from testamur.web.templatetags.testamur import long_moment

NAME_LIMIT: Final = 60
REPLY_LIMIT: Final = 20_000  # characters; a reply with attestation has about 1,500
_NAME_HINT: Final = "So that you know it again, such as “work laptop” or “blue key”."
_NOT_ADDED: Final = "The passkey was not added: what the browser sent does not answer this page. Try again."
_NOT_KNOWN: Final = "This passkey was not accepted. Try again, or use another way."
_UNREADABLE: Final = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)
_PORTS: Final = {"http": 80, "https": 443}


def origin() -> str:
    """Return the origin at which passkeys work: scheme, host and port of the register's public address."""
    parts = urlsplit(settings.PUBLIC_URL)
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _read(read: Callable[[Any], Any], credential: Any, words: str) -> Any:
    """Return a browser's reply as its reader gives it; refuse one that cannot be read."""
    try:
        return read(credential)
    except _UNREADABLE as error:
        raise ValidationError(words) from error


def _refuse_elsewhere(client: CollectedClientData, words: str) -> None:
    """Refuse a reply that a browser gave to a page of another address, or inside a frame of one."""
    if client.origin != origin() or client.cross_origin:
        raise ValidationError(words)


class ReplyField(forms.JSONField):
    """What the script of a page sends of a browser's reply; one that is too long or too deep to be one is refused."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Return the reply, of some kilobytes at most."""
        if isinstance(value, str) and len(value) > REPLY_LIMIT:
            raise ValidationError(_NOT_KNOWN)
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise ValidationError(_NOT_KNOWN) from error

    def bound_data(self, data: Any, initial: Any) -> None:
        """Put no reply back on the page: it is good for one challenge."""

    def prepare_value(self, value: Any) -> str:
        """Begin empty; the script fills it in."""
        return ""


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A name for a passkey; the script of the page fills in what the browser answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = ReplyField()
        self.fields["name"] = forms.CharField(
            label="Name of the passkey", help_text=_NAME_HINT, max_length=NAME_LIMIT, required=False
        )
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_credential(self) -> Any:
        """Refuse a reply that cannot be read, comes from another address or has a key that we cannot check."""
        credential = self.cleaned_data["credential"]
        reply = _read(RegistrationResponse.from_dict, credential, _NOT_ADDED).response
        _refuse_elsewhere(reply.client_data, _NOT_ADDED)
        held = reply.attestation_object.auth_data.credential_data
        if held is None or held.public_key.get(3) not in CoseKey.supported_algorithms():
            raise ValidationError(_NOT_ADDED)
        return credential

    def clean(self) -> dict[str, Any]:
        """Check the reply against the challenge of this page, in our words."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError as error:
            raise ValidationError(_NOT_ADDED) from error
        return cleaned


class _UsePasskey(passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """What using a passkey asks for, at sign-in and afterwards."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = ReplyField()

    def clean_credential(self) -> Authenticator:
        """Return the passkey that signed this page's challenge at our address and counted on."""
        credential = self.cleaned_data["credential"]
        reply = _read(AuthenticationResponse.from_dict, credential, _NOT_KNOWN).response
        _refuse_elsewhere(reply.client_data, _NOT_KNOWN)
        try:
            passkey = super().clean_credential()
        except ValidationError as error:
            if error.code == "incorrect_code":
                raise ValidationError(_NOT_KNOWN) from error
            raise
        try:
            accounts_actions.note_passkey_use(
                self.user.pk, passkey.pk, shown=reply.authenticator_data.counter, at=timezone.now()
            )
        except NotAllowed as refusal:
            raise ValidationError(refusal.message) from refusal
        passkey.refresh_from_db(fields=["data"])
        return passkey


class UsePasskeyForm(_UsePasskey):
    """A passkey after the password, at sign-in."""


class UsePasskeyAgainForm(_UsePasskey):
    """A passkey in a session that stands already."""

    reauthenticated = True


class NamePasskeyForm(passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(label="Name of the passkey", help_text=_NAME_HINT, max_length=NAME_LIMIT)


class SecondFactor(AuthenticateView):  # type: ignore[misc]
    """The second step of signing in: a passkey, a code of the app, or a recovery code; whatever the account has."""

    form_class = AuthenticateForm
    webauthn_form_class = UsePasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which ways this account has."""
        held = accounts_queries.factors_of(self.stage.login.user.pk)
        ways = {"has_passkey": any(one.passkey for one in held), "has_app": any(not one.passkey for one in held)}
        context: dict[str, Any] = super().get_context_data(**kwargs) | ways
        if not ways["has_app"]:
            self.auth_form.fields["code"].label = "Recovery code"
            self.auth_form.fields["code"].help_text = "For when your passkey is not at hand. Each code works once."
        return context


class AddPasskey(passkey_views.AddWebAuthnView):  # type: ignore[misc]
    """Enrols a passkey; using it here also counts as this session's second factor."""

    form_class = AddPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page a challenge of its own."""
        context: dict[str, Any] = FormView.get_context_data(self, **kwargs)
        return context | {"js_data": {"creation_options": auth.begin_registration(self.request.user, False)}}

    def form_valid(self, form: Any) -> HttpResponseBase:
        """Keep the passkey, note the factor on the session and give the session another key."""
        response: HttpResponseBase = super().form_valid(form)
        record_authentication(self.request, self.request.user, method="mfa", type="webauthn")
        self.request.session.cycle_key()
        return response


class PasskeyAgain(passkey_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Asks for a passkey in a session that was opened without it."""

    form_class = UsePasskeyAgainForm

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the page again with what is wrong."""
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page a challenge of its own, and the form that was refused where there is one."""
        bound = kwargs.get("form")
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | ({"form": bound} if bound else {})


class RenamePasskey(passkey_views.EditWebAuthnView):  # type: ignore[misc]
    """Gives a passkey another name."""

    form_class = NamePasskeyForm


class RemovePasskey(passkey_views.RemoveWebAuthnView):  # type: ignore[misc]
    """Removes a passkey, after saying what that means where it is the last second factor."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether another second factor is left."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        last = len(accounts_queries.factors_of(self.request.user.pk)) == 1
        return context | {"last": last, "staff": bool(memberships(self.request))}


@for_account
@require_safe
def passkeys(request: Request) -> HttpResponse:
    """List the reader's passkeys: name, when added, when last used."""
    rows = [
        parts.SummaryRow(
            key=one.name,
            value=f"Added {long_moment(one.added_at)}. "
            + (f"Last used {long_moment(one.used_at)}." if one.used_at else "Not used yet."),
            actions=(
                parts.Link("Rename", reverse("mfa_edit_webauthn", args=[one.id])),
                parts.Link("Remove", reverse("mfa_remove_webauthn", args=[one.id])),
            ),
        )
        for one in accounts_queries.factors_of(account_id_of(request))
        if one.passkey
    ]
    return render(request, "mfa/webauthn/authenticator_list.html", {"rows": rows})
