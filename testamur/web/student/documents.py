"""The certification documents that were issued to the reader here, and their stored bytes, for ever (REG-05)."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.issuance import actions as issuance_actions
from testamur.issuance import queries as issuance_queries
from testamur.issuance.queries import CertificationLine
from testamur.kernel.identifiers import printed
from testamur.students import queries as students_queries
from testamur.web.access import Request, for_student
from testamur.web.parts import Cell, Table, Tone, crumbs
from testamur.web.templatetags.testamur import long_date

KINDS: Final[Mapping[str, str]] = {
    "testamur": "Testamur",
    "statement-of-attainment": "Statement of attainment",
    "record-of-results": "Record of results",
    "he-testamur": "Testamur",
    "academic-transcript": "Academic transcript",
}
_STATES: Final[Mapping[str, tuple[str, Tone]]] = {
    "issued": ("Holds", "good"),
    "cancellation_proposed": ("Holds", "good"),
    "replaced": ("Replaced by a newer one", "quiet"),
    "cancelled": ("Cancelled", "bad"),
    "surrendered": ("Given back", "quiet"),
    "revoked": ("Revoked", "bad"),
}


@for_student
@require_safe
def documents(request: Request) -> HttpResponse:
    """List the reader's documents, each with its file."""
    person = request.acting.person_id
    found = issuance_queries.own(students_queries.students_of_person(person)) if person else []
    table = Table(
        "Documents issued to you",
        ["Document", "Number", "Issued", "Standing"],
        [_row(one) for one in found],
        empty="No provider has issued you a document here. What was issued elsewhere stands in your record.",
    )
    return render(
        request, "student/documents.html", {"table": table, "crumbs": crumbs(("My records", reverse("student:home")))}
    )


def _row(one: CertificationLine) -> list[object]:
    """Return one document as a row; its name is the link to its file."""
    state, tone = _STATES[one.state]
    return [
        Cell(
            f"{KINDS[one.kind]} (PDF)",
            url=reverse("student:document", args=[one.number]),
            note=f"{one.product_code} {one.product_title}",
        ),
        Cell(printed(one.number), mono=True),
        long_date(one.issued_on) if one.issued_on else "",
        Cell(state, tone=tone),
    ]


@for_student
@require_safe
def document(request: Request, number: str) -> HttpResponse:
    """Download one's own document: the stored bytes. The download is in the reader's list of reads."""
    content = issuance_actions.download_own(number, by=request.acting.account_id, at=timezone.now())
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
