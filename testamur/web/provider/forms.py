"""The forms of the provider's pages. `key` makes sending a form twice harmless."""

from typing import Any

from django import forms

from testamur.submissions.queries import Chosen, SubmissionCard
from testamur.web.forms import FilesField, SearchInput
from testamur.web.provider import words

_FILES_HINT = (
    "One zip with everything in it, or the files themselves: studentrecords v1.csv, studentresults v1.csv and the PDFs. "
    "Up to 2 GB together."
)


class KeyForm(forms.Form):
    """A form that does its work once, however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)


class UploadForm(forms.Form):
    """Files for a submission that is open already."""

    uploads = FilesField(
        label="Choose files", help_text=_FILES_HINT, error_messages={"required": "Choose at least one file."}
    )


class NewForm(KeyForm):
    """A new submission with its first files."""

    uploads = FilesField(
        label="Choose files", help_text=_FILES_HINT, error_messages={"required": "Choose at least one file."}
    )
    profile = forms.ChoiceField(
        label="How closely should the definition be followed?",
        choices=[
            ("strict", "Strict: every width and code as the definition says"),
            ("tolerant", "Tolerant: longer names and today's codes are kept, with a warning"),
        ],
        widget=forms.RadioSelect,
        initial="strict",
        help_text="Choose strict unless your system exports the wider fields that today's TCSI reporting allows.",
    )
    cp1252 = forms.BooleanField(
        label="Our files are written in Windows-1252",
        required=False,
        help_text="Tick this only if the check said so and names look right to you. Leave it for UTF-8.",
    )
    replace_all = forms.BooleanField(
        label="This replaces everything that we sealed before",
        required=False,
        help_text=(
            "Records that are not in these files are then withdrawn. Without it, rows with the same key are replaced, new ones "
            "are added, and nothing else changes."
        ),
    )
    field_order = ["uploads", "profile", "cp1252", "replace_all", "key"]


class FilterForm(forms.Form):
    """Which findings are shown."""

    severity = forms.ChoiceField(label="Kind", required=False)
    rule = forms.ChoiceField(label="Rule", required=False)
    file = forms.ChoiceField(label="File", required=False)
    column = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, card: SubmissionCard, files: tuple[str, ...], **kwargs: Any) -> None:
        """Offer what the last check found."""
        super().__init__(*args, **kwargs)
        kinds = [(kind, many.capitalize()) for kind, (_, many, _) in words.SEVERITIES.items()]
        rules = dict.fromkeys(tally.rule for tally in card.tally.rules)
        self._offer("severity", [("", "All kinds"), *kinds])
        self._offer("rule", [("", "All rules"), *((rule, rule) for rule in rules)])
        self._offer("file", [("", "All files"), *((name, name) for name in files)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def chosen(self) -> Chosen:
        """Return what is wanted; what cannot be read is left out."""
        if not self.is_bound:
            return Chosen()
        self.is_valid()
        wanted = {name: str(self.cleaned_data.get(name, "")) for name in ("rule", "severity", "file", "column")}
        return Chosen(**wanted)


class CellForm(forms.Form):
    """A new value for one cell."""

    file = forms.CharField(widget=forms.HiddenInput, max_length=300)
    row = forms.IntegerField(widget=forms.HiddenInput, min_value=2)
    column = forms.CharField(widget=forms.HiddenInput, max_length=60)
    rule = forms.CharField(widget=forms.HiddenInput, max_length=10)
    back = forms.CharField(widget=forms.HiddenInput, max_length=600, required=False)
    value = forms.CharField(label="New value", required=False, strip=False, max_length=1_000)


class AlikeForm(KeyForm):
    """A new value for every cell of a column that holds the same one."""

    rule = forms.CharField(widget=forms.HiddenInput, max_length=10)
    file = forms.CharField(widget=forms.HiddenInput, max_length=300)
    column = forms.CharField(widget=forms.HiddenInput, max_length=60)
    old = forms.CharField(widget=forms.HiddenInput, strip=False, required=False, max_length=4_000)
    back = forms.CharField(widget=forms.HiddenInput, max_length=600, required=False)
    value = forms.CharField(label="New value", required=False, strip=False, max_length=1_000)


class DeclareForm(KeyForm):
    """The declaration of a second person."""

    agreed = forms.BooleanField(
        label="I make this declaration",
        error_messages={"required": "Tick the box to make the declaration, or leave the page without it."},
    )


class StudentSearchForm(forms.Form):
    """One box for a student's number or family name."""

    q = forms.CharField(
        label="Student number or family name", required=False, max_length=120, widget=SearchInput(attrs={})
    )
