"""A student's own training now: enrolments, outcomes and what is owed, as their provider works with it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.enrolments import actions
from testamur.enrolments.queries.own import OwnTraining
from testamur.providers import queries as providers_queries
from testamur.web.access import Request, for_student, today
from testamur.web.parts import Cell, SummaryRow, Table, crumbs
from testamur.web.templatetags.testamur import long_date
from testamur.web.training_words import METHODS, OUTCOMES, STATES, dollars


@for_student
@require_safe
def training(request: Request) -> HttpResponse:
    """Show the reader's own enrolments. The look is in their list of reads."""
    acting = request.acting
    found = (
        actions.look_at_own(acting.person_id, by=acting.account_id, at=timezone.now(), on=today())
        if acting.person_id
        else []
    )
    names = providers_queries.legal_names({one.provider_id for one in found})
    context = {
        "parts": [_part(one, names.get(one.provider_id, "")) for one in found],
        "crumbs": crumbs(("My records", reverse("student:home"))),
        "wide": True,
    }
    return render(request, "student/training.html", context)


def _part(one: OwnTraining, provider: str) -> dict[str, object]:
    """Return one enrolment with its units."""
    line, owed = one.line, one.fees.balance
    said = [
        ("Provider", provider), ("Your student number", line.local_id),
        ("Enrolled", long_date(line.enrolled_on)),
        ("Training began", long_date(line.commenced_on) if line.commenced_on else ""),
        ("Expected until", long_date(line.expected_until) if line.expected_until else ""),
        ("Completed", long_date(line.completed_on) if line.completed_on else ""),
        ("Left", long_date(line.exited_on) if line.exited_on else ""),
        ("Fees", f"{dollars(owed)} owed" if owed > 0 else "Nothing owed"),
    ]  # fmt: skip
    rows = [
        [
            Cell(unit.code, note=unit.title),
            Cell(OUTCOMES[unit.outcome][0], tone=OUTCOMES[unit.outcome][1]),
            METHODS[unit.method],
            long_date(unit.decided_on) if unit.decided_on else "",
            " ".join(filter(None, (unit.mark, unit.grade))),
        ]
        for unit in one.units
    ]
    columns = ["Unit", "Outcome", "Method", "Decided", "Result"]
    return {
        "heading": f"{line.product_code} {line.product_title}",
        "tag": STATES[line.state],
        "rows": [SummaryRow(key, value) for key, value in said if value],
        "units": Table(
            f"Units of {line.product_code}", columns, rows, empty="No unit is recorded yet.", small_caption=True
        ),
    }
