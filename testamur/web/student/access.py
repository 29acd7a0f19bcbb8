"""Who saw one's records, in words and as a file; somebody else used the account; what one may choose (TEQ-09, PRV-02)."""

import csv
from collections.abc import Collection, Sequence
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import systems as accounts_systems
from testamur.extracts import actions as extracts_actions
from testamur.kernel.identifiers import parse_public_number, printed
from testamur.log import queries as log_queries
from testamur.log.access import RecordedAccess
from testamur.notices import queries as notices_queries
from testamur.providers import queries as providers_queries
from testamur.students import queries as students_queries
from testamur.web.access import Request, for_student
from testamur.web.parts import Cell, Link, SummaryRow, Table, crumbs
from testamur.web.student.words import READS, WHO, WHY
from testamur.web.templatetags.testamur import long_date, long_moment

_PAGE = 50
_MOST = 10_000


@for_student
@require_safe
def access(request: Request) -> HttpResponse:
    """Show every read of the reader's record, the newest first."""
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    events = _events(request, limit=_PAGE + 1, before=start)
    shown = events[:_PAGE]
    names, systems = _names(shown), _systems(shown)
    exports = [Link("CSV", reverse("student:access_csv"))] if events else []
    table = Table(
        "Who saw your records",
        ["When", "Who", "What", "Why"],
        [_row(event, names, systems) for event in shown],
        empty="Nobody has looked at a record of yours yet.",
        exports=exports,
    )
    older = f"{reverse('student:access')}?before={shown[-1].id}" if len(events) > _PAGE else ""
    context = {"table": table, "older": older, "crumbs": crumbs(("My records", reverse("student:home"))), "wide": True}
    return render(request, "student/access.html", context)


def _events(request: Request, *, limit: int, before: int | None = None) -> list[RecordedAccess]:
    """Return the reads of the reader's record: about the person and about every student that they are."""
    person_id = request.acting.person_id
    if person_id is None:
        return []
    students = students_queries.students_of_person(person_id)
    return log_queries.access_events(person=person_id, students=students, limit=limit, before=before)


def _names(events: Sequence[RecordedAccess]) -> dict[int, str]:
    """Return the names of the providers that reads concern."""
    return providers_queries.legal_names({event.provider for event in events if event.provider})


def _systems(events: Sequence[RecordedAccess]) -> frozenset[UUID]:
    """Return those who read and are no people but providers' systems, which act by key."""
    return accounts_systems.systems_among({event.account for event in events if event.account})


def _who(event: RecordedAccess, systems: Collection[UUID]) -> str:
    """Return who read, in words."""
    return "A system of the provider" if event.account in systems else WHO.get(event.role, event.role)


def _row(event: RecordedAccess, names: dict[int, str], systems: Collection[UUID]) -> list[object]:
    """Return one read in words."""
    return [long_moment(event.at), _who(event, systems), _what(event, names), _why(event)]


def _what(event: RecordedAccess, names: dict[int, str]) -> str:
    """Return what was read."""
    what = (
        "the picture of your document"
        if event.purpose == "identity" and event.action == "downloaded"
        else "your record"
    )
    what = "your details" if event.purpose == "identity" and event.action == "viewed" else what
    where = f" at {names[event.provider]}" if event.provider in names else ""
    if event.action == "searched" and event.purpose in {"submission", "issuance"}:
        return f"Saw your name among the students found{where}"
    if event.action == "revealed":
        return f"Saw your USI in the clear, as held{where}"
    return f"{READS.get(event.action, event.action).capitalize()} {what}{where}".replace(
        "Compared with an application your record", "Compared your record with an application"
    )


def _why(event: RecordedAccess) -> Cell:
    """Return why, with the case."""
    words = WHY.get(event.purpose, event.purpose)
    if event.role == "student":
        words = "to read your own record"
    case = parse_public_number(event.case) if event.case else None
    return Cell(words.capitalize(), note=f"case {printed(case)}" if case else "")


@for_student
@require_safe
def access_csv(request: Request) -> HttpResponse:
    """Give every read as a file."""
    events = _events(request, limit=_MOST)
    names, systems = _names(events), _systems(events)
    headers = {"Content-Disposition": 'attachment; filename="who-saw-my-records.csv"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(response)
    writer.writerow(["moment", "who", "what", "why", "case"])
    for event in events:
        what, why = _what(event, names), _why(event)
        writer.writerow([event.at.isoformat(), _who(event, systems), what, why.text, event.case or ""])
    return response


@for_student
def report(request: Request) -> HttpResponseBase:
    """Say that somebody else used the account: after asking, it is locked and every session ends (TEQ-09)."""
    if request.method == "POST":
        extracts_actions.report_third_party_use(by=request.acting.account_id, at=timezone.now())
        logout(request)
        return redirect("account_inactive")
    return render(request, "student/report.html", {"crumbs": crumbs(("My records", reverse("student:home")))})


@for_student
@require_safe
def choices(request: Request) -> HttpResponse:
    """Show what is held about the reader's account, which texts they were shown, and what they can do about it."""
    shown = notices_queries.shown_to(request.acting.account_id)
    rows = [
        [Cell(notices_queries.version(name, number).title, url=reverse("text_version", args=[name, number])), number,
         long_date(timezone.localdate(at))]
        for name, (number, at) in shown.items()
    ]  # fmt: skip
    held = [
        SummaryRow("E-mail address", request.acting.account_email),
        SummaryRow("Names and date of birth", "as you told us", [Link("Change", reverse("student:details"))]),
        SummaryRow("Telephone and postal address", "not asked for"),
        SummaryRow("Picture of an identity document", "only until it is decided on"),
        SummaryRow("Number of an identity document", "never kept"),
    ]
    table = Table("Notices that you were shown", ["Notice", "Version", "On"], rows, empty="None yet.")
    context = {"held": held, "table": table, "crumbs": crumbs(("My records", reverse("student:home")))}
    return render(request, "student/choices.html", context)
