"""The secretariat's queue of periods: what is overdue and what comes due, with the reminders that went out (CQR-01)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission, Role
from testamur.submissions.queries import due
from testamur.submissions.queries.due import PeriodStanding, ReminderSent
from testamur.submissions.years import Standing
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table, crumbs
from testamur.web.period_words import standing_words
from testamur.web.secretariat.waiting_picture import Kind
from testamur.web.templatetags.testamur import long_date

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)


@for_role(*_READERS, permission=Permission.READ_SUBMISSION)
@require_safe
def periods(request: Request) -> HttpResponse:
    """List the periods of operating providers that are overdue or come due within 30 days, the longest overdue first."""
    found = due.periods_wanted(at=timezone.now())
    reminded = due.reminders_sent()
    overdue = [one for one in found if one.standing is Standing.OVERDUE]
    soon = [one for one in found if one.standing is Standing.DUE_SOON]
    context = {
        "overdue": _table("Overdue", overdue, reminded, "No period is overdue."),
        "soon": _table("Due within 30 days", soon, reminded, "No period comes due within 30 days."),
        "crumbs": crumbs(("Work", reverse("secretariat:home"))),
        "wide": True,
    }
    return render(request, "secretariat/due.html", context)


def overdue_kind(now: datetime) -> Kind:
    """Return the overdue periods as one kind of work; each waits since the end of its due day, by its provider's own days."""
    overdue = [one for one in due.periods_wanted(at=now) if one.standing is Standing.OVERDUE]
    waits = tuple(one.on - one.window.due for one in overdue)
    return Kind.of("Periods overdue", waits, reverse("secretariat:due"))


def _table(caption: str, found: Sequence[PeriodStanding], reminded: due.Reminded, empty: str) -> Table:
    """Return one list of periods."""
    columns: list[Column | str] = ["Provider", "Period", "Regulator", "Standing", "Due", "Reminded", "Waits"]
    return Table(caption, columns, [_row(one, reminded.get(due.place_of(one), ())) for one in found], empty=empty)


def _row(one: PeriodStanding, reminders: Sequence[ReminderSent]) -> list[object]:
    """Return one period's line."""
    label, tone = standing_words(one.standing)
    line = one.registration
    late = -one.days_left
    waits = (
        f"{late:,} day{'' if late == 1 else 's'} late" if late > 0 else f"{-late:,} day{'' if late == -1 else 's'} left"
    )
    told = reminders[-1] if reminders else None
    mails = f"{told.people:,} {'person' if told.people == 1 else 'people'}" if told else ""
    return [
        Cell(line.legal_name, url=reverse("secretariat:provider", args=[line.provider_id])),
        Cell(one.window.label, note="a nil return waits for its declaration" if one.nil else ""),
        line.regulator,
        Cell(label, tone=tone),
        long_date(one.window.due),
        Cell(long_date(told.on), note=mails) if told else "not yet",
        waits,
    ]
