"""The forms of students' pages. They read what was typed; what is right is decided by the actions alone."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile

from testamur.extracts.actions import WHY_ASSISTED, Details
from testamur.kernel.errors import Refusal
from testamur.web.forms import DateField

DOCUMENTS: Final = (
    ("licence", "Australian driver licence"),
    ("medicare", "Medicare card"),
    ("passport", "Australian passport"),
    ("visa", "Australian visa"),
)
_SECTORS: Final = (
    ("he", "Higher education: a diploma, degree or graduate award of a higher education provider"),
    ("vet", "Vocational education and training: a certificate I to IV, or a vocational diploma"),
)


def text(label: str, hint: str = "", *, required: bool = True, complete: str = "", limit: int = 120) -> forms.CharField:
    """Return a field of one line; `complete` is what a browser may fill in."""
    attrs = {"autocomplete": complete or "off", "spellcheck": "false"}
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=limit, widget=forms.TextInput(attrs)
    )


def add_refusal(form: forms.Form, refused: Refusal) -> None:
    """Put the findings of a refused action beside the fields that they are about."""
    for finding in refused.findings:
        form.add_error(finding.column if finding.column in form.fields else None, finding.message)
    if not refused.findings:
        form.add_error(None, refused.message)


class DetailsForm(forms.Form):
    """Who somebody is: names now and before, and the birth date. Nothing else is asked for (PRV-02)."""

    family_name = text("Family name", "If you have one name only, enter it here.", complete="family-name")
    given_name = text("Given name", "Leave it empty if you have one name only.", required=False, complete="given-name")
    other_names = text("Other given names", required=False, complete="additional-name")
    former_names = forms.CharField(
        label="Former names",
        help_text="One a line, such as Grace Tran. Records are found under the name that you had at the time.",
        required=False,
        max_length=600,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    birth_date = DateField(label="Date of birth", help_text="For example, 27 3 1998.", birthday=True)

    def details(self) -> Details:
        """Return what was typed as details."""
        typed = self.cleaned_data
        lines = [line.strip() for line in typed["former_names"].splitlines() if line.strip()]
        return Details(
            family_name=typed["family_name"],
            given_name=typed["given_name"],
            other_names=typed["other_names"],
            birth_date=typed["birth_date"],
            former_names=tuple(_former(line) for line in lines),
        )


def _former(line: str) -> tuple[str, str]:
    """Return a former name as family and given names: the last word is the family name."""
    given, _, family = line.rpartition(" ")
    return family, given


class DocumentForm(forms.Form):
    """Which document somebody will show, and its picture now or later."""

    kind = forms.ChoiceField(
        label="Which document will you show?",
        choices=DOCUMENTS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the document that you will show."},
    )
    scan = forms.FileField(
        label="Picture of the document",
        help_text="A photo or scan as JPEG, PNG or PDF, at most 10 MB. You may cover the document's number. "
        "You can also leave this empty and come back later.",
        required=False,
        allow_empty_file=True,
        # A phone offers its camera for image/*; `capture` would take the choice of a stored file away.
        widget=forms.FileInput({"accept": "image/*,application/pdf"}),
    )

    def picture(self) -> "UploadedFile[bytes] | None":
        """Return the uploaded picture, or None."""
        return self.cleaned_data["scan"] or None


class AssistForm(forms.Form):
    """Why somebody cannot show one of the documents."""

    why = forms.ChoiceField(
        label="What is missing?",
        choices=list(WHY_ASSISTED.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what fits best. Every choice leads to a person."},
    )


def _year(label: str, hint: str) -> forms.IntegerField:
    """Return a field for a year."""
    attrs = {"inputmode": "numeric", "class": "govuk-input--width-4", "autocomplete": "off"}
    wrong = {"required": "Enter the year as four figures.", "invalid": "Enter the year as four figures."}
    return forms.IntegerField(
        label=label, help_text=hint, min_value=1, max_value=9999, widget=forms.TextInput(attrs), error_messages=wrong
    )


class ApplyForm(forms.Form):
    """When somebody attended and what they studied."""

    sector = forms.ChoiceField(label="What did you study?", choices=_SECTORS, widget=forms.RadioSelect)
    attended_from = _year("First year", "The year in which you began, such as 2012.")
    attended_until = _year("Last year", "The year in which you left. If you are not sure, take the later one.")
    courses = forms.CharField(
        label="Courses",
        help_text="The names of your courses as you remember them. This helps a person to find you.",
        required=False,
        max_length=600,
        widget=forms.Textarea({"rows": 3}),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sectors: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid4())
        if len(sectors) == 1:
            self.fields["sector"].widget = forms.HiddenInput()
            self.initial["sector"] = sectors[0]
