"""How people sign in: what allauth asks of us. Our own pages around it are in signin_pages.

allauth decides who somebody is. Accounts are made by accounts.actions, mail goes through the outbox of notices, and
the secrets of second factors are encrypted before they reach the database (PRV-08).
"""

import base64
import os
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.rules import SecurityKind
from testamur.notices import actions as notices_actions

# allauth's template prefix -> our mail and the variable of allauth's context that holds its link.
_MAILS: Final = {
    "account/email/email_confirmation": ("confirm_email", "activate_url"),
    "account/email/email_confirmation_signup": ("confirm_email", "activate_url"),
    "account/email/account_already_exists": ("account_exists", "password_reset_url"),
    "account/email/password_reset_key": ("reset_password", "password_reset_url"),
    "account/email/unknown_account": ("unknown_account", "signup_url"),
}
# allauth's notification -> our security event and the sentence of the security notice.
_CHANGES: Final = {
    "account/email/password_changed": (SecurityKind.CREDENTIAL_CHANGED, "password_changed"),
    "account/email/password_set": (SecurityKind.CREDENTIAL_CHANGED, "password_changed"),
    "account/email/password_reset": (SecurityKind.CREDENTIAL_CHANGED, "password_reset"),
    "account/email/email_changed": (SecurityKind.ADDRESS_CHANGED, "email_changed"),
    "account/email/email_confirm": (SecurityKind.ADDRESS_CONFIRMED, "email_confirmed"),
    "mfa/email/totp_activated": (SecurityKind.FACTOR_ADDED, "factor_added"),
    "mfa/email/totp_deactivated": (SecurityKind.FACTOR_REMOVED, "factor_removed"),
    "mfa/email/webauthn_added": (SecurityKind.FACTOR_ADDED, "factor_added"),
    "mfa/email/webauthn_removed": (SecurityKind.FACTOR_REMOVED, "factor_removed"),
    "mfa/email/recovery_codes_generated": (SecurityKind.RECOVERY_CODES_MADE, "recovery_codes_made"),
}


def absolute(path: str) -> str:
    """Return the address of a path at the register's public address, whatever host a request claims."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def invitation_link(token: str) -> str:
    """Return the address that an invitation's mail shows."""
    return absolute(reverse("invitation", args=[token]))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks of us about accounts, addresses and mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let anyone register as a student; staff come by invitation."""
        return True

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Make the account of a registration through accounts.actions, and return it."""
        account_id = accounts_actions.register_student_account(
            email=form.cleaned_data["email"], password=form.cleaned_data["password1"], at=timezone.now()
        )
        return get_user_model().objects.get(pk=account_id)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put one of allauth's mails into the outbox, in our words; one that we do not know is an error of ours."""
        template, variable = _MAILS[template_prefix]
        path = context[variable].partition("//")[2].partition("/")[2]
        user = context.get("user")
        notices_actions.queue_mail(
            template,
            address=email,
            account_id=user.pk if user else None,
            context={"link": absolute(f"/{path}")},
            at=timezone.now(),
        )

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Note a change of password, address or factor, and tell the owner by mail."""
        kind, event = _CHANGES[template_prefix]
        accounts_actions.report_change(user.pk, kind, event=event, at=timezone.now())

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address, and tell a student what comes next (TEQ-08)."""
        confirmed: bool = super().confirm_email(request, email_address)
        now = timezone.now()
        if confirmed:
            accounts_actions.record_event(
                email_address.user_id, SecurityKind.ADDRESS_CONFIRMED, at=now, by=email_address.user_id
            )
        if confirmed and not accounts_queries.memberships_of(email_address.user_id, now):
            notices_actions.queue_mail(
                "registration_next_steps",
                address=email_address.email,
                account_id=email_address.user_id,
                context={"link": absolute(reverse("home"))},
                at=now,
            )
        return confirmed

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session and note it."""
        super().login(request, user)
        accounts_actions.record_event(user.pk, SecurityKind.SIGNED_IN, at=timezone.now(), by=user.pk)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again before changes, except just after it was given at sign-in."""
        records = get_authentication_records(self.request, self.request.user)
        now = timezone.now().timestamp()
        return not records or now - float(records[-1]["at"]) >= app_settings.REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """Return the ways to say who one is again, in our words."""
        words = {
            "reauthenticate": "Use your password",
            "mfa_reauthenticate": "Use the code of your app, or a recovery code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        return [way | {"description": words[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send people to the page that knows where they belong."""
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the security page."""
        return reverse("mfa_index")

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a confirmation mail."""
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a reset mail."""
        uid, _, secret = key.partition("-")
        return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": secret}))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts the secrets of second factors with keys derived from SECRET_KEY and its fallbacks."""

    _LABEL: Final = b"testamur second factor 1"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whom passkeys are for: the host of the public address, whatever host a request claims."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": settings.REGISTER_NAME}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Return what a device shows of an account: its address; the id is the account's, never a person's."""
        held: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return held | {"name": user.email, "display_name": user.name or user.email}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """Return the name of a passkey whose owner gave it none."""
        held = sum(one.passkey for one in accounts_queries.factors_of(user.pk))
        return f"Passkey {held + 1}"

    def _ciphers(self) -> list[AESGCM]:
        """Return one cipher a key, the present key's first."""
        keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
        return [AESGCM(HKDF(SHA256(), 32, salt=None, info=self._LABEL).derive(key.encode())) for key in keys]

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored: nonce and ciphertext in Base64."""
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._ciphers()[0].encrypt(nonce, text.encode(), self._LABEL)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret; raises InvalidTag where no key of ours opens it."""
        sealed = base64.b64decode(encrypted_text)
        for cipher in self._ciphers():
            try:
                return cipher.decrypt(sealed[:12], sealed[12:], self._LABEL).decode()
            except InvalidTag:
                continue
        raise InvalidTag
