"""The forms of issuing: one a verb."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from testamur.web.forms import DateField, FilesField, SearchInput
from testamur.web.provider.issuing import words

_KEPT: Final = "Kept with what was done."


def _choice(label: str, options: Mapping[str, str], **more: Any) -> forms.ChoiceField:
    """Return a list to choose from."""
    return forms.ChoiceField(
        label=label,
        choices=[("", "Choose one"), *options.items()],
        error_messages={"required": f"“{label}”: choose one.", "invalid_choice": "Choose one of the list."},
        **more,
    )


def _text(label: str, most: int, *, required: bool = True, hint: str = "") -> forms.CharField:
    """Return a text box."""
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint)


class RegisterForm(forms.Form):
    """What the register of issued documents shows."""

    q = forms.CharField(
        label="Document number, student number or family name", required=False, max_length=120, widget=SearchInput
    )
    kind = forms.ChoiceField(label="Document", required=False, choices=[("", "All"), *words.KINDS.items()])
    state = forms.ChoiceField(
        label="Standing",
        required=False,
        choices=[
            ("", "All"),
            *(
                (key, value[0])
                for key, value in words.STATES.items()
                if key not in {"prepared", "approved", "discarded"}
            ),
        ],
    )
    product = forms.CharField(label="Product code", required=False, max_length=20)
    since = DateField(label="Issued from", required=False)
    until = DateField(label="Issued until", required=False)


class PrepareForm(forms.Form):
    """A document is prepared."""

    signatory = forms.ChoiceField(label="Who signs")
    own_number = _text(
        "Your own number of the document", 40, required=False, hint="Left empty, the public number is printed."
    )

    def __init__(self, *args: Any, signatories: Sequence[tuple[str, str]], referred: bool, **more: Any) -> None:
        """Offer the signatories of the day, and a reason where a rule refers to a person."""
        super().__init__(*args, **more)
        signs = self.fields["signatory"]
        signs.choices = list(signatories)  # type: ignore[attr-defined]
        if referred:
            self.fields["referred_reason"] = _text("Your reason", 400, hint="A rule leaves this to a person. Kept.")


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = _text("Reason", 400, hint=_KEPT)


class ReissueForm(forms.Form):
    """A copy is handed out."""

    kind = _choice("Why a copy is wanted", words.COPIES)
    evidence = _text("How the person was identified", 200, hint="Such as: passport sighted at the counter.")


class RenameForm(forms.Form):
    """The student changed their name."""

    evidence = _choice("Evidence that was sighted", words.EVIDENCE)
    sighted_on = DateField(label="Day on which it was sighted")
    own_number = _text("Your own number of the new document", 40, required=False)


class CorrectForm(forms.Form):
    """An error of the provider's own."""

    reason = _text("What was wrong", 400, hint=_KEPT)
    own_number = _text("Your own number of the new document", 40, required=False)


class CancelForm(forms.Form):
    """A cancellation is proposed."""

    ground = _choice("Ground", words.GROUNDS)
    reason = _text("Reason", 400, hint=_KEPT)


class DecideForm(forms.Form):
    """A proposed cancellation is decided."""

    decision = forms.ChoiceField(
        label="Decision",
        choices=[("cancel", "Cancel the document"), ("keep", "Let the document hold")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision."},
    )
    reason = _text("Reason", 400, hint=_KEPT)


class AuthorityForm(forms.Form):
    """An authority is granted."""

    power = _choice("What the authority is for", words.POWERS)
    account = forms.ChoiceField(label="Member, for preparing and approving", required=False)
    printed_name = _text("Name to print, for signing", 120, required=False)
    position = _text("Position to print, for signing", 120, required=False)
    signature = FilesField(label="Picture of the signature (SVG or PNG), for signing", required=False)
    kinds = forms.MultipleChoiceField(
        label="Documents",
        choices=list(words.KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )
    since = DateField(label="First day")
    until = DateField(label="Last day", required=False)
    instrument = _text("Instrument", 200, hint="The resolution, letter or delegation by which it was given.")

    def __init__(self, *args: Any, members: Sequence[tuple[str, str]], **more: Any) -> None:
        """Offer the provider's members."""
        super().__init__(*args, **more)
        account = self.fields["account"]
        account.choices = [("", "Nobody"), *members]  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """An authority ends."""

    ended_on = DateField(label="Last day on which it counts")
    reason = _text("Reason", 400, hint=_KEPT)


class TemplateForm(forms.Form):
    """A template version is proposed."""

    kind = _choice("Document", words.KINDS)
    logo = FilesField(label="Logo of your organisation (SVG or PNG)")
    device_kind = _choice("What makes it your own", words.DEVICES)
    device = FilesField(label="Its drawing (SVG or PNG)")
    source = FilesField(
        label="Layout (Typst)", required=False, help_text="Left empty, the layout that comes with the register is used."
    )
