"""Every part and picture on one page with invented people and providers, for those who build and test the look.

Served in development only. Nothing here reads the database.
"""

import datetime
import hashlib
from typing import Any

from django import forms

from testamur.web import parts, pictures
from testamur.web.forms import DateField, FilesField, OneTimeCodeField, SearchInput

_DAY = datetime.date


class IdentityForm(forms.Form):
    """One field of every kind, as an application for a record has them."""

    name = forms.CharField(label="Full name", help_text="As it stands on your identity document.")
    born = DateField(label="Date of birth", help_text="For example, 27 3 1998.", birthday=True)
    document = forms.ChoiceField(
        label="Which document will you show?",
        choices=[("licence", "Driver licence"), ("passport", "Passport"), ("medicare", "Medicare card")],
        widget=forms.RadioSelect,
    )
    sectors = forms.MultipleChoiceField(
        label="What did you study?",
        choices=[("he", "Higher education"), ("vet", "Vocational education and training")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    state = forms.ChoiceField(label="State or territory", choices=[("wa", "Western Australia"), ("vic", "Victoria")])
    uploads = FilesField(label="Upload a corrected file", help_text="CSV, PDF or one zip, up to 2 GB.")
    code = OneTimeCodeField(label="Code from your authenticator", help_text="Six digits.")
    password = forms.CharField(label="Password", widget=forms.PasswordInput({"autocomplete": "current-password"}))
    note = forms.CharField(label="Anything the officer should know", widget=forms.Textarea({"rows": 3}), required=False)
    agree = forms.BooleanField(label="What I have entered is true", help_text="A false declaration is an offence.")


class FilterForm(forms.Form):
    """Filters of a list of findings."""

    q = forms.CharField(label="Student or row", widget=SearchInput, required=False)
    rule = forms.ChoiceField(label="Rule", choices=[("", "Every rule"), ("V07", "V07"), ("V12", "V12")], required=False)
    weight = forms.ChoiceField(label="Weight", choices=[("", "All"), ("error", "Errors")], required=False)


def style_guide_context() -> dict[str, Any]:
    """Return the context of style_guide.html."""
    return {**_frame(), **_parts(), **_pictures()}


def _frame() -> dict[str, Any]:
    links = (parts.Link("Your account", "#"), parts.Link("Switch organisation", "#"))
    return {
        "navigation": [("Submissions", "#", True), ("Requests", "#"), ("Records", "#"), ("People", "#")],
        "account_menu": parts.Account("Mia Nguyễn", "Harbour Institute · data officer", links, "#"),
        "crumbs": parts.crumbs(("Harbour Institute", "#"), ("Submissions", "#")),
        "form": IdentityForm({"name": "", "born_0": "31", "born_1": "2", "born_2": "1999"}),
        "filters": FilterForm(),
    }


def _parts() -> dict[str, Any]:
    tasks = [
        parts.Task("Upload the files", "Completed", "#"),
        parts.Task("Fix rows", "2 left", "#", "info"),
        parts.Task("Declare", "Cannot start yet"),
    ]
    return {
        "tasks": tasks,
        "table": _table(),
        "empty": parts.Table("Withdrawn submissions", ["Number", "When"], [], empty="Nothing has been withdrawn."),
        "paging": parts.paging(page=4, size=50, total=1312, path="#"),
        "summary": [
            parts.SummaryRow("Provider", "Harbour Institute of Higher Education"),
            parts.SummaryRow("TEQSA id", "PRV99001", mono=True),
            parts.SummaryRow("Closed on", "30 June 2024", [parts.Link("Change", "#")]),
        ],
        "entries": [
            parts.Entry("14 March 2026", "Extract issued", ["Number 7KQ2-M9XD-4HTR"], "#", "good", "Current"),
            parts.Entry(
                "2 March 2026", "Identity confirmed", ["By the secretariat. The scan was deleted."], tone="good"
            ),
            parts.Entry("27 February 2026", "Two records might be yours", ["An officer compares them."], tone="warn"),
            parts.Entry("26 February 2026", "You applied for your record"),
        ],
        "card": _card(),
        "wrong_card": parts.VerificationCard(
            "This number is not ours", "bad", "No document of this register carries it."
        ),
        "job": parts.Progress("Checking your files", 412_000, 1_000_000, "#", steps=tasks[:2]),
        "tabs": [
            parts.Link("To fix", "#", current=True, count=13),
            parts.Link("Warnings", "#", count=31),
            parts.Link("Accepted", "#", count=268),
        ],
    }


def _table() -> parts.Table:
    first = parts.sort_columns([("row", "Row")], path="#", query=[("sort", "row")], numeric=["row"])
    columns: list[parts.Column | str] = [*first, "Student", "Code", "Title", "Awarded", "Result"]
    accepted = parts.Cell("Accepted", tone="good")
    fix = parts.Cell("Fix", tone="bad", note="Award date is not a real date.")
    similar = parts.Cell("Fix", tone="bad", note="No such code. Did you mean BSB50120?")
    look = parts.Cell("Look", tone="warn", note="Commenced before the course began.")
    rows = [
        [2, "S100234", parts.Cell("BSB50120"), "Diploma of Business", "2025-13-02", fix],
        [7, "S100239", parts.Cell("CHC33021"), "Certificate III in Individual Support", "2025-06-30", accepted],
        [9, "S100241", parts.Cell("BSB5O120"), "Diploma of Business", "2025-06-30", similar],
        [12, "S100250", parts.Cell("ICT40120"), "Certificate IV in Information Technology", "2025-07-11", look],
    ]
    exports = [
        parts.Link("CSV", "#"),
        parts.Link("XLSX", "#"),
        parts.Link("Your own file with a column of reasons", "#"),
    ]
    return parts.Table("Rows to look at", columns, rows, exports=exports)


def _card() -> parts.VerificationCard:
    return parts.VerificationCard(
        "Authentic and current",
        "good",
        "This register issued the extract, and it has not been replaced.",
        facts=[parts.SummaryRow("Number", "7KQ2-M9XD-4HTR", mono=True), parts.SummaryRow("Issued", "14 March 2026")],
        checks=[
            parts.Check("Name", "Match", "good"),
            parts.Check(
                "Qualification", "Match, other wording", "info", "The register writes Bachelor of Nursing (Honours)."
            ),
            parts.Check("Award date", "Differs", "bad"),
        ],
        not_told=[
            "Whether the person who showed it to you is its holder.",
            "Study at providers that have lodged nothing.",
        ],
        reference="V-2026-000417",
        checked_at="23 November 2026, 11:02 am AEDT",
    )


def _pictures() -> dict[str, Any]:
    rules = [
        pictures.RuleCount("V07", "Award date is not a real date", 6, "bad", "#"),
        pictures.RuleCount("V12", "Course code is not on the provider’s list of courses for that year", 4, "bad", "#"),
        pictures.RuleCount("N3a", "Result without a student in the records file", 3, "bad", "#"),
        pictures.RuleCount("V22", "Postcode and state do not go together", 31, "warn", "#"),
    ]
    shares = [
        pictures.Share("accepted", 268, "good", "#"),
        pictures.Share("to look at", 31, "warn", "#"),
        pictures.Share("to fix", 13, "bad", "#"),
    ]
    return {
        "health": pictures.submission_health(shares, rules, lead="312 rows, checked 9 March 2026", csv_url="#"),
        "by_rule": pictures.bars_by_rule(rules, csv_url="#"),
        "record": pictures.record_timeline(_milestones(), title="Aroha’s record"),
        "provider": _provider(),
        "funnel": pictures.request_funnel(
            [
                pictures.Stage("Requests received", 940, 0.2),
                pictures.Stage("Identity confirmed", 871, 2),
                pictures.Stage("Record found", 792, 1.5),
                pictures.Stage("Extract certified", 774, 0.1),
                pictures.Stage("Delivered within 10 days", 702),
            ],
            title="Requests for records of closed providers",
        ),
        "proof": _proof(),
        "coverage": _coverage(),
    }


def _milestones() -> list[pictures.Milestone]:
    return [
        pictures.Milestone(_DAY(2004, 11, 30), "2004", "Certificate II in Retail Services", "uncertain"),
        pictures.Milestone(_DAY(2009, 6, 12), "12 Jun 2009", "Certificate III in Carpentry"),
        pictures.Milestone(_DAY(2016, 7, 1), "1 Jul 2016", "Diploma of Business"),
        pictures.Milestone(_DAY(2018, 3, 2), "2 Mar 2018", "Work safely at heights", "units"),
        pictures.Milestone(_DAY(2019, 2, 20), "20 Feb 2019", "Bachelor of Nursing", "studied"),
        pictures.Milestone(_DAY(2022, 12, 9), "9 Dec 2022", "Bachelor of Construction Management (Honours)"),
        pictures.Milestone(_DAY(2023, 2, 1), "1 Feb 2023", "Provide first aid", "units"),
        pictures.Milestone(_DAY(2024, 5, 17), "17 May 2024", "Graduate Certificate in Project Management", "withdrawn"),
        pictures.Milestone(_DAY(2026, 3, 14), "14 Mar 2026", "Certificate III in Individual Support"),
    ]


def _provider() -> pictures.Figure:
    periods = [
        pictures.Span(_DAY(2010, 1, 1), _DAY(2014, 12, 31), "First period"),
        pictures.Span(_DAY(2015, 1, 1), _DAY(2019, 12, 31), "Second period"),
        pictures.Span(_DAY(2020, 1, 1), _DAY(2025, 6, 30), "Third period, extended", "info"),
    ]
    lanes = [
        pictures.Lane("Registration", periods),
        pictures.Lane("Ceasing", [pictures.Span(_DAY(2025, 1, 15), _DAY(2025, 6, 30), "Ceasing", "warn")]),
        pictures.Lane(
            "Teach-out", [pictures.Span(_DAY(2025, 7, 1), _DAY(2026, 2, 28), "Taught out elsewhere", "warn")]
        ),
        pictures.Lane("Records received", [pictures.Span(_DAY(2025, 9, 1), None, "Held here", "good")]),
    ]
    moments = [pictures.Moment(_DAY(2025, 6, 30), "Ceased"), pictures.Moment(_DAY(2026, 3, 1), "Records due")]
    return pictures.provider_timeline(lanes, first=_DAY(2010, 1, 1), last=_DAY(2027, 1, 1), moments=moments)


def _proof() -> pictures.Figure:
    def digest(seed: int) -> str:
        return hashlib.sha256(str(seed).encode()).hexdigest()

    steps = [
        pictures.ProofStep("left" if n in {0, 3, 4} else "right", digest(n + 11), digest(n + 71)) for n in range(6)
    ]
    return pictures.proof_path(digest(3), steps, index=25, size=61)


def _coverage() -> pictures.Figure:
    formats = ["TEQSA records", "AVETMISS", "Parchment PDFs"]
    years = list(range(2008, 2026))
    counts = {
        (name, year): (year * 37 + len(name) * 911) % 4300
        for name in formats
        for year in years
        if (year + len(name)) % 5
    }
    return pictures.coverage_map(formats, years, counts, lead="Records held by year and format")
