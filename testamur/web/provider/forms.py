"""The forms of the provider's pages. `key` makes sending a form twice harmless."""

from collections.abc import Sequence
from typing import Any

from django import forms

from testamur.submissions.formats import FORMATS, FileFormat
from testamur.submissions.queries import Chosen, SubmissionCard
from testamur.web.forms import FilesField, SearchInput
from testamur.web.provider import words

_FILES_HINT = "One zip with everything in it, or the files themselves. Up to 2 GB together."


class KeyForm(forms.Form):
    """A form that does its work once, however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)


class UploadForm(forms.Form):
    """Files for a submission that is open already."""

    uploads = FilesField(
        label="Choose files", help_text=_FILES_HINT, error_messages={"required": "Choose at least one file."}
    )


class FormatChoice(forms.RadioSelect):
    """Radio buttons, one a format, each with the sentence that says which files it wants."""

    template_name = "django/forms/widgets/radio_hints.html"

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return one button with its hint, which the button is described by."""
        option = super().create_option(name, value, *args, **kwargs)
        option["hint"] = FORMATS[value].wants
        option["attrs"]["aria-describedby"] = f"{option['attrs'].get('id', name)}_hint"
        return option


class NewForm(KeyForm):
    """A new submission with its first files; a provider that may lodge one format only is not asked for it."""

    format = forms.ChoiceField(
        label="Which format do your files have?",
        widget=FormatChoice,
        error_messages={"required": "Choose the format of your files."},
    )
    uploads = FilesField(
        label="Choose files", help_text=_FILES_HINT, error_messages={"required": "Choose at least one file."}
    )
    profile = forms.ChoiceField(
        label="How closely should the definition be followed?",
        choices=[
            ("strict", "Strict: every width and code as the definition says"),
            ("tolerant", "Tolerant: longer names and newer codes are kept, with a warning"),
        ],
        widget=forms.RadioSelect,
        initial="strict",
        help_text="Choose strict first. Choose tolerant if your system exports wider fields than the definition allows.",
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
    field_order = ["format", "uploads", "profile", "cp1252", "replace_all", "key"]

    def __init__(self, *args: Any, formats: Sequence[FileFormat], **kwargs: Any) -> None:
        """Offer the formats of the provider's sectors."""
        super().__init__(*args, **kwargs)
        self.only = formats[0].name if len(formats) == 1 else ""
        field = self.fields["format"]
        if self.only:
            del self.fields["format"]
        elif isinstance(field, forms.ChoiceField):
            field.choices = [(form.name, form.title) for form in formats]

    @property
    def chosen_format(self) -> FileFormat:
        """Return the chosen format, or the only one; needs a valid form."""
        return FORMATS[self.only or self.cleaned_data["format"]]


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
    row = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
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
