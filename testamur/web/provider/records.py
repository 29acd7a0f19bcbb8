"""The provider's own students as the register holds them; every look leaves an access event (issue 2, item 7)."""

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.extracts import assembling
from testamur.extracts.certificates import certificates_of
from testamur.register.queries import RecordedVersion
from testamur.submissions import actions as submissions_actions
from testamur.submissions.actions import Looker, StudentRecord
from testamur.web.access import Request, for_role
from testamur.web.certificate_parts import certificates_table, day_cell, held_columns
from testamur.web.parts import Cell, Column, Link, SummaryRow, Table
from testamur.web.provider import words
from testamur.web.provider.parts import STAFF, here_of, shown, trail

# Element E355 of the higher education collection; 6 came with TCSI.
_STATUSES = {
    "1": "Withdrew without penalty",
    "2": "Failed",
    "3": "Completed",
    "4": "Not yet completed, or not known",
    "5": "Recognition of prior learning",
    "6": "Withdrew for medical reasons",
}
_DOCUMENTS = {"academic transcripts": "Academic transcript", "testamurs": "Testamur", "ahegs": "AHEGS statement"}


def _looker(request: Request, provider_id: int) -> Looker:
    """Return who looks."""
    return Looker(provider_id, request.acting.account_id, request.acting.role.value)


@for_role(*STAFF, permission=Permission.READ_PERSON)
@require_safe
def students(request: Request) -> HttpResponse:
    """Find the provider's students by number or family name."""
    here = here_of(request)
    typed = request.GET.get("q", "").strip()[:120]
    found = (
        submissions_actions.search_students(typed, looker=_looker(request, here.provider_id), at=here.now)
        if typed
        else []
    )
    rows = [
        [
            Cell(card.local_id, url=reverse("provider:student", args=[card.student_id]), mono=True),
            card.printed_name,
            card.birth.printed(),
        ]
        for card in found
    ]
    empty = "No student of yours has this number or family name in the register. Sealed records only are searched."
    context = {
        "q": typed,
        "found": Table("Students found", ["Number", "Name", "Date of birth"], rows, empty=empty) if typed else None,
        "crumbs": trail(),
    }
    return shown(request, "students", context)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def student(request: Request, student_id: int) -> HttpResponse:
    """Show one student's record as the register holds it."""
    here = here_of(request)
    record = submissions_actions.look_at_student(student_id, looker=_looker(request, here.provider_id), at=here.now)
    card = record.card
    context = {
        "student": card,
        "rows": [
            SummaryRow("Student number", card.local_id, mono=True),
            SummaryRow("Date of birth", card.birth.printed()),
            *([SummaryRow("Earlier names", ", ".join(card.former_names))] if card.former_names else []),
        ],
        "courses": _results(record, "COURSE_RESULT", "Courses"),
        "units": _results(record, "UNIT_RESULT", "Units"),
        "certificates": certificates_table(
            certificates_of(record.versions), "Certificates", empty="No certificate was lodged."
        ),
        "documents": _documents(record),
        "crumbs": [*trail(), Link("Students", reverse("provider:students"))],
        "wide": True,
    }
    return shown(request, "student", context)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def document(request: Request, student_id: int, sha256: str) -> HttpResponseBase:
    """Hand out a PDF as the provider lodged it."""
    here = here_of(request)
    name, pieces = submissions_actions.hand_out_document(
        student_id, sha256, looker=_looker(request, here.provider_id), at=here.now
    )
    copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    for piece in pieces:
        copy.write(piece)
    copy.seek(0)
    return FileResponse(copy, as_attachment=True, filename=name, content_type="application/pdf")


def _results(record: StudentRecord, kind: str, caption: str) -> Table:
    """Return the results of one kind; a column that would be empty is left out."""
    results = [one for one in record.versions if one.kind.name == kind]
    held = held_columns(results)
    columns: list[Column | str] = [
        "Code",
        "Name",
        Column("Year", numeric=True),
        "Status",
        *(Column(name.capitalize(), numeric=name == "mark") for name in held),
        "Version",
    ]
    rows = [_result(one, kind, held) for one in results]
    return Table(caption, columns, rows, empty="The register holds none.")


def _result(one: RecordedVersion, kind: str, held: Sequence[str]) -> list[object]:
    """Return one result as a line."""
    code, title = (one.course if kind == "COURSE_RESULT" else one.unit) or ("", "")
    facts = one.facts
    year = assembling.year_of(facts)
    note = f"in {one.course[0]}" if kind == "UNIT_RESULT" and one.course and one.course[0] else ""
    shown: dict[str, object] = {
        "started": day_cell(facts, "started"),
        "ended": day_cell(facts, "ended"),
        "mark": str(facts.get("mark", "") or ""),
        "grade": " ".join(str(facts[name]) for name in ("grade", "grade_description") if facts.get(name)),
    }
    return [
        Cell(code or "none", note=note, mono=True),
        title,
        str(year) if year else "not known",
        _status(facts),
        *(shown[name] for name in held),
        Cell(f"{one.seq}", note=f"{one.recorded_date.day} {one.recorded_date:%B %Y}"),
    ]


def _status(facts: Mapping[str, Any]) -> str:
    """Return the status in words: of vocational training by its outcome or completion, else by the status lodged."""
    if facts.get("outcome") or facts.get("completed"):
        return assembling.status_of(facts)[0]
    return _STATUSES.get(str(facts.get("status", "")), "")


def _documents(record: StudentRecord) -> Table:
    """Return the PDFs that were lodged, each with its hash."""
    rows = []
    for one in record.versions:
        if one.kind.name == "LODGED_DOCUMENT":
            sha256 = str(one.facts["sha256"])
            label = _DOCUMENTS.get(str(one.facts["document"]), str(one.facts["document"]))
            number = f" {one.facts['n']}" if int(one.facts.get("n") or 1) > 1 else ""
            url = reverse("provider:document", args=[record.card.student_id, sha256])
            size = words.size_words(int(one.facts.get("size") or 0))
            rows.append([Cell(label + number, url=url), size, Cell(sha256, mono=True)])
    columns: list[Column | str] = ["Document", Column("Size", numeric=True), "SHA-256"]
    return Table("Documents as they were lodged", columns, rows, empty="No document was lodged.")
