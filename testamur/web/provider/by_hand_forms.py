"""The form of one certificate with its units. The check of the format judges what was typed; the form itself judges nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from testamur.submissions.by_hand import LONGEST_CELL, MOST_UNITS, TypedCertificate, TypedFinding
from testamur.submissions.certificates.grouping import UNIT_COLUMNS
from testamur.submissions.layouts import load_format
from testamur.web.provider import words

_DATE: Final = "DD/MM/YYYY"
_GENDERS: Final = [("", "Choose"), ("F", "Female (F)"), ("M", "Male (M)"), ("X", "Other (X)"), ("@", "Not stated (@)")]
_TYPES: Final = [("Testamur", "Testamur"), ("Statement of attainment", "Statement of attainment")]
_OUTCOMES: Final = [
    ("", "Not recorded"),
    ("20", "20 Competent"),
    ("51", "51 Recognition of prior learning"),
    ("60", "60 Credit transfer"),
    ("81", "81 Completed, not assessed"),
]
_WIDE, _MIDDLE, _SHORT = "", "govuk-input--width-20", "govuk-input--width-10"


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one field is asked for: a hint, the width of its box, and choices where there are any."""

    hint: str = ""
    width: str = _MIDDLE
    choices: Sequence[tuple[str, str]] = ()
    radios: bool = False
    codes: str = ""


_STUDENT: Final[Mapping[str, _Cell]] = {
    "student_id": _Cell("Your own number of the student.", _SHORT),
    "given_name": _Cell("Of a person with one name: a hyphen here, the name as surname."),
    "other_names": _Cell("Optional."),
    "surname": _Cell(),
    "birth_date": _Cell(f"{_DATE}. Write 01/01/1901 where your records do not hold it.", _SHORT),
    "gender": _Cell("", _SHORT, _GENDERS),
    "postcode": _Cell("Optional. Of the home; OSPC for an address overseas.", "govuk-input--width-5"),
    "email": _Cell("Optional."),
    "usi": _Cell("Optional. Ten characters; the last one is checked.", _SHORT),
    "trs_number": _Cell("Optional. Apprenticeship client number.", _SHORT),
}
_CERTIFICATE: Final[Mapping[str, _Cell]] = {
    "certificate_type": _Cell("", "", _TYPES, radios=True),
    "program_code": _Cell("Needed for a testamur, such as BSB40215.", _SHORT, codes="course"),
    "program_title": _Cell("As it stands on the certificate.", _WIDE),
    "number": _Cell("As it stands on the certificate.", _MIDDLE),
    "issue_date": _Cell(f"{_DATE}.", _SHORT),
    "language": _Cell("That the training was delivered in, by its name.", _SHORT),
    "completion_date": _Cell(f"Optional. {_DATE}.", _SHORT),
    "enrolment_date": _Cell(f"Optional. {_DATE}.", _SHORT),
}
_UNIT: Final[Mapping[str, _Cell]] = {
    "unit_code": _Cell("Such as BSBLDR413.", _SHORT, codes="unit"),
    "unit_title": _Cell("", _WIDE),
    "unit_outcome": _Cell("Optional.", _SHORT, _OUTCOMES),
    "unit_date": _Cell(f"Optional. {_DATE}.", _SHORT),
}
_HEADERS: Final = {field.name: field.header for field in load_format("certificates").files["certificates"].fields}


class _Choice(forms.Select):
    """A list to choose from; what was typed elsewhere and is not in the list stays chosen, for the check to name."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """Return the options with the value that is there among them."""
        listed = {str(key) for key, _ in self.choices}
        self.choices = [*self.choices, *((one, one) for one in value if one not in listed)]
        groups: list[Any] = super().optgroups(name, value, attrs)
        return groups


class CertificateForm(forms.Form):
    """One certificate with its units, each cell as text. `key` makes sending it twice harmless; `at` is where Save leads."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, units: int = 1, **kwargs: Any) -> None:
        """Ask for as many units; whatever cannot be on the form is left to the check."""
        super().__init__(*args, **kwargs)
        self.units = max(1, min(units, MOST_UNITS))
        for name, cell in {**_STUDENT, **_CERTIFICATE}.items():
            self.fields[name] = _field(name, _HEADERS[name], cell)
        for number in range(self.units):
            for name, cell in _UNIT.items():
                label = f"{_HEADERS[name]}, unit {number + 1}" if self.units > 1 else _HEADERS[name]
                self.fields[unit_name(number, name)] = _field(unit_name(number, name), label, cell)
        self.general: list[tuple[str, str, TypedFinding]] = []

    @property
    def student(self) -> list[BoundField]:
        """Return the fields about the student."""
        return [self[name] for name in _STUDENT]

    @property
    def certificate(self) -> list[BoundField]:
        """Return the fields about the certificate."""
        return [self[name] for name in _CERTIFICATE]

    @property
    def unit_groups(self) -> list[list[BoundField]]:
        """Return the fields of each unit."""
        return [[self[unit_name(number, name)] for name in _UNIT] for number in range(self.units)]

    def typed(self) -> TypedCertificate:
        """Return what was typed; needs a valid form."""
        said = self.cleaned_data
        units = [{name: said[unit_name(number, name)] for name in _UNIT} for number in range(self.units)]
        return TypedCertificate.of({name: said[name] for name in (*_STUDENT, *_CERTIFICATE)}, units)

    def show(self, findings: Iterable[TypedFinding], places: Sequence[int]) -> None:
        """Put findings beside their fields: errors as errors, the others as notes that the field is described by.

        `places` are the numbers of the form's units that are not empty, in their order.
        """
        for one in findings:
            name = self._place(one, places)
            if name is None:
                kind, _, tone = words.SEVERITIES[one.severity]
                self.general.append((kind, tone, one))
            elif one.severity == "error":
                self.add_error(name, f"{one.rule} {self.fields[name].label}: {one.message} {one.fix}")
            else:
                bound = self[name]
                parts = ((part,) for part in (bound.help_text, _note(one)) if part)
                bound.help_text = format_html_join("", "{}", parts)

    def _place(self, one: TypedFinding, places: Sequence[int]) -> str | None:
        """Return the field that a finding is about, None where it is about the certificate as a whole."""
        if one.field in UNIT_COLUMNS:
            number = places[one.unit] if one.unit is not None and one.unit < len(places) else 0
            return unit_name(number, str(one.field))
        return one.field if one.field in self.fields else None


def unit_name(number: int, name: str) -> str:
    """Return the name of a unit's field in the form."""
    return f"unit{number}_{name}"


def units_sent(data: Mapping[str, Any]) -> int:
    """Return how many units a sent form has, whatever else it says."""
    return next((number for number in range(MOST_UNITS) if unit_name(number, "unit_code") not in data), MOST_UNITS)


def places_of(data: Mapping[str, Any], units: int) -> list[int]:
    """Return the numbers of the units of a sent form in which anything was typed."""
    return [
        number for number in range(units) if any(str(data.get(unit_name(number, name), "")).strip() for name in _UNIT)
    ]


def cells_of(certificate: TypedCertificate) -> dict[str, str]:
    """Return a certificate as the form names its cells."""
    return certificate.said | {
        unit_name(number, name): text
        for number, unit in enumerate(certificate.said_units)
        for name, text in unit.items()
    }


def _note(one: TypedFinding) -> SafeString:
    """Return a warning or a note beside a field."""
    kind, _, _ = words.SEVERITIES[one.severity]
    return format_html(
        '<span class="t-beside"><strong>{}</strong> <span class="t-mono">{}</span> {} {}</span>',
        kind.capitalize(), one.rule, one.message, one.fix,
    )  # fmt: skip


def _field(name: str, label: str, cell: _Cell) -> forms.CharField:
    """Return a field that takes any text of one line."""
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    if cell.codes:
        attrs |= {
            "data-codes": cell.codes,
            "data-title": f"id_{name.replace('_code', '_title')}",
            "list": f"{cell.codes}s",
        }
        attrs |= {"autocapitalize": "characters"}
    if cell.width:
        attrs["class"] = cell.width
    kind = forms.RadioSelect if cell.radios else _Choice if cell.choices else forms.TextInput
    widget = kind(attrs) if not cell.choices else kind(attrs if not cell.radios else None, choices=list(cell.choices))  # type: ignore[call-arg]
    return forms.CharField(label=label, required=False, max_length=LONGEST_CELL, help_text=cell.hint, widget=widget)
