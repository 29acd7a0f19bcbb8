"""How pages show training products: words for kinds and statuses, lists, the packaging picture, the banner of an old copy."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from testamur.kernel.periods import Period
from testamur.providers import queries as providers_queries
from testamur.training import rules
from testamur.training.queries import copies
from testamur.training.queries.copies import ReviewLine
from testamur.training.queries.products import Packaging, ProductFacts, ProductLine
from testamur.web.parts import Cell, SummaryRow, Table, Tone
from testamur.web.pictures import Figure, Lane, Moment, PackedGroup, Span, packaging_picture, provider_timeline
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.products import choice_words
from testamur.web.templatetags.testamur import long_date

KINDS: Final = {
    "qualification": "Qualification",
    "skill-set": "Skill set",
    "unit": "Unit",
    "accredited-course": "Accredited course",
    "short-course": "Short course",
    "module": "Module",
    "he-course": "Higher education course",
}
STATUSES: Final[dict[str | None, tuple[str, Tone]]] = {
    "current": ("Current", "good"),
    "superseded": ("Superseded", "warn"),
    "expired": ("Expired", "bad"),
    "removed": ("Removed", "bad"),
    "deleted": ("Deleted", "bad"),
    None: ("No status", "quiet"),
}
_CODES: Final = ("rto", "teqsa")
_SPANS: Final[dict[str, FillTone]] = {
    "current": "good", "superseded": "warn", "expired": "bad", "removed": "bad", "deleted": "bad",
}  # fmt: skip


def scope_codes(provider_id: int, on: date) -> list[str]:
    """Return the codes under which the national register knows a provider."""
    card = providers_queries.provider_card(provider_id, on=on)
    return [code.value for code in card.codes if code.kind in _CODES]


def day_in(zone: str, at: datetime) -> date:
    """Return the day of a moment in a provider's zone (CAL-5)."""
    return at.astimezone(ZoneInfo(zone)).date()


def product_url(code: str) -> str:
    """Return the address of a product's page."""
    return reverse("public:product", args=[code])


def product_cell(code: str) -> Cell:
    """Return a code that leads to its product."""
    return Cell(code, url=product_url(code), mono=True)


def status_cell(status: str | None, *, listed: bool = True) -> Cell:
    """Return a status as a tag; what the youngest copy lists no more is said beneath."""
    words, tone = STATUSES[status]
    return Cell(words, tone=tone, note="" if listed else "not listed any more")


def lines_table(caption: str, lines: Sequence[ProductLine], *, empty: str) -> Table:
    """Return products as a table."""
    rows = [
        [product_cell(line.code), line.title, KINDS[line.kind], status_cell(line.status, listed=line.listed)]
        for line in lines
    ]
    return Table(caption, ["Code", "Title", "Kind", "Status"], rows, empty=empty)


def period_words(period: Period) -> str:
    """Return a half-open period in words, its last day included."""
    if period.until is None:
        return f"from {long_date(period.since)}"
    return f"{long_date(period.since)} to {long_date(date.fromordinal(period.until.toordinal() - 1))}"


def facts_rows(facts: ProductFacts) -> list[SummaryRow]:
    """Return what the register says about a product, line by line."""
    rows = [SummaryRow("Code", facts.code, mono=True), SummaryRow("Kind", KINDS[facts.kind])]
    if facts.parent_code:
        rows.append(SummaryRow("Package", f"{facts.parent_code} {facts.parent_title}"))
    if facts.descriptor:
        rows.append(SummaryRow("Industry descriptor", facts.descriptor))
    if facts.streams:
        rows.append(SummaryRow("Streams", ", ".join(facts.streams)))
    releases = [f"{each.number} ({long_date(each.released_on)})" for each in facts.releases]
    rows.append(SummaryRow("Releases", ", ".join(releases) or "none known"))
    if facts.last_enrolment_day:
        rows.append(SummaryRow("Last day to enrol", long_date(facts.last_enrolment_day)))
    if facts.last_issue_day:
        rows.append(SummaryRow("Last day to issue", long_date(facts.last_issue_day)))
    rows.append(SummaryRow("As the register had it", f"copy of {long_date(facts.as_of)}"))
    return rows


def replaced_table(facts: ProductFacts, titles: dict[str, str]) -> Table | None:
    """Return what replaces a product; None where nothing does."""
    if not facts.replacements:
        return None
    rows = [
        [
            product_cell(each.code),
            titles.get(each.code, ""),
            Cell("Equivalent", tone="good") if each.equivalent else Cell("Not equivalent", tone="warn"),
            long_date(each.replaced_on),
            each.note,
        ]
        for each in facts.replacements
    ]
    return Table("What replaces it", ["Code", "Title", "Equivalent?", "Since", "Note"], rows)


def status_figure(facts: ProductFacts, on: date) -> Figure:
    """Return a product's statuses along time, with today and the last day to enrol."""
    first = min(each.period.since for each in facts.statuses)
    ends = [each.period.until or each.period.since for each in facts.statuses]
    days = [day for day in (facts.last_enrolment_day, facts.last_issue_day) if day]
    last = date(max(on, *ends, *days).year + 1, 1, 1)
    spans = [
        Span(each.period.since, each.period.until or last, STATUSES[each.status][0], _SPANS[each.status])
        for each in facts.statuses
        if each.period.since < last
    ]
    moments = [Moment(on, "today")]
    if facts.last_enrolment_day:
        moments.append(Moment(facts.last_enrolment_day, "last day to enrol"))
    if facts.last_issue_day:
        moments.append(Moment(facts.last_issue_day, "last day to issue"))
    return provider_timeline(
        [Lane("Status", spans)], first=date(first.year, 1, 1), last=last, moments=moments, title="Status over time"
    )


def packaging_figure(packaging: Packaging) -> Figure:
    """Return a product's packaging rules as a picture with a table of the groups."""
    groups = [
        PackedGroup(
            group.title,
            group.kind,
            group.choose_least,
            group.choose_most,
            None if group.kind == "elsewhere" else len(group.units),
        )
        for group in packaging.groups
    ]
    rows = [
        [group.title, choice_words(group), group.offered if group.offered is not None else "any"] for group in groups
    ]
    table = Table("The groups as a table", ["Group", "To choose", "Units in it"], rows, small_caption=True)
    lead = f"Release {packaging.release}: {packaging.units_required} units in all."
    return packaging_picture(groups, packaging.units_required, table=table, lead=lead)


def unit_tables(packaging: Packaging) -> list[Table]:
    """Return the units of each group that lists any."""
    return [
        Table(
            group.title,
            ["Code", "Title"],
            [[product_cell(unit), packaging.titles.get(unit, "")] for unit in group.units],
        )
        for group in packaging.groups
        if group.units
    ]


def banner(on: date) -> str:
    """Return what is said above every page of products where the copy is old or missing; empty where it is not (TRN-09)."""
    age = copies.snapshot_age(on)
    if age is None:
        return "No copy of the national register is loaded yet. The secretariat loads one."
    if not rules.is_stale(age):
        return ""
    return (
        f"The copy of the national register is {age:,} days old. Products may have changed since; check training.gov.au before "
        "you enrol a student. Enrolments in products that change wait until a younger copy is loaded."
    )


def reviews_table(reviews: Sequence[ReviewLine]) -> Table:
    """Return the watch list of announced package reviews."""
    rows = [
        [
            Cell(each.package_code, mono=True),
            Cell(each.title, note=each.note),
            long_date(each.announced_date),
            long_date(each.expected_date) if each.expected_date else "not said",
            each.source,
        ]
        for each in reviews
    ]
    columns = ["Package", "Title", "Announced", "Outcome expected", "Source"]
    return Table("Announced package reviews", columns, rows, empty="No review is on the watch list.")
