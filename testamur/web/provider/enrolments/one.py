"""One enrolment: what issuing needs, what is held, what is missing; its units, history, and evidence handed out."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts.roles import Permission
from testamur.enrolments import actions
from testamur.enrolments.queries import EnrolmentCard, cards
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.states import ACTIVE
from testamur.kernel.errors import NotFound
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Entry, Link, SummaryRow, Table, Task, Tone
from testamur.web.provider.enrolments import forms, words
from testamur.web.provider.enrolments.lists import looker, record, trail
from testamur.web.provider.parts import OFFICER, STAFF, here_of, shown
from testamur.web.provider.words import moment_words, names_of, size_words

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_LANGUAGE: Final = "en"


def crumbs_of(card: EnrolmentCard) -> list[Link]:
    """Return the breadcrumbs of pages under one enrolment."""
    return [*trail(), Link(_title(card), reverse("provider:enrolment", args=[card.line.id]))]


def _title(card: EnrolmentCard) -> str:
    """Return what an enrolment is called."""
    return f"{card.line.name or card.line.local_id}, {card.line.product_code}"


@for_role(*STAFF, permission=Permission.READ_ENROLMENT)
@require_safe
def enrolment(request: Request, enrolment_id: UUID) -> HttpResponse:
    """Show one enrolment as a task list, with its units in a grid; the student is told."""
    here = here_of(request)
    card = actions.look_at_enrolment(enrolment_id, looker=looker(request, here), at=here.now)
    may = request.acting.may(Permission.CHANGE_ENROLMENT)
    context = {
        "card": card,
        "title": _title(card),
        "tag": words.STATES[card.line.state],
        "tasks": tasks_of(card, may=may),
        "rows": _rows(card),
        "units": _units(card, may=may),
        "fees": _fees(card),
        "evidence": _evidence(card, may_read=request.acting.may(Permission.READ_EVIDENCE)),
        "steps": _steps(card) if may else [],
        "crumbs": trail(),
        "wide": True,
    }
    return shown(request, "enrolments/one", context)


def tasks_of(card: EnrolmentCard, *, may: bool) -> list[Task]:
    """Return what a document needs, what of it is held, and what is missing (AQF-01 to AQF-06)."""
    facts, active = card.facts, card.line.state in ACTIVE
    usi, tone = words.USI[facts.usi]
    owed = facts.fees.balance
    tasks = [
        _units_task(card, may=may),
        _ending_task(card, may=may),
        Task("USI", usi, _to(card, "identifier", may), tone, "No document is issued before it is verified or exempt."),
        Task(
            "Identity of the person assessed",
            "Attested" if facts.identity_attested else "Missing",
            _to(card, "identity", may),
            "good" if facts.identity_attested else "warn",
        ),
        Task(
            "Fees of this product",
            f"{words.dollars(owed)} owed" if owed > 0 else "Nothing owed",
            _to(card, "fee", may),
            "warn" if owed > 0 else "good",
            f"Cleared on {words.day(facts.fees.cleared_on)}" if facts.fees.cleared_on else "",
        ),
    ]
    if any(unit.method != "assessed" for unit in facts.units):
        tasks.append(_evidence_task(card, may=may))
    if facts.timely_date and active:
        tasks.append(
            Task("Timely date", words.day(facts.timely_date), _to(card, "timely", may), "info", card.timely_reasons)
        )
    return tasks


def _evidence_task(card: EnrolmentCard, *, may: bool) -> Task:
    """Return whether recognition and credit transfer have what they need (AQF-02, AQF-02b)."""
    lacking = [unit.code for unit in card.facts.units if not unit.evidence]
    status, hint = (f"{len(lacking)} missing", f"For {', '.join(lacking)}") if lacking else ("Held", "")
    tone: Tone = "bad" if lacking else "good"
    return Task("Evidence of recognition and credit", status, _to(card, "evidence", may), tone, hint)


def _to(card: EnrolmentCard, what: str, may: bool) -> str:
    """Return the address of a form, nothing for those who may not."""
    return reverse("provider:change_enrolment", args=[card.line.id, what]) if may else ""


def _units_task(card: EnrolmentCard, *, may: bool) -> Task:
    """Return where the units stand."""
    line = card.line
    url = reverse("provider:enrolment_outcomes", args=[line.id]) if may and card.line.state != "cancelled" else ""
    if not line.units:
        return Task("Outcomes of units", "None yet", url, "warn")
    status = f"{line.open} open" if line.open else f"{line.competent} of {line.units} competent"
    return Task("Outcomes of units", status, url, "info" if line.open else "good")


def _ending_task(card: EnrolmentCard, *, may: bool) -> Task:
    """Return whether training is over."""
    line, name = card.line, "End of training"
    if line.completed_on:
        return Task(name, "Completed", "", "good", f"On {words.day(line.completed_on)}, the day of the last decision")
    if line.exited_on:
        return Task(
            name, words.STATES[line.state][0], _to(card, "exit", may), "warn", f"On {words.day(line.exited_on)}"
        )
    if line.state == "commenced" and line.units and not line.open:
        return Task(name, "To do", _to(card, "complete", may), "info", "Every unit has its outcome")
    hint = f"Expected by {words.day(line.expected_until)}" if line.expected_until else ""
    return Task(name, "Not yet", "", "quiet", hint)


def _rows(card: EnrolmentCard) -> list[SummaryRow]:
    """Return what was enrolled in."""
    facts = card.facts
    said = [
        ("Student number", card.line.local_id), ("Product", f"{facts.product_code} {facts.product_title}"),
        ("Kind", words.KINDS[facts.product_kind]), ("Release", facts.product_release), ("Stream", facts.stream),
        ("Enrolled", words.day(facts.enrolled_on)), ("Training began", words.day(facts.commenced_on)),
        ("Delivered at", card.delivery_site), ("Delivered by", card.third_party),
        ("Left because", words.EXITS.get(card.exit_reason, "")), ("In words", card.exit_note),
        *(("Training contract", f"{one.number}, {one.jurisdiction}, from {words.day(one.contract_from)}"
           + (f", cancelled on {words.day(one.cancelled_on)}" if one.cancelled_on else "")) for one in facts.contracts),
        *(("Identity attested", f"{words.CHECKS[one.check_kind]}, {words.day(one.checked_on)}, by {one.assessor}"
           + (" (withdrawn)" if one.withdrawn else "")) for one in card.attestations),
    ]  # fmt: skip
    return [SummaryRow(key, value) for key, value in said if value]


def _units(card: EnrolmentCard, *, may: bool) -> Table:
    """Return the units as a grid: what is needed, what is held, what is missing."""
    columns: list[Column | str] = ["Unit", "Outcome", "Method", "Decided", "Evidence", "Result"]
    rows = []
    for one in card.facts.units:
        languages = {code for code in (one.delivered_in, one.assessed_in) if code and code != _LANGUAGE}
        url = reverse("provider:enrolment_unit", args=[card.line.id, one.code]) if may else ""
        held = Cell("Not needed") if one.method == "assessed" else Cell("Held", tone="good")
        rows.append(
            [
                Cell(one.code, url=url, note=one.title),
                Cell(words.OUTCOMES[one.outcome][0], tone=words.OUTCOMES[one.outcome][1]),
                Cell(words.METHODS[one.method], note=", ".join(sorted(languages))),
                Cell(words.day(one.decided_on), note=card.assessors.get(one.code, "")),
                held if one.evidence else Cell("Missing", tone="bad"),
                " ".join(filter(None, (one.mark, one.grade))),
            ]
        )
    return Table("Units", columns, rows, empty="No unit is recorded yet.")


def _fees(card: EnrolmentCard) -> Table:
    """Return the entries of the fee agreement."""
    rows = [
        [words.day(one.entry_date), words.FEES[one.kind], one.reference, words.dollars(one.cents)] for one in card.fees
    ]
    columns: list[Column | str] = ["Day", "Entry", "Reference", Column("Sum", numeric=True)]
    return Table("Fee agreement", columns, rows, empty="Nothing was agreed or charged.")


def _evidence(card: EnrolmentCard, *, may_read: bool) -> Table:
    """Return the evidence with the day until which each piece is kept."""
    rows = []
    for one in card.evidence:
        kept = words.day(one.kept_until) or "2 years after the end"
        url = reverse("provider:evidence_file", args=[one.id]) if may_read and not one.purged_at else ""
        rows.append(
            [
                Cell(one.label, url=url, note=words.EVIDENCE[one.kind]),
                one.unit_code or "All",
                size_words(one.size),
                Cell("Purged", tone="quiet", note=f"was kept until {kept}") if one.purged_at else f"Kept until {kept}",
                Cell(f"{one.sha256[:12]}…", mono=True),
            ]
        )
    columns: list[Column | str] = ["Evidence", "Unit", Column("Size", numeric=True), "Kept", "SHA-256"]
    return Table("Evidence", columns, rows, empty="No evidence is held.")


_FORMS: Final = (
    ("details", "Correct the details"), ("commence", "Training has begun"), ("complete", "Training is over"),
    ("exit", "The student left"), ("reopen", "Open it again"), ("contract", "Training contract"),
    ("timely", "Timely date"), ("evidence", "Add evidence"), ("withdraw", "Withdraw the attestation"),
)  # fmt: skip
_WHEN: Final = {"commence": "commence", "complete": "complete", "reopen": "reopen"}


def _steps(card: EnrolmentCard) -> list[Link]:
    """Return what can be done now besides the tasks."""
    return [
        Link(label, reverse("provider:change_enrolment", args=[card.line.id, what]))
        for what, label in _FORMS
        if _WHEN.get(what, what) in card.verbs or what not in _WHEN
        if what != "exit" or "exit" in card.verbs
        if what != "withdraw" or card.facts.identity_attested
    ]


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@require_http_methods(_FORM_PAGE)
def enrolment_outcomes(request: Request, enrolment_id: UUID) -> HttpResponseBase:
    """Type the outcomes of one enrolment's units in a grid."""
    here = here_of(request)
    card = actions.look_at_enrolment(enrolment_id, looker=looker(request, here), at=here.now)
    rows = [(one.code, one.code) for one in card.facts.units]
    initial: dict[str, Any] = {}
    for one in card.facts.units:
        initial |= {f"outcome_{one.code}": one.outcome, f"day_{one.code}": words_day(one.decided_on)}
    form = forms.GridForm(request.POST if request.method == "POST" else None, rows=rows, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = list(_changed(form, card))
        if record(request, here, form, [(enrolment_id, one) for one in said], by_unit=True):
            return redirect("provider:enrolment", enrolment_id)
    pairs = list(zip(card.facts.units, form.pairs(), strict=True))
    context = {
        "form": form,
        "card": card,
        "title": _title(card),
        "pairs": pairs,
        "crumbs": crumbs_of(card),
        "wide": True,
    }
    return shown(request, "enrolments/outcomes", context, status=422 if form.errors else 200)


def words_day(value: object) -> str:
    """Return a day as a grid shows it."""
    return str(value) if value else ""


def _changed(form: forms.GridForm, card: EnrolmentCard) -> list[OutcomeSaid]:
    """Return the outcomes that the grid says otherwise than they stand."""
    said = []
    for one in card.facts.units:
        outcome, decided = form.said(one.code)
        if outcome and (outcome, decided) != (one.outcome, one.decided_on):
            assessor = form.cleaned_data["assessor"] or card.assessors.get(one.code, "")
            said.append(
                OutcomeSaid(
                    one.code, one.title, outcome, one.method, decided, assessor if decided else "", one.started_on,
                    one.ended_on, one.delivered_in, one.assessed_in, one.mark, one.grade,
                )
            )  # fmt: skip
    return said


@for_role(*STAFF, permission=Permission.READ_ENROLMENT)
@require_safe
def enrolment_history(request: Request, enrolment_id: UUID) -> HttpResponse:
    """Show everything that was done to an enrolment; the student is told of the look."""
    here = here_of(request)
    card = actions.look_at_enrolment(enrolment_id, looker=looker(request, here), at=here.now)
    changes = cards.changes_of(enrolment_id)
    names = names_of(one.by for one in changes)
    entries = []
    for one in changes:
        told = [words.kept(name, value) for name, value in (one.after or {}).items()]
        was = [f"before, {words.kept(name, value)}" for name, value in (one.before or {}).items()]
        said = [*([one.reason] if one.reason else []), *told, *was, f"by {names[one.by]}"]
        entries.append(
            Entry(moment_words(one.at, here.zone), f"{words.VERBS.get(one.verb, one.verb)} {one.about}".strip(), said)
        )
    context = {"title": _title(card), "entries": entries, "crumbs": crumbs_of(card)}
    return shown(request, "enrolments/history", context)


@for_role(*STAFF, permission=Permission.READ_EVIDENCE)
@require_safe
def evidence_file(request: Request, evidence_id: UUID) -> HttpResponse:
    """Hand out a piece of evidence; the student is told."""
    here = here_of(request)
    name, media, content = actions.hand_out_evidence(
        evidence_id, by=request.acting.account_id, role=request.acting.role, at=here.now
    )
    if not media:
        raise NotFound("There is no such evidence.")
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=media, headers={"Content-Disposition": disposition})
