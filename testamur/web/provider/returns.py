"""The provider's periods and where each stands; a nil return for one is filed by one person and declared by another (CQR-01)."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace
from testamur.notices import queries as notices_queries
from testamur.submissions import years
from testamur.submissions.actions import returning
from testamur.submissions.queries import due
from testamur.submissions.queries.coverage import coverage_of
from testamur.submissions.queries.due import NilCard, PeriodStanding
from testamur.submissions.years import Standing
from testamur.web.access import Request, for_role
from testamur.web.coverage_parts import coverage_figure
from testamur.web.parts import Cell, Link, SummaryRow, Table, Task
from testamur.web.period_words import standing_words
from testamur.web.provider import words
from testamur.web.provider.forms import DeclareForm, KeyForm
from testamur.web.provider.parts import ADMINISTRATOR, OFFICER, STAFF, Here, here_of, new_key, shown, trail
from testamur.web.templatetags.testamur import long_date

_NIL_STATES = {
    "filed": "Waits for its declaration",
    "declared": "Declared",
    "withdrawn": "Withdrawn",
    "superseded": "Superseded: records of the period were lodged",
}


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def returns(request: Request) -> HttpResponse:
    """List the provider's periods: what was lodged for each, and what is due."""
    here = here_of(request)
    found = due.periods_of(here.provider_id, at=here.now)
    empty = "Nothing is asked for, and no period has begun in the last three years."
    columns = ["Period", "Regulator", "Standing", "Due", "Answered by"]
    may_file = request.acting.may(Permission.CHANGE_SUBMISSION)
    context: dict[str, object] = {
        "periods": Table("Your periods", columns, [_row(one, may_file=may_file) for one in found], empty=empty)
    }
    context["coverage"] = coverage_figure(coverage_of(here.provider_id, at=here.now))
    return shown(request, "returns", {**context, "here": here, "crumbs": trail()})


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def nil(request: Request, registration_id: int, first: str) -> HttpResponseBase:
    """File a nil return for one period, after saying what it means."""
    here = here_of(request)
    one = due.period_standing(registration_id, _day(first), provider_id=here.provider_id, at=here.now)
    form = KeyForm(request.POST or None, initial={"key": new_key()})
    refused: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            nil_id = returning.file_nil_return(
                here.provider_id, registration_id, one.window.since, by=request.acting.account_id, at=here.now,
                key=form.cleaned_data["key"],
            )  # fmt: skip
            messages.success(request, "Filed. An administrator who did not file it declares it now.")
            return redirect("provider:nil_return", nil_id)
        except Refusal as error:
            refused = error
            form.add_error(None, error.message)
    verdict = years.may_file_nil(one.window, lodged=one.lodged is not None, on=one.counted_on)
    context = {"one": one, "form": form, "why_not": "" if verdict.allowed else verdict.reasons, "crumbs": _crumbs()}
    return shown(request, "nil", context, status=422 if refused else 200)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def nil_return(request: Request, nil_id: UUID) -> HttpResponseBase:
    """Show a nil return: take its declaration from a second person, and afterwards be its receipt."""
    here, card = here_of(request), due.nil_return(nil_id)
    form = DeclareForm(request.POST or None, initial={"key": new_key()})
    if request.method == "POST" and form.is_valid():
        returning.declare_nil_return(card.id, by=request.acting.account_id, at=here.now, key=form.cleaned_data["key"])
        messages.success(request, "Declared. This page is the receipt.")
        return redirect("provider:nil_return", card.id)
    context = {
        "card": card,
        "printed": printed(card.number),
        "window": years.window_from(card.regulator, card.period_from),
        "rows": _facts(card, here),
        "log": _log(card),
        "text": notices_queries.text(returning.DECLARATION, here.now.date()),
        "form": form if _may_declare(request, card) else None,
        "filed_it": card.filed_by == request.acting.account_id,
        "may_withdraw": card.state == "filed" and request.acting.may(Permission.CHANGE_SUBMISSION),
        "crumbs": _crumbs(),
    }
    return shown(request, "nil_return", context, status=422 if form.errors else 200)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def withdraw_nil(request: Request, nil_id: UUID) -> HttpResponse:
    """Take back a nil return that nobody declared yet."""
    returning.withdraw_nil_return(nil_id, by=request.acting.account_id, at=here_of(request).now)
    messages.success(request, "The nil return is withdrawn.")
    return redirect("provider:returns")


def periods_asked(request: Request, here: Here) -> list[Task]:
    """Return what is due soon or overdue while the provider operates, and the nil returns that wait, for its start page."""
    asked = (Standing.DUE_SOON, Standing.OVERDUE)
    found = due.periods_of(here.provider_id, at=here.now)
    return [
        _task(request, one)
        for one in reversed(found)
        if (one.standing in asked and not one.registration.ended) or (one.nil is not None and one.nil.state == "filed")
    ]


def _task(request: Request, one: PeriodStanding) -> Task:
    """Return one period as something to do."""
    if one.nil is not None:
        hint = "" if _may_declare(request, one.nil) else "For a second person of your organisation."
        url = reverse("provider:nil_return", args=[one.nil.id])
        return Task(f"Declare the nil return for {one.window.label}", "To declare", url, "warn", hint)
    label, tone = standing_words(one.standing)
    title = f"Lodge for {one.window.label}, due {long_date(one.window.due)}"
    return Task(title, label, reverse("provider:returns"), tone)


def _may_declare(request: Request, card: NilCard) -> bool:
    """Say whether this person is shown the form of the declaration."""
    may = years.may_declare_nil(by=request.acting.account_id, filed_by=card.filed_by).allowed
    return card.state == "filed" and request.acting.role in ADMINISTRATOR and may


def _crumbs() -> list[Link]:
    """Return the way back."""
    return [*trail(), Link("Periods", reverse("provider:returns"))]


def _day(first: str) -> date:
    """Return the day of an address; raises NotFound for anything else."""
    try:
        return date.fromisoformat(first)
    except ValueError as unreal:
        raise NotFound("There is no such period. Open the list of periods and choose one.") from unreal


def _row(one: PeriodStanding, *, may_file: bool) -> list[object]:
    """Return one period's line."""
    label, tone = standing_words(one.standing)
    when = long_date(one.window.due) if one.window.binding else "not asked for while you operate"
    if asked := one.closure_due:
        label, tone = ("Overdue", "bad") if one.on > asked else ("Asked for", "warn")
        when = long_date(asked)
    url = ""
    answer = "nothing yet"
    if one.lodged is not None:
        answer, url = f"records sealed on {long_date(one.lodged.sealed)}", ""
        url = reverse("provider:receipt", args=[one.lodged.submission])
    elif one.nil is not None:
        answer = "a nil return" if one.nil.state == "declared" else "a nil return that waits for its declaration"
        url = reverse("provider:nil_return", args=[one.nil.id])
    elif may_file and years.may_file_nil(one.window, lodged=False, on=one.counted_on).allowed:
        answer = "File a nil return"
        url = reverse("provider:nil", args=[one.registration.id, one.window.since.isoformat()])
    note = f"some records came on {long_date(one.early)}, before it was over" if one.early else ""
    return [
        one.window.label,
        one.registration.regulator,
        Cell(label, tone=tone),
        when,
        Cell(answer, url=url, note=note),
    ]


def _facts(card: NilCard, here: Here) -> list[SummaryRow]:
    """Return who did what."""
    names = words.names_of([card.filed_by, card.declared_by])
    rows = [
        SummaryRow("Number", printed(card.number), mono=True),
        SummaryRow("Regulator", card.regulator),
        SummaryRow("State", _NIL_STATES[card.state]),
        SummaryRow("Filed", f"{here.moment(card.filed_at)} by {names[card.filed_by]}"),
    ]
    if card.declared_at:
        rows.append(SummaryRow("Declared", f"{here.moment(card.declared_at)} by {names[card.declared_by]}"))
        rows.append(SummaryRow("Under the text", card.declaration.replace(" ", ", version ")))
    return rows


def _log(card: NilCard) -> list[SummaryRow]:
    """Return where the leaf of a declared nil return stands."""
    if card.leaf is None:
        return []
    index = log_queries.index_of(LeafPlace(*card.leaf))
    where = "It waits for its place in the log. That takes some seconds." if index is None else f"{index:,}"
    return [SummaryRow("Leaf", returning.leaf_of(card).hex(), mono=True), SummaryRow("Place in the log", where)]
