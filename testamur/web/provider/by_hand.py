"""Pages on which certificates are entered by hand, one at a time with its units (issue 3, By hand; rulebook CQR-02)."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.submissions.actions import by_hand as by_hand_actions
from testamur.submissions.actions.by_hand import Entered
from testamur.submissions.by_hand import FORMAT, TypedFinding
from testamur.submissions.formats import formats_for
from testamur.submissions.layouts import load_format
from testamur.submissions.queries import SubmissionCard
from testamur.submissions.queries import by_hand as by_hand_queries
from testamur.submissions.queries.by_hand import EnteredCertificate
from testamur.web.access import Request, collects, for_role
from testamur.web.parts import Cell, Column, Link, Table
from testamur.web.provider import forms, words
from testamur.web.provider.by_hand_codes import own_codes
from testamur.web.provider.by_hand_forms import CertificateForm, cells_of, places_of, unit_name, units_sent
from testamur.web.provider.parts import OFFICER, STAFF, Here, card_of, here_of, new_key, shown, trail
from testamur.web.submission_health import counted

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_ALIKE: Final = ("certificate_type", "program_code", "program_title", "issue_date", "language", "completion_date")
_TYPES: Final = {"Q": "Testamur", "S": "Statement of attainment"}


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_http_methods(_FORM_PAGE)
def by_hand(request: Request) -> HttpResponseBase:
    """Begin a submission that is filled by hand, or go on with one."""
    here = here_of(request)
    form = forms.KeyForm(request.POST or None, initial={"key": new_key()})
    card = providers_queries.provider_card(here.provider_id, on=here.now.date())
    offered = not card.sectors or any(one.name == FORMAT for one in formats_for(frozenset(card.sectors)))
    if request.method == "POST" and form.is_valid():
        if not offered:
            raise NotAllowed("Certificates are entered by hand by providers of vocational education only.")
        begun = by_hand_actions.begin_by_hand(
            here.provider_id, by=request.acting.account_id, at=here.now, key=form.cleaned_data["key"]
        )
        return redirect("provider:by_hand_add", begun)
    going_on = [card_of(number) for number in by_hand_queries.filled_by_hand(here.provider_id)]
    context = {
        "form": form,
        "offered": offered,
        "going_on": Table(
            "Go on with a submission",
            ["Submission", "State", "Opened", "By"],
            [_begun(one, here) for one in going_on],
        )
        if going_on
        else None,
        "crumbs": trail(),
    }
    return shown(request, "by_hand", context)


def _begun(card: SubmissionCard, here: Here) -> list[object]:
    """Return one submission that may be gone on with."""
    status, tone = words.state_words(card)
    names = words.names_of([card.opened_by])
    url = reverse("provider:by_hand_list", args=[card.id])
    return [
        Cell(printed(card.number), url=url, mono=True), Cell(status, tone=tone), here.moment(card.opened_at), names[card.opened_by],
    ]  # fmt: skip


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def by_hand_list(request: Request, submission_id: UUID) -> HttpResponse:
    """List the certificates of a submission that is filled by hand."""
    here, card = here_of(request), card_of(submission_id)
    entered = by_hand_queries.entered_certificates(submission_id, at=here.now)
    may = request.acting.may(Permission.CHANGE_SUBMISSION) and "receive" in card.verbs
    columns: list[Column | str] = ["Certificate", "Student", "Issued", Column("Units", numeric=True), "Check", "Rows"]
    context = {
        "entered": Table(
            counted(len(entered), "certificate") + (", the one saved last first" if len(entered) > 1 else ""),
            columns,
            [_line(one, submission_id, may) for one in reversed(entered)],
            empty="Nothing is entered yet.",
        ),
        "wrong": sum(1 for one in entered if one.count("error")),
        "may_enter": may,
        "may_check": may and bool(entered) and "check" in card.verbs,
        "ready": card.state == "ready",
    }
    return shown(request, "by_hand_list", context, card=card)


def _line(one: EnteredCertificate, submission_id: UUID, may: bool) -> list[object]:
    """Return one certificate as a line of the list."""
    said = one.typed.said
    url = reverse("provider:by_hand_edit", args=[submission_id, one.mark]) if may else ""
    errors, warnings = one.count("error"), one.count("warning")
    check = (
        Cell(counted(errors, "error"), tone="bad")
        if errors
        else Cell(counted(warnings, "warning"), tone="warn")
        if warnings
        else Cell("No error", tone="good")
    )
    rows = f"{one.rows.start} to {one.rows.stop - 1}" if len(one.rows) > 1 else f"{one.rows.start}"
    kind = _TYPES.get(said["certificate_type"].upper(), said["certificate_type"])
    return [
        Cell(said["number"] or "Without a number", url=url, note=" ".join(filter(None, (kind, said["program_code"])))),
        Cell(f"{said['given_name']} {said['surname']}".strip() or "Without a name", note=said["student_id"]),
        said["issue_date"],
        len(one.typed.units),
        check,
        rows,
    ]


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@collects("provider-upload")
@require_http_methods(_FORM_PAGE)
def by_hand_add(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Enter one certificate; `like` in the address takes over program, dates and units of another one."""
    here, card = here_of(request), card_of(submission_id)
    if request.method == "POST":
        return _sent(request, here, card)
    entered = by_hand_queries.entered_certificates(submission_id, at=here.now, with_findings=False)
    cells = _alike(entered, request.GET.get("like", ""))
    form = CertificateForm(initial={"key": new_key(), "language": "English", **cells}, units=units_sent(cells) or 1)
    return _form_page(request, card, form, "")


def _alike(entered: list[EnteredCertificate], mark: str) -> dict[str, str]:
    """Return what another certificate of the submission shares with one like it; nothing where there is none."""
    known = next((one for one in entered if one.mark == mark), None)
    cells = cells_of(known.typed) if known else {}
    return {name: text for name, text in cells.items() if name in _ALIKE or name.startswith("unit")}


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@collects("provider-upload")
@require_http_methods(_FORM_PAGE)
def by_hand_edit(request: Request, submission_id: UUID, mark: str) -> HttpResponseBase:
    """Change one certificate, with what the check says about it beside the fields."""
    here, card = here_of(request), card_of(submission_id)
    if request.method == "POST":
        return _sent(request, here, card, mark)
    entered = by_hand_queries.entered_certificates(submission_id, at=here.now)
    one = next((one for one in entered if one.mark == mark), None)
    if one is None:
        raise NotFound("This certificate was changed or taken out meanwhile. Open the list of the submission again.")
    cells = {**cells_of(one.typed), "key": new_key()}
    form = CertificateForm(cells, units=max(1, len(one.typed.units)))
    form.is_valid()
    form.show(_told(one.findings), range(len(one.typed.units)))
    return _form_page(request, card, form, mark, many=len(entered) > 1)


def _sent(request: Request, here: Here, card: SubmissionCard, mark: str = "") -> HttpResponseBase:
    """Do what the pressed button says: another unit, one unit less, or save."""
    units = units_sent(request.POST)
    if "add_unit" in request.POST or "remove_unit" in request.POST:
        return _form_page(request, card, _with_other_units(request, units), mark)
    form = CertificateForm(request.POST, units=units)
    if not form.is_valid():
        return _form_page(request, card, form, mark, status=422)
    try:
        entered = _save(request, here, card, form, mark)
    except (NotAllowed, Conflict) as refused:
        form.add_error(None, refused.message)
        return _form_page(request, card, form, mark, status=422)
    if not entered.kept:
        form.show(_told(entered.findings), places_of(request.POST, units))
        return _form_page(request, card, form, mark, status=422, offer_keeping=True)
    _say_kept(request, entered)
    if "then_another" in request.POST:
        return redirect(f"{reverse('provider:by_hand_add', args=[card.id])}?like={entered.mark}")
    return redirect("provider:by_hand_list", card.id)


def _save(request: Request, here: Here, card: SubmissionCard, form: CertificateForm, mark: str) -> Entered:
    """Add the certificate, or put it in the place of the one with this mark."""
    said: dict[str, Any] = {
        "by": request.acting.account_id,
        "at": here.now,
        "key": form.cleaned_data["key"],
        "keep_faulty": "keep_faulty" in request.POST,
    }
    if mark:
        return by_hand_actions.change_certificate(card.id, mark, form.typed(), **said)
    return by_hand_actions.add_certificate(card.id, form.typed(), **said)


def _say_kept(request: Request, entered: Entered) -> None:
    """Tell that a certificate was saved, and what there is to look at."""
    errors = sum(1 for one in entered.findings if one.severity == "error")
    warnings = [one for one in entered.findings if one.severity == "warning"]
    if errors:
        messages.warning(
            request, f"Kept with {counted(errors, 'error')}. Correct it before anybody can declare the submission."
        )
    elif warnings:
        told = "; ".join(f"{one.rule} {one.column or ''}: {one.message}" for one in warnings[:3])
        messages.success(request, f"Saved, with {counted(len(warnings), 'warning')} to look at. {told}")
    else:
        messages.success(request, "Saved. The check found no error.")


def _with_other_units(request: Request, units: int) -> CertificateForm:
    """Return the form as it was typed, with one more unit or without one; nothing is saved."""
    cells = {name: str(text) for name, text in request.POST.items()}
    gone = cells.get("remove_unit", "")
    if gone.isascii() and gone.isdigit() and int(gone) < units:
        names = [name.removeprefix("unit0_") for name in cells if name.startswith("unit0_")]
        for number in range(int(gone), units - 1):
            cells |= {unit_name(number, name): cells.get(unit_name(number + 1, name), "") for name in names}
        cells = {name: text for name, text in cells.items() if not name.startswith(f"unit{units - 1}_")}
        units -= 1
    elif not gone:
        units += 1
    form = CertificateForm(initial=cells, units=units)
    place = unit_name(form.units - 1, "unit_code") if not gone else unit_name(0, "unit_code")
    form.fields[place].widget.attrs["autofocus"] = True
    return form


def _told(findings: tuple[TypedFinding, ...]) -> list[TypedFinding]:
    """Return the findings that the page tells; that one row of a certificate waits for another says nothing here."""
    waits = load_format(FORMAT).files[FORMAT].rules
    said = next(check.message.partition("{")[0] for check in waits if check.kind == "held_with")
    return [one for one in findings if not one.message.startswith(said)]


def _form_page(
    request: Request,
    card: SubmissionCard,
    form: CertificateForm,
    mark: str,
    *,
    status: int = 200,
    offer_keeping: bool = False,
    many: bool = False,
) -> HttpResponse:
    """Show the form of a certificate, new or with a mark."""
    here = here_of(request)
    crumb = Link("Certificates", reverse("provider:by_hand_list", args=[card.id]))
    context = {
        "form": form,
        "mark": mark,
        "many": many,
        "offer_keeping": offer_keeping,
        "remove_key": new_key(),
        "own_codes": own_codes(here.provider_id),
        "crumbs": [*trail(card), crumb],
    }
    return shown(request, "by_hand_form", context, card=card, status=status)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def by_hand_remove(request: Request, submission_id: UUID, mark: str) -> HttpResponse:
    """Take one certificate out."""
    form = forms.KeyForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else ""
    left = by_hand_actions.remove_certificate(
        submission_id, mark, by=request.acting.account_id, at=here_of(request).now, key=key
    )
    messages.success(request, f"The certificate was taken out. {counted(left, 'certificate')} left.")
    return redirect("provider:by_hand_list", submission_id)
