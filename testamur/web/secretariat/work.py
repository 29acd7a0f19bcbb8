"""The secretariat's start page: what waits for somebody, of every kind, the longest waiting first; nothing about a person.

F.2: an officer, a supervisor and an auditor see how much waits; whoever may not work a kind finds no link to it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import access as accounts_access
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Permission, Role
from testamur.extracts import queries as extracts_queries
from testamur.kernel import tenancy
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ClosureDue
from testamur.regulation.queries import sweeps
from testamur.students.linkage import queries as linkage_queries
from testamur.submissions import queries as submissions_queries
from testamur.web.access import Request, for_role, today
from testamur.web.parts import Cell, Column, Table
from testamur.web.provider_words import state_words
from testamur.web.secretariat.closures import overdue_kind as closures_overdue
from testamur.web.secretariat.doubts import doubts_kind
from testamur.web.secretariat.due import overdue_kind
from testamur.web.secretariat.national import copies_kind
from testamur.web.secretariat.waiting_picture import ENDS, Kind, waiting_by_age
from testamur.web.templatetags.testamur import grouped, long_date

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)


@for_role(*_READERS)
@require_safe
def home(request: Request) -> HttpResponse:
    """Show what waits: how much of each kind, how long, and the closures with the days on which their records are due."""
    now, on = timezone.now(), today()
    closures = providers_queries.closures_open()
    found = [
        *_identities(now),
        *_applications(now),
        _locked(now),
        _access(now),
        _joins(now),
        _submissions(now, may_decide=request.acting.may(Permission.ACCEPT_SUBMISSION)),
        _closures(closures, now),
        overdue_kind(now),
        closures_overdue(now),
        doubts_kind(now, may_work=request.acting.role is not Role.AUDITOR),
        copies_kind(now),
    ]
    kinds = sorted(found, key=lambda kind: kind.longest, reverse=True)
    context = {
        "waiting": _table(kinds),
        "picture": waiting_by_age(kinds) if any(kind.count for kind in kinds) else None,
        "closures": _closures_table(closures, on),
    }
    return render(request, "secretariat/home.html", context)


def _identities(now: datetime) -> list[Kind]:
    """Return the pictures to look at, and the people for whom another way must be found."""
    waiting = extracts_queries.identities_waiting()
    url = reverse("secretariat:identities")
    pending = tuple(now - one.since for one in waiting if one.state == "pending")
    assisted = tuple(now - one.since for one in waiting if one.state != "pending")
    proposed = sum(one.state == "proposed" for one in waiting)
    note = f"{proposed:,} of them for a supervisor" if proposed else ""
    return [Kind.of("Identity checks", pending, url), Kind.of("Assisted identity cases", assisted, url, note)]


def _applications(now: datetime) -> list[Kind]:
    """Return the applications to compare by hand, and those whose match is to be confirmed."""
    url = reverse("secretariat:requests")
    return [
        Kind.of(
            label,
            tuple(now - one.state_since for one in extracts_queries.requests_waiting(state=state)),
            f"{url}?state={state}",
        )
        for label, state in (("Applications for an officer", "officer"), ("Matches to confirm", "found"))
    ]


def _locked(now: datetime) -> Kind:
    """Return the accounts that wait for a new identity check."""
    waits = tuple(now - one.locked_at for one in accounts_queries.locked_accounts(now))
    return Kind.of("Locked accounts", waits, reverse("secretariat:locked"))


def _joins(now: datetime) -> Kind:
    """Return the proposed joins of students, of whom nobody is shown here."""
    waited = next(iter(linkage_queries.waited(ENDS, at=now)), None)
    return Kind.counted("Proposed joins", waited, reverse("secretariat:joins"))


def _access(now: datetime) -> Kind:
    """Return the requests for access on which the secretariat decides; how many providers' administrators have is a note."""
    waiting = accounts_access.requests_waiting(now)
    ours = tuple(one.waited(now) for one in waiting if one.for_secretariat(now))
    others = len(waiting) - len(ours)
    note = f"{others:,} more with providers' administrators" if others else ""
    return Kind.of("Requests for access", ours, reverse("secretariat:access_requests"), note)


def _submissions(now: datetime, *, may_decide: bool) -> Kind:
    """Return the declared submissions; only who may decide on them finds the way to them."""
    with tenancy.for_register():
        waiting = submissions_queries.submissions_waiting()
    waits = tuple(now - card.declared_at for card in waiting if card.declared_at)
    if may_decide:
        return Kind.of("Submissions to decide on", waits, reverse("secretariat:submissions"))
    return Kind.of("Submissions to decide on", waits, note="A supervisor decides on these")


def _closures(closures: Sequence[ClosureDue], now: datetime) -> Kind:
    """Return the open closures; each waits from the moment its case was opened, whenever its records are due."""
    return Kind.of("Closures", tuple(now - due.opened_at for due in closures), "#closures")


def _table(kinds: Sequence[Kind]) -> Table:
    """Return one line a kind."""
    rows = [[Cell(kind.label, url=kind.url, note=kind.note), grouped(kind.count), _words(kind)] for kind in kinds]
    columns: list[Column | str] = ["What", Column("Waiting", numeric=True), Column("Longest wait", numeric=True)]
    return Table("What waits", columns, rows)


def _words(kind: Kind) -> str:
    """Return the longest wait in words."""
    if not kind.count:
        return "none"
    days = kind.longest.days
    return "today" if days < 1 else f"{days:,} day{'' if days == 1 else 's'}"


def _provider_url(due: ClosureDue) -> str:
    """Return the provider's page, for a closure whose case the worker has not opened yet."""
    return reverse("secretariat:provider", args=[due.provider_id])


def _closures_table(closures: Sequence[ClosureDue], on: date) -> Table:
    """Return the closures, the earliest due first."""
    rows = []
    cases = sweeps.sweep_ids([due.registration_id for due in closures])
    for due in closures:
        words, tone = state_words(due.state)
        late = due.due_date < on and not due.signed
        coverage = Cell("Overdue", tone="bad") if late else Cell("Signed" if due.signed else "Open")
        case = cases.get(due.registration_id)
        url = reverse("secretariat:closure", args=[case]) if case else _provider_url(due)
        rows.append(
            [Cell(due.legal_name, url=url), due.regulator, Cell(words, tone=tone), long_date(due.due_date), coverage]
        )
    columns = ["Provider", "Regulator", "State", "Records due", "Coverage"]
    return Table("Closures", columns, rows, empty="No closure case is open.")
