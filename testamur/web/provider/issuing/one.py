"""One document that may be issued: what holds it, by rule and sentence, and preparing it; and one that was prepared or issued."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts.roles import Permission
from testamur.issuance import actions, queries
from testamur.issuance.actions import PrepareSaid
from testamur.issuance.queries import CertificationCard, Decided
from testamur.kernel.errors import NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.kernel.verdict import Finding
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Entry, Link, SummaryRow, Table, Task
from testamur.web.provider.enrolments.lists import told
from testamur.web.provider.issuing import forms, words
from testamur.web.provider.issuing.queue import looker, trail
from testamur.web.provider.parts import STAFF, Here, here_of, shown
from testamur.web.provider.words import names_of

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_NEEDS: Final = (
    ("Units and packaging", ("AQF-01", "AQF-02", "AQF-02b", "AQF-03", "AQF-12")),
    ("Fees of this product", ("AQF-05",)),
    ("USI", ("USI-01", "USI-02")),
    ("Identity of the person assessed", ("AQF-06", "AQF-07")),
    ("Registration, scope and transition", ("AQF-08",)),
    ("Signatory", ("AQF-10",)),
    ("Approved template", ("AQF-13",)),
)
_TONES: Final = {"BLOCK": "bad", "HOLD": "warn", "FEE_HOLD": "warn", "REFER": "info"}
_ACTS: Final = {
    "discard": "Put it aside",
    "reissue": "Hand out a copy",
    "rename": "The student changed their name",
    "correct": "Replace it for an error of ours",
    "cancel": "Propose to cancel it",
    "decide": "Decide on the cancellation",
}


@for_role(*words.ISSUERS, permission=Permission.READ_CERTIFICATION)
@require_http_methods(_FORM_PAGE)
def entitlement(request: Request, enrolment_id: UUID, kind: str) -> HttpResponseBase:
    """Show what holds one document, and prepare it where nothing does; the student is told."""
    here = here_of(request)
    decided = actions.look_at_entitlement(enrolment_id, kind, looker=looker(request, here), at=here.now)
    may = request.acting.may(Permission.PREPARE_CERTIFICATION) and decided.verdict.outcome in {"ALLOW", "REFER"}
    signs = queries.signatories(here.provider_id, kind, here.now.date())
    form = forms.PrepareForm(
        request.POST or None,
        signatories=[(str(one.id), f"{one.printed_name}, {one.position}") for one in signs],
        referred=decided.verdict.outcome == "REFER",
    )
    if request.method == "POST" and may and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.prepare(
                enrolment_id,
                kind,
                PrepareSaid(UUID(said["signatory"]), said["own_number"], said.get("referred_reason", "")),
                here.provider_id,
                by=request.acting.account_id,
                at=here.now,
            )
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The document is prepared. A second person approves it.")
            return redirect("provider:certification", made)
    context = {
        "title": f"{words.KINDS[kind]}, {decided.facts.product_code}",
        "tag": words.OUTCOMES[decided.verdict.outcome],
        "tasks": _tasks(decided, opens=request.acting.role in STAFF),
        "units": _units(decided),
        "due": words.day(decided.due_on),
        "form": form if may else None,
        "crumbs": trail(),
    }
    return shown(request, "issuing/entitled", context, status=422 if form.errors else 200)


def _tasks(decided: Decided, *, opens: bool) -> list[Task]:
    """Return what a document needs, each with what stands in its way."""
    holds: dict[str, list[Finding]] = {}
    placed = {rule: name for name, rules in _NEEDS for rule in rules}
    for one in decided.holds:
        name = "Registration, scope and transition" if one.rule.startswith("TRN") else placed.get(one.rule, "Content")
        holds.setdefault(name, []).append(one)
    url = reverse("provider:enrolment", args=[decided.facts.enrolment_id]) if opens else ""
    names = dict.fromkeys([*(name for name, _ in _NEEDS), *holds])
    return [_task(name, holds.get(name, []), url) for name in names]


def _task(name: str, holds: Sequence[Finding], url: str) -> Task:
    """Return one line: met, or held by rules."""
    if not holds:
        return Task(name, "Met", "", "good")
    worst = holds[0].outcome or "BLOCK"
    said = " ".join(f"{one.rule}: {one.message} ({one.source})" for one in holds)
    units = {code for one in holds for code in _codes(one)}
    hint = f"{said} {', '.join(sorted(units))}".strip()
    return Task(name, words.OUTCOMES[worst][0], url, _TONES[worst], hint)  # type: ignore[arg-type]


def _codes(one: Finding) -> tuple[str, ...]:
    """Return the units that a finding names."""
    found = one.details.get("units")
    return found if isinstance(found, tuple) else ()


def _units(decided: Decided) -> Table:
    """Return the units on which the document rests."""
    rows = [
        [Cell(one.code, note=one.title), one.outcome.replace("-", " "), one.method.replace("-", " "), words.day(one.decided_on)]
        for one in decided.facts.units
    ]  # fmt: skip
    return Table("Units", ["Unit", "Outcome", "Method", "Decided"], rows, empty="No unit is recorded.")


@for_role(*words.ISSUERS, permission=Permission.READ_CERTIFICATION)
@require_safe
def certification(request: Request, certification_id: UUID) -> HttpResponse:
    """Show one document with who acted, what was decided and what was done; the student is told."""
    here = here_of(request)
    card = actions.look_at_certification(certification_id, looker=looker(request, here), at=here.now)
    context = {
        "card": card,
        "title": f"{words.KINDS[card.line.kind]}, {card.line.product_code}",
        "tag": words.STATES[card.line.state],
        "rows": _rows(card, here),
        "findings": _findings(card),
        "history": _history(card, here),
        "acts": acts_of(request, card),
        "may_approve": request.acting.may(Permission.APPROVE_CERTIFICATION)
        and card.line.state == "prepared"
        and card.prepared_by != request.acting.account_id,
        "crumbs": trail(),
    }
    return shown(request, "issuing/one", context)


def acts_of(request: Request, card: CertificationCard) -> list[Link]:
    """Return what the reader may do with a document now."""
    prepares = request.acting.may(Permission.PREPARE_CERTIFICATION)
    approves = request.acting.may(Permission.APPROVE_CERTIFICATION)
    state = card.line.state
    offered: list[str] = []
    if state == "prepared" and (prepares or approves):
        offered = ["discard"]
    elif state == "issued" and prepares:
        offered = ["reissue", "rename", "correct", "cancel"]
    elif state == "cancellation_proposed" and approves:
        offered = ["decide"]
    address = "provider:change_certification"
    return [Link(_ACTS[what], reverse(address, args=[card.line.id, what])) for what in offered]


def _rows(card: CertificationCard, here: Here) -> list[SummaryRow]:
    """Return what a document is."""
    line = card.line
    names = names_of([card.prepared_by, card.approved_by])
    said: list[tuple[str, object, bool]] = [
        ("Name on it", line.name or "Erased", False),
        ("Student now", card.name_now if card.name_now != line.name else "", False),
        ("Student number", line.local_id, True),
        ("Product", f"{line.product_code} {line.product_title}", False),
        ("Public number", printed(line.number), True),
        ("Your own number", line.own_number, True),
        ("Issued on", f"{words.day(line.issued_on)}{', after it was due' if line.late else ''}", False),
        ("Due by", words.day(line.due_on), False),
        ("Signed by", f"{card.signatory_name}, {card.signatory_position}", False),
        ("Template", f"Version {card.template_version}", False),
        ("Prepared", f"{names[card.prepared_by]}, {here.moment(card.prepared_at)}", False),
        ("Approved", f"{names[card.approved_by]}, {here.moment(card.approved_at)}" if card.approved_by else "", False),
        ("Decided by a person because", card.referred_reason, False),
        ("Copies handed out", line.copies or "", False),
        ("In the place of", printed(card.replaces[1]) if card.replaces else "", True),
        ("Replaced by", printed(card.replaced_by[1]) if card.replaced_by else "", True),
        ("SHA-256 of the file", line.sha256, True),
    ]
    linked = {"In the place of": card.replaces, "Replaced by": card.replaced_by}
    rows = []
    for key, value, mono in said:
        other = linked.get(key)
        actions_ = [Link("Open it", reverse("provider:certification", args=[other[0]]))] if other else []
        if value:
            rows.append(SummaryRow(key, value, actions_, mono=mono))
    return rows


def _findings(card: CertificationCard) -> Table:
    """Return what the rules said when it was last asked."""
    rows = [
        [Cell(one["rule"], mono=True), one["message"], _outcome(one["outcome"])]
        for one in card.verdict.get("findings", [])
    ]
    return Table("What the rules said", ["Rule", "Sentence", "Answer"], rows, empty="Every rule was met in silence.")


def _outcome(outcome: str) -> Cell:
    """Return an outcome as a cell."""
    label, tone = words.OUTCOMES[outcome]
    return Cell("Noted", tone="quiet") if outcome == "ALLOW" else Cell(label, tone=tone)


def _history(card: CertificationCard, here: Here) -> list[Entry]:
    """Return what was done, the newest first."""
    names = names_of(one.by for one in card.moves)
    return [
        Entry(here.moment(one.at), words.VERBS.get(one.verb, one.verb), [text for text in (names[one.by], one.reason) if text])
        for one in card.moves
    ]  # fmt: skip


def card_of(request: Request, here: Here, certification_id: UUID) -> CertificationCard:
    """Return one document of the reader's provider; raises NotFound."""
    card = queries.certification(certification_id)
    if card.provider_id != here.provider_id:
        raise NotFound("There is no such document, or none that you may see.")
    return card
