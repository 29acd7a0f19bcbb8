"""The forms of enrolments: one a verb, and the grids in which many outcomes are typed."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django import forms

from testamur.enrolments import rules
from testamur.enrolments.files import parse_cents, parse_day
from testamur.web.forms import DateField, FilesField, SearchInput
from testamur.web.provider.enrolments import words

_REASON_HINT: Final = "Kept with what stood before."
_ONE: Final = "Choose one of the list."
Choices = list[tuple[str, str]]


class DayField(forms.Field):
    """A day in one box, for grids: 2026-03-09 or 9/3/2026."""

    def to_python(self, value: Any) -> Any:
        """Return the day, None for an empty box."""
        typed = str(value or "").strip()
        if not typed:
            return None
        if (meant := parse_day(typed)) is None:
            raise forms.ValidationError("Write a day as 9/3/2026 or 2026-03-09.")
        return meant


class MoneyField(forms.Field):
    """A sum of dollars; gives cents."""

    def to_python(self, value: Any) -> Any:
        """Return the cents, None for an empty box."""
        typed = str(value or "").strip()
        if not typed:
            return None
        if (meant := parse_cents(typed)) is None:
            raise forms.ValidationError("Write a sum as 1250.00.")
        return meant


def _choice(label: str, options: dict[str, str], **more: Any) -> forms.ChoiceField:
    """Return a list to choose from."""
    return forms.ChoiceField(
        label=label,
        choices=[("", "Choose one"), *options.items()],
        error_messages={"required": f"“{label}”: choose one.", "invalid_choice": _ONE},
        **more,
    )


def _text(label: str, most: int, *, required: bool = False, hint: str = "", **attrs: str) -> forms.CharField:
    """Return a text box."""
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, widget=widget)


def _reason(*, required: bool = True) -> forms.CharField:
    """Return the box for a reason."""
    return _text("Reason", 400, required=required, hint=_REASON_HINT)


class FilterForm(forms.Form):
    """What the list of enrolments shows."""

    q = forms.CharField(label="Student number, family name or code", required=False, max_length=120, widget=SearchInput)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), *((key, value[0]) for key, value in words.STATES.items())]
    )
    product = forms.CharField(label="Product code", required=False, max_length=20)


class EnrolForm(forms.Form):
    """A student and what they are enrolled in."""

    student_id = _text("Your number for the student", 20, required=True, hint="1 to 20 signs without a space.")
    family_name = _text("Family name", 120, hint="Or the one name. May be left out for a student you entered before.")
    given_name = _text("Given name", 120)
    other_names = _text("Other given names", 120)
    birth_date = DateField(label="Date of birth", required=False)
    gender = forms.ChoiceField(
        label="Gender",
        required=False,
        choices=[("", "Not said"), ("F", "Female"), ("M", "Male"), ("X", "Another")],
    )
    usi = _text("USI", 10, hint="May come later. Or INTOFF or INDIV for an exemption.", autocomplete="off")
    product_code = _text("Product code", 20, required=True, **{"class": "govuk-input--width-10"})
    product_title = _text("Product title", 255, required=True, hint="As the national register writes it.")
    product_kind = _choice("Kind of product", words.KINDS)
    sector = forms.ChoiceField(label="Sector", choices=list(words.SECTORS.items()), initial="vet")
    product_release = _text("Release, where known", 20)
    stream = _text("Stream, where the product has one", 120)
    delivery_site = _text("Where it is delivered", 120)
    third_party = _text("Who delivers it on your behalf", 120)
    enrolled_on = DateField(label="Day of enrolment")
    commenced_on = DateField(label="First day of training or assessment", required=False)
    expected_until = DateField(label="Expected end", required=False)


class DetailsForm(forms.Form):
    """Details of an enrolment, put right."""

    product_title = _text("Product title", 255, required=True)
    product_kind = _choice("Kind of product", words.KINDS)
    product_release = _text("Release, where known", 20)
    stream = _text("Stream, where the product has one", 120)
    delivery_site = _text("Where it is delivered", 120)
    third_party = _text("Who delivers it on your behalf", 120)
    commenced_on = DateField(label="First day of training or assessment", required=False)
    expected_until = DateField(label="Expected end", required=False)
    reason = _reason()


class CommenceForm(forms.Form):
    """Training has begun."""

    commenced_on = DateField(label="First day of training or assessment")


class CompleteForm(forms.Form):
    """Training is over."""


class ReopenForm(forms.Form):
    """The enrolment goes on."""

    reason = _reason()


class ExitForm(forms.Form):
    """The student left."""

    exited_on = DateField(label="Day on which the student left")
    exit_reason = _choice("Why", words.EXITS)
    note = _text("In words, where that helps", 400)
    reason = _text("Reason for a correction", 400, hint="Needed only where an exit is recorded already.")


class ContractForm(forms.Form):
    """A training contract."""

    number = _text("Contract number", 40, required=True)
    jurisdiction = _choice("State or Territory", {one: one for one in rules.JURISDICTIONS})
    contract_from = DateField(label="Runs from")
    contract_until = DateField(label="Runs until", required=False)
    cancelled_on = DateField(label="Cancelled on", required=False)
    reason = _text("Reason for a change", 400, hint="Needed only where other terms are recorded already.")


class FeeForm(forms.Form):
    """One entry of the fee agreement."""

    kind = _choice("Entry", words.FEES)
    amount = MoneyField(label="Dollars and cents", help_text="A minus takes an entry back.")
    on = DateField(label="Day")
    reference = _text("Invoice, receipt or agreement", 60, required=True)


class IdentityForm(forms.Form):
    """An attestation of identity."""

    check_kind = _choice("How the person was checked", words.CHECKS)
    checked_on = DateField(label="Day of the check")
    assessor = _text("Assessor who attests it", 120, required=True)


class TimelyForm(forms.Form):
    """The timely date of a student in a superseded product."""

    timely_date = DateField(label="The student finishes and is issued by")
    reasons = forms.CharField(
        label="Why this day is timely", widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000
    )


class IdentifierForm(forms.Form):
    """Another USI."""

    usi = _text("USI", 10, required=True, hint="Encrypted, and verified before any use.", autocomplete="off")


class EvidenceForm(forms.Form):
    """A file of evidence."""

    file = FilesField(
        label="File",
        help_text="One PDF, PNG, JPEG or ZIP of at most 50 MB.",
        error_messages={"required": "Choose a file."},
    )
    kind = _choice("What it is", words.EVIDENCE)
    label = _text("Description", 120, required=True, hint="Without the student’s name.")
    unit_code = _text("Unit code", 20, hint="Leave empty for the whole enrolment.")
    other_duty_until = DateField(label="Keep longer, until", required=False)
    other_duty = _text("What obliges you to keep it longer", 200)


class UnitForm(forms.Form):
    """One unit with everything that is kept of it."""

    unit_code = _text("Unit code", 20, required=True)
    unit_title = _text("Unit title", 255, required=True)
    outcome = forms.ChoiceField(label="Outcome", choices=[(one, said[0]) for one, said in words.OUTCOMES.items()])
    method = forms.ChoiceField(label="Method", choices=list(words.METHODS.items()))
    decided_on = DateField(label="Decided on", required=False)
    assessor = _text("Assessor", 120)
    started_on = DateField(label="Began on", required=False)
    ended_on = DateField(label="Ended on", required=False)
    delivered_in = _text("Delivered in", 3, hint="ISO 639 code such as zh; empty means English.")
    assessed_in = _text("Assessed in", 3, hint="ISO 639 code; empty means English.")
    mark = _text("Mark", 10)
    grade = _text("Grade", 10)
    reason = _text("Reason for a change", 400, hint="Needed where a decided outcome is changed.")


class ClassChoice(forms.Form):
    """Which class and which unit."""

    product = forms.ChoiceField(label="Product")
    unit = forms.CharField(label="Unit code", max_length=20)
    title = forms.CharField(label="Unit title", max_length=255, required=False)

    def __init__(self, *args: Any, products: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["product"].choices = products  # type: ignore[attr-defined]


class GridForm(forms.Form):
    """Outcomes in a grid: for each row an outcome and a day; assessor and, where a row has none, the day stand once for all."""

    assessor = _text("Assessor of all", 120)
    day = DayField(label="Day of all decisions", required=False, help_text="For rows without a day of their own.")
    reason = _text("Reason for changes", 400, hint="Needed where a decided outcome is changed.")

    def __init__(self, *args: Any, rows: Sequence[tuple[str, str]], **options: Any) -> None:
        """Take the rows as (key, label)."""
        super().__init__(*args, **options)
        self.keys = [key for key, _ in rows]
        choices = [("", "Nothing"), *((one, said[0]) for one, said in words.OUTCOMES.items())]
        for key, label in rows:
            widget = forms.Select(attrs={"aria-label": f"Outcome, {label}"})
            self.fields[f"outcome_{key}"] = forms.ChoiceField(
                label=f"Outcome, {label}", choices=choices, required=False, widget=widget
            )
            box = forms.TextInput(attrs={"aria-label": f"Day, {label}", "class": "govuk-input--width-10"})
            self.fields[f"day_{key}"] = DayField(label=f"Day, {label}", required=False, widget=box)

    @property
    def above(self) -> list[forms.BoundField]:
        """Return the fields that stand once."""
        return [self["assessor"], self["day"], self["reason"]]

    def pairs(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Return the two fields of each row with its key."""
        return [(key, self[f"outcome_{key}"], self[f"day_{key}"]) for key in self.keys]

    def said(self, key: str) -> tuple[str, date | None]:
        """Return the outcome and day of a row; the day of all where the row has none and is decided."""
        outcome, own = self.cleaned_data[f"outcome_{key}"], self.cleaned_data[f"day_{key}"]
        decided = outcome in rules.DECISIVE
        return outcome, (own or self.cleaned_data["day"]) if decided else own


class LoadForm(forms.Form):
    """Files to be loaded."""

    uploads = FilesField(
        label="Choose files",
        help_text="enrolments.csv, outcomes.csv, fees.csv; any of them, each up to 20 MB.",
        error_messages={"required": "Choose at least one file."},
    )
    only_check = forms.BooleanField(label="Check only, and write nothing", required=False)
