"""The forms of the provider's pages. `key` makes sending a form twice harmless."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

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


def state_field() -> forms.ChoiceField:
    """Return the choice of the state in whose form NAT files are written."""
    return forms.ChoiceField(
        label="In which state’s form are the files?",
        required=False,
        help_text="Leave it unless the check read them in the wrong form: the register tells it by the lines.",
        error_messages={"invalid_choice": "Choose one of the states, or leave it to the files."},
    )


def year_field() -> forms.IntegerField:
    """Return the box for the collection year of NAT files."""
    return forms.IntegerField(
        label="Which collection year do they report?",
        required=False,
        help_text="Four figures, such as 2019. Left empty, it is the year in which most activities ended.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
        error_messages={"invalid": "Write the collection year in four figures, such as 2019, or leave it empty."},
    )


def offer_states(form: forms.Form, format: FileFormat) -> None:
    """Offer the states' forms and the years that files of a format may have."""
    states, year = form.fields["form_state"], form.fields["collection_year"]
    if isinstance(states, forms.ChoiceField):
        states.choices = [("", "As the files tell"), *((state, state) for state in format.states)]
    first, last = format.years[0], format.years[-1]
    out = f"A collection year lies from {first} to {last}. Correct it, or leave it empty."
    year.validators += [MinValueValidator(first, out), MaxValueValidator(last, out)]


class ChosenForm(forms.Form):
    """The state's form and the collection year of a submission that is open already."""

    form_state = state_field()
    collection_year = year_field()

    def __init__(self, *args: Any, format: FileFormat, **kwargs: Any) -> None:
        """Offer what files of the format may have."""
        super().__init__(*args, **kwargs)
        offer_states(self, format)

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen, as the action takes it; needs a valid form."""
        return {name: self.cleaned_data[name] for name in ("form_state", "collection_year")}


class NewForm(KeyForm):
    """A new submission with its first files; a provider that may lodge one format only is not asked for it.

    The state's form and the collection year are asked for where a format that may be lodged has them.
    """

    template_name = "provider/new_form.html"

    format = forms.ChoiceField(
        label="Which format do your files have?",
        widget=FormatChoice,
        error_messages={"required": "Choose the format of your files."},
    )
    uploads = FilesField(
        label="Choose files", help_text=_FILES_HINT, error_messages={"required": "Choose at least one file."}
    )
    form_state = state_field()
    collection_year = year_field()
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
    field_order = ["format", "uploads", "form_state", "collection_year", "profile", "cp1252", "replace_all", "key"]

    def __init__(self, *args: Any, formats: Sequence[FileFormat], **kwargs: Any) -> None:
        """Offer the formats of the provider's sectors."""
        super().__init__(*args, **kwargs)
        self.only = formats[0].name if len(formats) == 1 else ""
        field = self.fields["format"]
        if self.only:
            del self.fields["format"]
        elif isinstance(field, forms.ChoiceField):
            field.choices = [(form.name, form.title) for form in formats]
        if stated := [form for form in formats if form.states]:
            offer_states(self, stated[0])
        else:
            del self.fields["form_state"], self.fields["collection_year"]

    @property
    def chosen_format(self) -> FileFormat:
        """Return the chosen format, or the only one; needs a valid form."""
        return FORMATS[self.only or self.cleaned_data["format"]]

    def chosen(self) -> dict[str, Any]:
        """Return the state's form and the year, as the action takes them; needs a valid form."""
        return {name: self.cleaned_data[name] for name in ("form_state", "collection_year") if name in self.fields}


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
    """The declaration of a second person; `sentence` is one to confirm besides, "" where there is none."""

    agreed = forms.BooleanField(
        label="I make this declaration",
        error_messages={"required": "Tick the box to make the declaration, or leave the page without it."},
    )
    confirmed = forms.BooleanField(
        error_messages={
            "required": "Tick the box if the sentence is true. If the files are another organisation's, leave the page and "
            "withdraw the submission."
        }
    )

    def __init__(self, *args: Any, sentence: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        if sentence:
            self.fields["confirmed"].label = sentence
        else:
            del self.fields["confirmed"]


class StudentSearchForm(forms.Form):
    """One box for a student's number or family name."""

    q = forms.CharField(
        label="Student number or family name", required=False, max_length=120, widget=SearchInput(attrs={})
    )
