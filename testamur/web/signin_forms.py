"""The forms of the sign-in pages: allauth's, in our words, and our own for invitations, members and misuse."""

from typing import Any, Final
from uuid import uuid4

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.contrib.auth.password_validation import validate_password

from testamur.accounts.queries import MembershipFacts
from testamur.accounts.roles import DESCRIPTIONS, Role

_NEW_HINT: Final = "At least 12 characters. Four unrelated words are easy to remember and hard to guess."
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "login": ("E-mail address", ""),
    "email": ("E-mail address", ""),
    "password": ("Password", ""),
    "oldpassword": ("Present password", ""),
    "password1": ("New password", _NEW_HINT),
    "password2": ("New password again", ""),
    "code": ("Code", "Six digits from your authenticator app, or one of your recovery codes."),
}


def _worded(base: type[Any], **own: tuple[str, str]) -> type[Any]:
    """Return a form of allauth's with our labels and hints, without placeholders and without "remember me".

    `own` holds the label and hint of a field where they differ from those that the field has elsewhere.
    """
    words = _WORDS | own

    def fill(self: Any, *args: Any, **kwargs: Any) -> None:
        super(worded, self).__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label, field.help_text = words.get(name, (field.label, field.help_text))
            field.widget.attrs.pop("placeholder", None)
        if "code" in self.fields:
            self.fields["code"].widget.attrs.update({"inputmode": "numeric", "class": "govuk-input--width-10"})
        if "remember" in self.fields:
            self.fields["remember"].widget = forms.HiddenInput()
            self.fields["remember"].initial = False

    worded: type[Any] = type(base.__name__, (base,), {"__init__": fill, "__doc__": base.__doc__})
    return worded


LoginForm = _worded(account_forms.LoginForm)
SignupForm = _worded(account_forms.SignupForm, password1=("Password", _NEW_HINT), password2=("Password again", ""))
ResetPasswordForm = _worded(account_forms.ResetPasswordForm)
ResetPasswordKeyForm = _worded(account_forms.ResetPasswordKeyForm)
ChangePasswordForm = _worded(account_forms.ChangePasswordForm)
ReauthenticateForm = _worded(account_forms.ReauthenticateForm)
AuthenticateForm = _worded(factor_forms.AuthenticateForm)
FactorReauthenticateForm = _worded(factor_forms.ReauthenticateForm)
ActivateTOTPForm = _worded(totp_forms.ActivateTOTPForm, code=("Code", "The six digits that the app shows now."))


class InvitedForm(forms.Form):
    """A password for the account that an invitation makes."""

    password1 = forms.CharField(
        label="Password",
        strip=False,
        help_text=_NEW_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="Password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password1(self) -> str:
        """Refuse a password that is too short or widely known."""
        password: str = self.cleaned_data["password1"]
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords."""
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Type the same password twice.")
        return self.cleaned_data


class MembershipForm(forms.Form):
    """The choice of the organisation and role to act in."""

    membership = forms.ChoiceField(label="Act for", widget=forms.RadioSelect)

    def __init__(self, *args: Any, held: tuple[MembershipFacts, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["membership"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  narrows the type
        field.choices = [(str(one.id), f"{one.organisation_name}: {DESCRIPTIONS[one.role].title}") for one in held]


class InviteForm(forms.Form):
    """Whom to invite, and in which role."""

    name = forms.CharField(label="Full name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label="Work e-mail address",
        max_length=254,
        help_text="The person's own address. A shared mailbox cannot be a user.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect)
    key = forms.CharField(widget=forms.HiddenInput, max_length=100, required=False)

    def __init__(self, *args: Any, roles: tuple[Role, ...], **kwargs: Any) -> None:
        """Offer these roles; the key makes a form that is sent twice invite once."""
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", str(uuid4()))
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  narrows the type
        field.choices = [(role.value, f"{DESCRIPTIONS[role].title}. {DESCRIPTIONS[role].does}") for role in roles]
