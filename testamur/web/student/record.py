"""One's own record: a picture of it over the years, every result with its source, and what can be downloaded."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.documents.extract import file_name
from testamur.extracts import actions as extracts_actions
from testamur.extracts import assembling
from testamur.extracts import queries as extracts_queries
from testamur.extracts.actions import OwnRecord
from testamur.extracts.assembling import CourseOfStudy
from testamur.extracts.certificates import LodgedCertificate, certificates_of
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.register.queries import RecordedVersion
from testamur.submissions.queries.coverage import coverage_of
from testamur.web.access import Request, for_student
from testamur.web.certificate_parts import certificates_table, day_cell, held_columns, source_cell
from testamur.web.coverage_parts import coverage_figure
from testamur.web.parts import Cell, Column, SummaryRow, Table, Tone, crumbs
from testamur.web.pictures import Figure, Milestone, record_timeline
from testamur.web.pictures.timelines import Kind
from testamur.web.student.home import local_day
from testamur.web.templatetags.testamur import long_date

_HELD_COLUMNS: dict[str, Column | str] = {
    "started": "Started", "ended": "Ended", "mark": Column("Mark", numeric=True), "grade": "Grade",
}  # fmt: skip


@for_student
@require_safe
def record(request: Request) -> HttpResponse:
    """Show everything that providers lodged about the reader. The look is in their list of reads."""
    if request.acting.person_id is None:
        return render(request, "student/record.html", {"nothing": True})
    own = extracts_actions.read_own_record(by=request.acting.account_id, at=timezone.now())
    names = {card.provider_id: providers_queries.provider(card.provider_id).legal_name for card in own.cards}
    parts = [_provider_part(own, provider_id, name) for provider_id, name in names.items()]
    context = {
        "nothing": not own.versions,
        "picture": _picture(own, names) if own.versions else None,
        "parts": parts,
        "crumbs": crumbs(("My records", reverse("student:home"))),
        "wide": True,
    }
    return render(request, "student/record.html", context)


def _picture(own: OwnRecord, names: dict[int, str]) -> Figure:
    """Return the record over the years: one mark a course completed, one a year of units, one a certificate issued."""
    milestones = []
    for provider_id, name in names.items():
        versions = [one for one in own.versions if one.provider_id == provider_id]
        certificates = certificates_of(versions)
        whole = {one.course_code for one in certificates if one.whole and one.issued}
        for course in assembling.courses_of(versions):
            milestones += _milestones(course, name, issued=course.code in whole)
        milestones += [_issued(one, one.issued, name) for one in certificates if one.issued]
    return record_timeline(milestones, title="Your record over the years")


def _issued(one: LodgedCertificate, day: date, provider: str) -> Milestone:
    """Return the mark of one certificate, on the day of its issue."""
    what = f"{one.course_code} {one.course_title}".strip() or _counted(len(one.units))
    kind: Kind = "qualification" if one.whole else "units"
    return Milestone(day, long_date(day), f"{one.kind} {one.number}, {what}", kind, provider)


def _counted(units: int) -> str:
    """Return a number of units in words."""
    return f"{units} unit{'' if units == 1 else 's'}"


def _milestones(course: CourseOfStudy, provider: str, *, issued: bool) -> list[Milestone]:
    """Return the marks of one course; where its certificate is known, that is the mark of its completion."""
    marks = []
    by_year: dict[int, int] = defaultdict(int)
    for unit in course.units:
        if year := assembling.year_of(unit.facts):
            by_year[year] += 1
    for year, count in sorted(by_year.items()):
        marks.append(
            Milestone(
                date(year, 7, 1), str(year), f"{_counted(count)}, {course.title or course.code}", "units", provider
            )
        )
    ended = course.completed_year
    if ended and course.standing == "achieved" and not issued:
        title = course.title or course.code
        marks.append(Milestone(date(ended, 12, 1), str(ended), title, "qualification", provider))
    return marks


def _provider_part(own: OwnRecord, provider_id: int, name: str) -> dict[str, object]:
    """Return what one provider lodged: who it says the reader is, courses, documents, extracts."""
    versions = [one for one in own.versions if one.provider_id == provider_id]
    cards = [card for card in own.cards if card.provider_id == provider_id]
    extracts = [one for one in own.extracts if one.provider_id == provider_id]
    current = next((one for one in extracts if one.superseded_by is None), None)
    return {
        "name": name,
        "who": [_who(card.printed_name, card.birth.printed(), card.local_id) for card in cards],
        "courses": [(course, _units(course)) for course in assembling.courses_of(versions)],
        "certificates": _certificates(versions),
        "documents": _documents([one for one in versions if one.kind.label == "lodged document"]),
        "current": current,
        "current_printed": printed(current.number) if current else "",
        "current_on": long_date(local_day(current.issued_at)) if current else "",
        "older": [(printed(one.number), long_date(local_day(one.issued_at))) for one in extracts if one is not current],
        "request": extracts[0].request_number if extracts else "",
        "once": uuid4(),
        "coverage": _coverage(provider_id, name),
    }


def _coverage(provider_id: int, name: str) -> Figure | None:
    """Return for which periods a provider lodged anything at all, None where it was asked for nothing."""
    held = coverage_of(provider_id, at=timezone.now())
    if not held.lines:
        return None
    title = f"What {name} lodged, and what was never received"
    return coverage_figure(held, title=title, name=f"coverage-{provider_id}")


def _who(name: str, birth: str, local_id: str) -> list[SummaryRow]:
    """Return who a provider says the reader is."""
    return [
        SummaryRow("Name at the provider", name),
        SummaryRow("Date of birth", birth),
        SummaryRow("Student number", local_id, mono=True),
    ]


def _certificates(versions: list[RecordedVersion]) -> Table | None:
    """Return the certificates that a provider lodged, None where it lodged none."""
    found = certificates_of(versions)
    caption = "Certificates that the provider issued"
    return certificates_table(found, caption, empty="", small=True) if found else None


def _units(course: CourseOfStudy) -> Table:
    """Return a course's units, each with the line of the file that says so; a column that would be empty is left out."""
    held = held_columns(course.units)
    dated = all(unit.facts.get("ended") for unit in course.units)
    year = [] if dated else ["Year"]
    columns: list[Column | str] = ["Unit", *year, "Result", *(_HELD_COLUMNS[name] for name in held), "Source"]
    rows = [_unit_row(unit, held, dated=dated) for unit in course.units]
    return Table(f"Units of {course.title or course.code or 'no course'}", columns, rows, small_caption=True)


def _unit_row(unit: RecordedVersion, held: Sequence[str], *, dated: bool) -> list[object]:
    """Return one unit result as a row; where all are dated to the day no year stands besides."""
    words, standing = assembling.status_of(unit.facts)
    code, title = unit.unit or ("", "")
    tone: Tone = {"achieved": "good", "not_achieved": "quiet", "open": "info"}[standing]  # type: ignore[assignment]
    shown: dict[str, object] = {
        "started": day_cell(unit.facts, "started"),
        "ended": day_cell(unit.facts, "ended"),
        "mark": unit.facts.get("mark") or "–",
        "grade": Cell(unit.facts.get("grade") or "–", note=str(unit.facts.get("grade_description") or "")),
    }
    return [
        Cell(title or code, note=code if title else ""),
        *([] if dated else [assembling.year_of(unit.facts) or "not known"]),
        Cell(words, tone=tone),
        *(shown[name] for name in held),
        source_cell(unit),
    ]


def _documents(versions: list[RecordedVersion]) -> Table:
    """Return the documents that a provider lodged, as links to the same bytes."""
    rows = []
    for one in versions:
        sha256 = str(one.facts.get("sha256", ""))
        url = reverse("student:lodged", args=[sha256])
        size = f"{max(1, int(one.facts.get('size') or 0) // 1024):,} KB"
        rows.append([Cell(assembling.document_words(one.facts), url=url, note=size), Cell(sha256, mono=True)])
    return Table(
        "Documents that the provider lodged", ["Document", "SHA-256"], rows, empty="The provider lodged no documents."
    )


@for_student
@require_safe
def extract(request: Request, number: str) -> HttpResponseBase:
    """Download one's certified extract: the stored bytes."""
    content = extracts_actions.download_extract(number, by=request.acting.account_id, at=timezone.now())
    return _file(HttpResponse(content, content_type="application/pdf"), file_name(number))


@for_student
@require_safe
def proof(request: Request, number: str) -> HttpResponseBase:
    """Download the proof of one's own extract, for checking it without this site."""
    extracts_queries.extract(number)
    text = extracts_queries.own_proof(number)
    if text is None:
        return render(request, "student/proof_waits.html", {"printed": printed(number)})
    return _file(HttpResponse(text, content_type="text/plain; charset=utf-8"), f"{number}.tlog-proof")


@for_student
@require_safe
def lodged(request: Request, sha256: str) -> HttpResponseBase:
    """Download a document that a provider lodged about the reader: the same bytes, under the same hash."""
    pieces = extracts_actions.download_lodged(sha256, by=request.acting.account_id, at=timezone.now())
    return _file(StreamingHttpResponse(pieces, content_type="application/pdf"), f"lodged-{sha256[:16]}.pdf")


def _file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """Give an answer as a file to save; its name says nothing about anybody."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
