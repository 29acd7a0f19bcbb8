"""The forms of the register of providers. They read what was typed; what is right is decided by the actions alone."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from django import forms

from testamur.kernel.errors import Refusal
from testamur.providers.actions import Contact, NewProvider, NewRegistration
from testamur.providers.queries import Regulator
from testamur.web.forms import DateField, SearchInput

ZONES: Final = (
    ("Australia/Sydney", "Sydney, Canberra"),
    ("Australia/Melbourne", "Melbourne"),
    ("Australia/Brisbane", "Brisbane"),
    ("Australia/Adelaide", "Adelaide"),
    ("Australia/Darwin", "Darwin"),
    ("Australia/Perth", "Perth"),
    ("Australia/Hobart", "Hobart"),
    ("Indian/Christmas", "Christmas Island"),
    ("Indian/Cocos", "Cocos (Keeling) Islands"),
    ("Pacific/Norfolk", "Norfolk Island"),
)
_SECTORS: Final = (("he", "Higher education"), ("vet", "Vocational education and training"))
_CODES: Final = ("teqsa", "rto", "cricos")
_AUTHORITY_HINT: Final = "The notice, decision or section of the Act on which this rests."


def text(label: str, hint: str = "", *, required: bool = True, wide: str = "", limit: int = 200) -> forms.CharField:
    """Return a field of one line; `wide` names the width class of the stylesheet, such as width-10."""
    attrs = {"class": f"govuk-input--{wide}"} if wide else {}
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=limit, widget=forms.TextInput(attrs)
    )


def lines(label: str, hint: str = "") -> forms.CharField:
    """Return an optional field of several lines."""
    return forms.CharField(label=label, help_text=hint, required=False, widget=forms.Textarea({"rows": 3}))


def add_refusal(form: forms.Form, refused: Refusal) -> None:
    """Put the findings of a refused action beside the fields that they are about."""
    for finding in refused.findings:
        column = finding.column if finding.column in form.fields else None
        form.add_error(column, finding.message)
    if not refused.findings:
        form.add_error(None, refused.message)


class ListForm(forms.Form):
    """What narrows the list of providers."""

    q = forms.CharField(label="Name, ABN or code", widget=SearchInput, required=False, max_length=200)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            ("", "Any"),
            ("registered", "Operating"),
            ("ceasing", "Closing"),
            ("suspended", "Suspended"),
            ("merged", "Taken over"),
            ("ceased", "Closed"),
            ("unknown", "Not known"),
        ],
    )


class RegistrationForm(forms.Form):
    """One registration with a regulator."""

    regulator = forms.CharField(label="Regulator")
    sector = forms.ChoiceField(label="Sector", choices=_SECTORS, widget=forms.RadioSelect)
    number = text("Registration number", required=False, wide="width-20", limit=20)
    registered_from = DateField(label="Registered from")
    registered_until = DateField(
        label="Registered until", help_text="The first day on which it no longer holds.", required=False
    )
    authority = text("Authority", "Left empty, the regulator's own register.", required=False)

    def __init__(self, *args: Any, regulators: Sequence[Regulator], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(regulator.code, f"{regulator.name} ({regulator.code})") for regulator in regulators]
        self.fields["regulator"] = forms.ChoiceField(label="Regulator", choices=choices, widget=forms.RadioSelect)

    def registration(self) -> NewRegistration:
        """Return what was typed as a registration."""
        return NewRegistration(**{name: self.cleaned_data[name] for name in NewRegistration.__dataclass_fields__})


class ContactForm(forms.Form):
    """Where students of the provider turn to."""

    contact_email = forms.EmailField(
        label="E-mail for students",
        help_text="A mailbox that the provider reads. The page of the provider shows it.",
        required=False,
        widget=forms.EmailInput({"spellcheck": "false"}),
    )
    contact_phone = text("Telephone", required=False, wide="width-20", limit=40)
    contact_url = forms.URLField(label="Website", required=False, max_length=200, assume_scheme="https")
    contact_address = text("Postal address", required=False, limit=240)

    def contact(self) -> Contact:
        """Return what was typed as contact details."""
        return Contact(**{part: self.cleaned_data[f"contact_{part}"] for part in Contact.__dataclass_fields__})


class ProviderForm(RegistrationForm, ContactForm):
    """A provider with its names, codes, first registration and contact."""

    legal_name = text("Legal name", "As registered, with Pty Ltd where that is part of it.")
    trading_names = lines("Trading names", "One a line. Students often know these only.")
    former_names = lines("Former names", "One a line. They are found too.")
    abn = text("ABN", "11 digits; spaces do not matter.", required=False, wide="width-10", limit=40)
    teqsa = text("TEQSA provider id", "PRV and five digits.", required=False, wide="width-10", limit=40)
    rto = text("RTO code", "Four or five digits.", required=False, wide="width-10", limit=40)
    cricos = text("CRICOS provider code", "Five digits and a letter.", required=False, wide="width-10", limit=40)
    zone = forms.ChoiceField(
        label="Time zone of the registered office", help_text="Its legal dates are counted there.", choices=ZONES
    )
    note = lines("Note", "Shown to the secretariat only.")
    predecessor = forms.IntegerField(required=False, widget=forms.HiddenInput)
    once = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("legal_name", "trading_names", "former_names", "abn", *_CODES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid4())

    def provider(self) -> NewProvider:
        """Return what was typed as a provider."""
        typed = self.cleaned_data
        return NewProvider(
            legal_name=typed["legal_name"],
            registration=self.registration(),
            trading_names=_names(typed["trading_names"]),
            former_names=_names(typed["former_names"]),
            abn=typed["abn"],
            codes={kind: typed[kind] for kind in _CODES if typed[kind]},
            contact=self.contact(),
            zone=typed["zone"],
            note=typed["note"],
            predecessor_id=typed["predecessor"],
        )


class NameForm(forms.Form):
    """Another name of a provider."""

    kind = forms.ChoiceField(
        label="What kind of name is it?",
        choices=[
            ("legal", "A new legal name: the present one becomes a former name"),
            ("trading", "One more trading name"),
            ("ended", "A trading name that is no longer used"),
            ("former", "A name that it had before"),
        ],
        widget=forms.RadioSelect,
    )
    name = text("Name")
    day = DateField(
        label="Day",
        help_text="From which the name is used, or until which it was. Needed for a legal name.",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the day where the kind needs one."""
        typed = super().clean() or {}
        if typed.get("kind") in {"legal", "ended"} and not typed.get("day") and "day" not in self.errors:
            self.add_error("day", "Enter the day from which this holds.")
        return typed


class CodeForm(forms.Form):
    """One more code of a provider."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=[("teqsa", "TEQSA provider id"), ("rto", "RTO code"), ("cricos", "CRICOS provider code")],
        widget=forms.RadioSelect,
    )
    code = text("Code", wide="width-10", limit=40)


class MoveForm(forms.Form):
    """A move of a registration: the day, the authority, the reason, and what its kind needs besides."""

    effective_date = DateField(label="Effective from", help_text="The first day on which it holds.")
    ceases_on = DateField(label="Expected to cease on", help_text="The records are due 30 days after this day.")
    successor = text("Provider that took over", "Its RTO code, TEQSA id or ABN.", wide="width-20", limit=40)
    records_accepted = forms.BooleanField(label="The other provider has accepted the student records", required=False)
    authority = text("Authority", _AUTHORITY_HINT, limit=240)
    reason = forms.CharField(label="Reason", required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, verb: str, **options: Any) -> None:
        super().__init__(*args, **options)
        if verb != "record_ceasing":
            del self.fields["ceases_on"]
        if verb not in {"record_merged", "successor"}:
            del self.fields["successor"], self.fields["records_accepted"]
        else:
            del self.fields["reason"]
        if verb == "successor":
            del self.fields["effective_date"], self.fields["authority"]


class ExtendForm(forms.Form):
    """A later end of a registration."""

    until = DateField(label="Registered until", help_text="Leave empty for no end.", required=False)
    authority = text("Authority", _AUTHORITY_HINT, limit=240)


class CoverageForm(forms.Form):
    """The signature under the coverage map."""

    note = forms.CharField(
        label="What is held, and what is missing",
        help_text="Years, formats and gaps, and what was tried to fill them.",
        widget=forms.Textarea({"rows": 4}),
    )
    agree = forms.BooleanField(label="I have looked at the coverage map and sign for it")


def _names(typed: str) -> list[str]:
    """Return the names typed one a line."""
    return [name.strip() for name in typed.splitlines() if name.strip()]
