"""The list of enrolments, enrolling a student, and the grid of a class for one unit."""

from dataclasses import replace
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts.roles import Permission
from testamur.enrolments import actions, queries
from testamur.enrolments.actions import Looker
from testamur.enrolments.queries import ClassLine, EnrolmentLine, ProductOffered
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import NewEnrolment, check_outcome
from testamur.kernel.errors import Refusal
from testamur.kernel.verdict import Finding
from testamur.students.entering import EnteredStudent
from testamur.web.access import Request, collects, for_role
from testamur.web.parts import Cell, Column, Link, Table, crumbs, paging
from testamur.web.provider.enrolments import forms, words
from testamur.web.provider.parts import OFFICER, STAFF, Here, here_of, shown

_PAGE: Final = 25
_FORM_PAGE: Final = ["GET", "HEAD", "POST"]


def looker(request: Request, here: Here) -> Looker:
    """Return who looks."""
    return Looker(here.provider_id, request.acting.account_id, request.acting.role.value)


def trail() -> list[Link]:
    """Return the breadcrumbs of pages under the list."""
    return crumbs(("Enrolments", reverse("provider:enrolments")))


def told(form: Form, refused: Refusal) -> None:
    """Put a refusal's findings at the fields they are about, and the rest above the form."""
    findings: tuple[Finding, ...] = refused.findings
    for one in findings:
        form.add_error(one.column if one.column in form.fields else None, one.message)
    if not findings:
        form.add_error(None, refused.message)


@for_role(*STAFF, permission=Permission.READ_ENROLMENT)
@require_safe
def enrolments(request: Request) -> HttpResponse:
    """List the provider's enrolments, filtered; each student on the page is told."""
    here = here_of(request)
    form = forms.FilterForm(request.GET or None)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = queries.Wanted(
        states=(said["state"],) if said.get("state") else (),
        product_code=said.get("product", "").upper(),
        typed=said.get("q", ""),
    )
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    total, lines = actions.look_at_list(
        wanted, looker=looker(request, here), at=here.now, first=(max(1, page) - 1) * _PAGE, limit=_PAGE
    )
    query = [(name, request.GET.get(name, "")) for name in ("q", "state", "product")]
    counts = queries.state_counts(here.provider_id)
    context = {
        "filter": form if form.is_bound else forms.FilterForm(),
        "counts": [(words.STATES[state], count) for state, count in counts.items() if count],
        "lines": _table(lines),
        "paging": paging(page=page, size=_PAGE, total=total, query=query, noun="enrolments"),
        "may_change": request.acting.may(Permission.CHANGE_ENROLMENT),
        "wide": True,
    }
    return shown(request, "enrolments/list", context)


def _table(lines: list[EnrolmentLine]) -> Table:
    """Return enrolments as a table."""
    columns: list[Column | str] = ["Student", "Product", "State", "Enrolled", Column("Units", numeric=True)]
    rows = [
        [
            Cell(one.name or one.local_id, url=reverse("provider:enrolment", args=[one.id]), note=one.local_id),
            Cell(one.product_code, note=one.product_title),
            Cell(words.STATES[one.state][0], tone=words.STATES[one.state][1]),
            words.day(one.enrolled_on),
            Cell(f"{one.competent} of {one.units}", note=f"{one.open} open" if one.open else ""),
        ]
        for one in lines
    ]
    return Table(
        "Enrolments", columns, rows, empty="No enrolment fits. Enrol a student, load files, or clear the filter."
    )


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@collects("enrolment")
@require_http_methods(_FORM_PAGE)
def enrol(request: Request) -> HttpResponseBase:
    """Enrol one student."""
    here = here_of(request)
    form = forms.EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.enrol(_said(form), here.provider_id, by=request.acting.account_id, at=here.now)
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The student is enrolled.")
            return redirect("provider:enrolment", made)
    context = {"form": form, "crumbs": trail()}
    return shown(request, "enrolments/enrol", context, status=422 if form.errors else 200)


def _said(form: forms.EnrolForm) -> NewEnrolment:
    """Return what the form says."""
    said = form.cleaned_data
    student = EnteredStudent(
        local_id=said["student_id"].strip().upper(),
        family_name=said["family_name"],
        given_name=said["given_name"],
        other_names=said["other_names"],
        birth_date=said["birth_date"],
        gender=said["gender"],
        number=said["usi"].strip().upper(),
    )
    return NewEnrolment(
        student=student,
        product_code=said["product_code"].upper(),
        product_kind=said["product_kind"],
        product_title=said["product_title"],
        enrolled_on=said["enrolled_on"],
        sector=said["sector"],
        product_release=said["product_release"],
        stream=said["stream"],
        delivery_site=said["delivery_site"],
        third_party=said["third_party"],
        commenced_on=said["commenced_on"],
        expected_until=said["expected_until"],
    )


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@require_http_methods(_FORM_PAGE)
def class_grid(request: Request) -> HttpResponseBase:
    """Choose a product and a unit, and type the outcomes of the whole class in a grid."""
    here = here_of(request)
    offered = queries.products_of(here.provider_id)
    products = [(one.code, f"{one.code} {one.title} ({one.active})") for one in offered if one.active]
    choice = forms.ClassChoice(request.GET or None, products=products)
    context = {"choice": choice, "offered": offered, "crumbs": trail(), "wide": True}
    if not choice.is_valid():
        return shown(request, "enrolments/class", context, status=422 if choice.errors else 200)
    product, unit = choice.cleaned_data["product"], choice.cleaned_data["unit"].strip().upper()
    title = choice.cleaned_data["title"].strip() or _title(offered, product, unit)
    lines = actions.look_at_class(product, unit, looker=looker(request, here), at=here.now)
    rows = [(str(one.enrolment.id), f"{one.enrolment.name} {one.enrolment.local_id}") for one in lines]
    initial = _initial(lines)
    form = forms.GridForm(request.POST if request.method == "POST" else None, rows=rows, initial=initial)
    if request.method == "POST" and form.is_valid() and _recorded(request, here, form, lines, (unit, title)):
        return redirect(request.get_full_path())
    pairs = zip(lines, form.pairs(), strict=True)
    context |= {"form": form, "unit": unit, "title": title, "pairs": list(pairs), "wide": True}
    return shown(request, "enrolments/class", context, status=422 if form.errors else 200)


def _title(offered: list[ProductOffered], product: str, unit: str) -> str:
    """Return the title of a unit as it was recorded before."""
    known = next((dict(one.units) for one in offered if one.code == product), {})
    return known.get(unit, "")


def _initial(lines: list[ClassLine]) -> dict[str, str]:
    """Return what the grid shows at first."""
    shown_first = {}
    for one in lines:
        if held := one.held:
            shown_first[f"outcome_{one.enrolment.id}"] = held.outcome
            shown_first[f"day_{one.enrolment.id}"] = held.decided_on.isoformat() if held.decided_on else ""
    return shown_first


def _recorded(
    request: Request, here: Here, form: forms.GridForm, lines: list[ClassLine], unit: tuple[str, str]
) -> bool:
    """Record the rows that say something; say whether that was done."""
    said = []
    for one in lines:
        outcome, decided = form.said(str(one.enrolment.id))
        before = one.held or OutcomeSaid(*unit, outcome="")
        if outcome and (outcome, decided) != (before.outcome, before.decided_on):
            assessor = form.cleaned_data["assessor"] or before.assessor
            new = replace(before, outcome=outcome, decided_on=decided, assessor=assessor if decided else "")
            said.append((one.enrolment.id, new))
    return record(request, here, form, said)


_PLACES: Final = {"outcome": "outcome_{}", "decided_on": "day_{}"}


def record(
    request: Request, here: Here, form: forms.GridForm, said: list[tuple[UUID, OutcomeSaid]], *, by_unit: bool = False
) -> bool:
    """Record outcomes of a grid, or name each fault at its row; say whether it was done. Rows are units with `by_unit`."""
    today = here.now.astimezone(ZoneInfo(here.zone)).date()
    for enrolment, one in said:
        key = one.unit_code if by_unit else str(enrolment)
        for finding in check_outcome(one, today=today):
            place = _PLACES.get(finding.column or "", finding.column or "").format(key)
            form.add_error(place if place in form.fields else None, finding.message)
    if form.errors:
        return False
    try:
        done = actions.record_outcomes(
            said, by=request.acting.account_id, at=here.now, reason=form.cleaned_data["reason"]
        )
    except Refusal as refused:
        told(form, refused)
        return False
    messages.success(request, f"Outcomes recorded: {done.new} new, {done.changed} changed.")
    return True
