"""How forms look: one renderer, and the fields that Django lacks.

The renderer gives every field a label, a hint, an error tied to it by `aria-describedby`, and classes of the
stylesheet. Pages write `{{ form }}` or `{{ form.name.as_field_group }}`; nothing else is needed.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import EngineMixin
from django.forms.utils import ErrorList
from django.template.backends.django import DjangoTemplates
from django.utils.functional import cached_property

_TEMPLATES = Path(__file__).parent / "templates"
_DJANGO_TEMPLATES = Path(forms.__file__).parent / "templates"
_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.HiddenInput, ""),
    (forms.PasswordInput, "govuk-input govuk-password-input__input govuk-js-password-input-input"),
    (forms.widgets.Input, "govuk-input"),
)


class BoundField(forms.BoundField):
    """A field of a form that carries the classes of the stylesheet, its error state among them."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Add the classes of the widget's kind to whatever classes the form gave it.

        No control says `required`: the browser would stop the form with words of its own, and the error summary,
        which names every fault at once, would never be seen.
        """
        shown = widget or self.field.widget
        built: dict[str, Any] = super().build_widget_attrs(attrs, shown)
        built.pop("required", None)
        base = next((name for kind, name in _CLASSES if isinstance(shown, kind)), "")
        wrong = f"{base.split()[0]}--error" if base and self.errors else ""
        names = [base, wrong, str(shown.attrs.get("class", "")), str(built.get("class", ""))]
        if css := " ".join(dict.fromkeys(name for name in names if name)):
            built["class"] = css
        return built

    @property
    def first_control_id(self) -> str:
        """Return the id of the control an error message links to: of a group, its first control."""
        grouped = isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.MultiWidget)
        return f"{self.auto_id}_0" if grouped else str(self.auto_id)


class Renderer(EngineMixin, forms.renderers.BaseRenderer):
    """Draws forms from testamur/web/templates/django/forms, and what is not there from Django's own."""

    backend = DjangoTemplates
    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"
    bound_field_class = BoundField

    @cached_property
    def engine(self) -> DjangoTemplates:
        """Return an engine that sees our form templates before Django's."""
        return DjangoTemplates(
            {"APP_DIRS": False, "DIRS": [_TEMPLATES, _DJANGO_TEMPLATES], "NAME": "forms", "OPTIONS": {}}
        )


class DateBoxes(forms.MultiWidget):
    """Day, month and year in three boxes; `birthday=True` lets browsers fill in a birth date."""

    template_name = "django/forms/widgets/date_boxes.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, birthday: bool = False) -> None:
        super().__init__([self._box(part, birthday) for part in ("day", "month", "year")], attrs)

    @staticmethod
    def _box(part: str, birthday: bool) -> forms.TextInput:
        width = "4" if part == "year" else "2"
        attrs = {"inputmode": "numeric", "data-label": part.capitalize(), "class": f"govuk-input--width-{width}"}
        if birthday:
            attrs["autocomplete"] = f"bday-{part}"
        return forms.TextInput(attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Name each box by what it holds, and give it the classes of a text box."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        wrong = " govuk-input--error" if (attrs or {}).get("aria-invalid") else ""
        boxes = zip(context["widget"]["subwidgets"], self.widgets, strict=True)
        for box, widget in boxes:
            box["box_label"] = box["attrs"].pop("data-label")
            box["attrs"].pop("required", None)
            box["attrs"]["class"] = f"govuk-input govuk-date-input__input {widget.attrs['class']}{wrong}"
        return context

    def decompress(self, value: datetime.date | None) -> list[int | None]:
        """Split a date into day, month and year."""
        return [value.day, value.month, value.year] if value else [None, None, None]


class DateField(forms.MultiValueField):
    """A date asked for as day, month and year; gives a `datetime.date`.

    `birthday=True` lets browsers fill in a birth date. Errors say what is missing or wrong.
    """

    widget: type[DateBoxes] = DateBoxes
    default_error_messages = {
        "required": "Enter a date, such as 27 3 1998.",
        "incomplete": "Enter the day, the month and the year, such as 27 3 1998.",
        "invalid": "Enter a real date, such as 27 3 1998.",
    }

    def __init__(self, *, birthday: bool = False, **options: Any) -> None:
        options.setdefault("widget", DateBoxes(birthday=birthday))
        options.setdefault("require_all_fields", False)
        wrong = {"invalid": self.default_error_messages["invalid"]}
        boxes = [forms.IntegerField(required=True, error_messages=wrong) for _ in range(3)]
        for box in boxes:
            box.error_messages["incomplete"] = self.default_error_messages["incomplete"]
        super().__init__(boxes, **options)

    def clean(self, value: Any) -> datetime.date | None:
        """Give the date; every fault of the three boxes is told once."""
        try:
            cleaned: datetime.date | None = super().clean(value)
        except forms.ValidationError as refused:
            raise forms.ValidationError(list(dict.fromkeys(refused.messages))) from refused
        return cleaned

    def compress(self, data_list: Sequence[int]) -> datetime.date | None:
        """Join day, month and year into a date, or refuse a day the calendar does not have."""
        if not data_list:
            return None
        day, month, year = data_list
        try:
            return datetime.date(year, month, day)
        except (ValueError, OverflowError) as unreal:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from unreal


class FilesInput(forms.FileInput):
    """A plain input for any number of files, which the page's script turns into a drop zone with a list of names."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, at least one where required; cleans to a list of uploaded files.

    An empty file is taken: what reads the files says which of them it is.
    """

    widget = FilesInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_empty_file", True)
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Check every file as one file is checked."""
        files = data if isinstance(data, list | tuple) else [data]
        single = super().clean
        return [cleaned for one in (files or [None]) if (cleaned := single(one, initial))]


class OneTimeCodeField(forms.CharField):
    """A code of digits that an authenticator shows; spaces and hyphens are dropped."""

    def __init__(self, *, length: int = 6, **options: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
        attrs["class"] = "govuk-input--width-5 govuk-input--extra-letter-spacing"
        options.setdefault("widget", forms.TextInput(attrs))
        super().__init__(**options)
        self.length = length

    def to_python(self, value: Any) -> str:
        """Drop what people type between groups of digits; refuse anything else."""
        code = "".join(part for part in str(value or "") if part not in " -\u2011\u2013\u00a0")
        if code and not (code.isascii() and code.isdigit() and len(code) == self.length):
            raise forms.ValidationError(f"Enter the {self.length} digits that your authenticator shows.")
        return code


class SearchInput(forms.TextInput):
    """The one search box of a page; the key `/` moves to it."""

    input_type = "search"
    template_name = "django/forms/widgets/search.html"


def summary_errors(form: forms.BaseForm) -> list[tuple[str, str]]:
    """Return (address of the control or "", message) for every error, in the order of the fields."""
    errors = [("", str(message)) for message in form.non_field_errors()]
    for bound in form:
        own: ErrorList = bound.errors
        target = bound.first_control_id if isinstance(bound, BoundField) else str(bound.auto_id)
        anchor = "" if bound.is_hidden else f"#{target}"
        errors += [(anchor, _named(str(message), bound)) for message in own]
    return errors


def _named(message: str, bound: forms.BoundField) -> str:
    """Say which field an error of a field's general wording is about; other messages name it themselves."""
    if message == "This field is required.":
        return f"“{bound.label}” is required."
    if message in DateField.default_error_messages.values():
        return f"“{bound.label}”: {message[0].lower()}{message[1:]}"
    return message
