"""The forms of the secretariat's cases: each does one thing, and what is right is decided by the actions alone."""

from typing import Any

from django import forms

_ANSWERS = (
    ("answer_no_match", "No record was found to be the applicant's"),
    ("answer_not_held", "The provider lodged nothing for that time"),
    ("redirect", "Somebody else holds the records"),
)


def _long(label: str, hint: str = "", *, rows: int = 2) -> forms.CharField:
    """Return a field of several lines."""
    return forms.CharField(
        label=label, help_text=hint, max_length=2000, strip=True, widget=forms.Textarea({"rows": rows})
    )


class QueueForm(forms.Form):
    """What narrows the list of applications."""

    state = forms.ChoiceField(label="State", required=False)

    def __init__(self, *args: object, states: list[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["state"].choices = [("", "All that wait"), *states]  # type: ignore[attr-defined]


class ProposeForm(forms.Form):
    """Why a compared student is the applicant."""

    student = forms.IntegerField(widget=forms.HiddenInput)
    reason = _long("Why this is the applicant")


class ReasonForm(forms.Form):
    """A reason that stays in the case."""

    reason = _long("Reason")


class LookForm(forms.Form):
    """Another family name to look for."""

    family_name = forms.CharField(
        label="Family name to compare as well", max_length=120, widget=forms.TextInput({"autocomplete": "off"})
    )


class AnswerForm(forms.Form):
    """An answer by hand."""

    verb = forms.ChoiceField(label="Answer", choices=_ANSWERS, widget=forms.RadioSelect)
    reason = _long(
        "What the applicant reads", "Say whom to ask or what was looked for. Never that somebody did not study."
    )


class NoteForm(forms.Form):
    """A note for the case."""

    text = _long("Note", "Officers read it, the applicant does not.")


class FactsForm(forms.Form):
    """Two independent facts that show who somebody without a document is (G-41)."""

    first = _long("First fact", "What it is, where it comes from, and how you checked it.")
    second = _long("Second fact", "From another source than the first.")


class UnlockForm(forms.Form):
    """How the owner of a locked account was recognised: a fact for its cases, or the account's own address without any."""

    identity_check = forms.CharField(
        label="Reference of the new identity check", max_length=80, widget=forms.TextInput({"autocomplete": "off"})
    )
    email = forms.EmailField(
        label="E-mail address of the account, as the person gives it",
        help_text="The account opens only where this is its address.",
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    fact = _long("How the person was recognised")

    def __init__(self, *args: Any, address: str, **options: Any) -> None:
        """Ask for a fact where the account has cases, for its address, which is never shown, where it has none."""
        super().__init__(*args, **options)
        self.address = address
        del self.fields["fact" if address else "email"]

    def clean_email(self) -> str:
        """Refuse an address that is not the account's."""
        email: str = self.cleaned_data["email"].strip().lower()
        if email != self.address:
            raise forms.ValidationError("This is not the address of this account. Choose the person's own account.")
        return email
