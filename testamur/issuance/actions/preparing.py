"""Prepare a document, or one in the place of another, and put a prepared one aside. Nothing is rendered here (AQF-12)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.issuance import rules
from testamur.issuance.actions import writing
from testamur.issuance.models import Certification, IssuedName
from testamur.issuance.queries import entitlement, people
from testamur.issuance.queries.entitlement import Decided
from testamur.issuance.rules import People
from testamur.issuance.states import LIVE, WAITING
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.kernel.identifiers import new_public_number
from testamur.kernel.verdict import Verdict
from testamur.students import queries as students_queries


@dataclass(frozen=True, slots=True)
class PrepareSaid:
    """What is said when a document is prepared: who signs, the provider's own number of it, and why where a rule refers."""

    signatory: UUID | None = None
    own_number: str = ""
    referred_reason: str = ""


@transaction.atomic
def prepare(enrolment_id: UUID, kind: str, said: PrepareSaid, provider_id: int, *, by: UUID, at: datetime) -> UUID:
    """A document is prepared for approval by somebody else; returns its id. For issuing officers with authority to prepare.

    Refuses whatever the ruleset `issuance` refuses, by rule and sentence, a pending outcome above all: nothing is rendered
    before its time. Prepared twice it is the same document.
    """
    writing.refuse_without(Permission.PREPARE_CERTIFICATION, provider_id, by=by, at=at)
    live = Certification.objects.filter(enrolment_id=enrolment_id, kind=kind, state__in=LIVE).first()
    if live is not None:
        if live.state in WAITING:
            return live.id
        raise Conflict("This document is issued already. Reissue it, or replace it by a corrected one.")

    on = writing.local_day(provider_id, at)
    signatory = _signatory(provider_id, kind, said.signatory, on)
    decided = entitlement.decide_one(
        enrolment_id,
        kind,
        on,
        who=_preparer(provider_id, kind, on, by=by, at=at),
        signs_on=signatory is not None,
        template=kind in people.current_templates(provider_id),
    )
    if decided.facts.provider_id != provider_id:
        raise NotFound(writing.NO_SUCH)
    refuse_referred(decided.verdict, said.referred_reason)

    row = _new(decided, said, signatory, by=by, at=at)
    return row.id


def refuse_referred(verdict: Verdict, reason: str) -> None:
    """Refuse by rule and sentence; what a rule refers to a person goes on with that person's reason."""
    if not rules.passes(verdict, reason):
        refuse_unless(verdict)


def _preparer(provider_id: int, kind: str, on: date, *, by: UUID, at: datetime) -> People:
    """Return who prepares, and whether they may."""
    return People(
        prepared_by=str(by),
        preparer_authorised=people.may(provider_id, by, "prepare", kind, on),
        own_staff=writing.own_staff(provider_id, by=by, at=at),
    )


def _signatory(provider_id: int, kind: str, chosen: UUID | None, on: date) -> people.AuthorityHeld | None:
    """Return who signs: the one chosen, or the first who may; None where nobody may on that day."""
    held = people.signatories(provider_id, kind, on)
    return next((one for one in held if chosen in (None, one.id)), None)


def _new(
    decided: Decided,
    said: PrepareSaid,
    signatory: people.AuthorityHeld | None,
    *,
    by: UUID,
    at: datetime,
    replaces: Certification | None = None,
    replacing: str = "",
) -> Certification:
    """Write a prepared document with what was decided on."""
    facts = decided.facts
    template = people.current_templates(facts.provider_id).get(decided.kind)
    if signatory is None or template is None:
        raise NotAllowed("A signatory and an approved template are needed.")
    row = Certification(
        provider_id=facts.provider_id,
        student_id=facts.student_id,
        enrolment_id=facts.enrolment_id,
        kind=decided.kind,
        sector=facts.sector,
        product_code=facts.product_code,
        product_title=facts.product_title,
        product_release=facts.product_release,
        facts=decided.known,
        verdict=written(decided.verdict),
        ruleset_version=decided.verdict.version,
        referred_reason=said.referred_reason.strip()[:400],
        due_on=decided.due_on,
        template_id=template.id,
        signatory_id=signatory.id,
        completed_on=facts.completed_on,
        replaces=replaces,
        replacing=replacing,
    )
    return _kept(row, own_number=said.own_number, reason=said.referred_reason, by=by, at=at)


def _kept(row: Certification, *, own_number: str, reason: str, by: UUID, at: datetime) -> Certification:
    """Give a prepared document its number, and write it with the name and the first move."""
    row.number = new_public_number()
    row.own_number = own_number.strip()[:40]
    _refuse_number_in_use(row)
    row.state_since = row.prepared_at = at
    row.prepared_by = by
    row.save(force_insert=True)
    name = students_queries.card(row.student_id).printed_name
    IssuedName.objects.create(certification=row, provider_id=row.provider_id, student_id=row.student_id, name=name)
    writing.keep_move(row, "prepare", "", by=by, at=at, reason=reason)
    return row


def _refuse_number_in_use(row: Certification) -> None:
    """Refuse a provider's own number that another of its documents bears; a change of name keeps the original's (REI-02)."""
    kept = row.replacing == "name-change" and row.replaces is not None and row.own_number == row.replaces.own_number
    if kept or not row.own_number:
        return
    alike = Certification.objects.filter(provider_id=row.provider_id, own_number__iexact=row.own_number)
    if alike.exclude(state="discarded").exists():
        raise Conflict("Another document of yours bears this number. Give each its own, or leave the field empty.")


def written(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as a document keeps it."""
    return {
        "outcome": verdict.outcome,
        "version": verdict.version,
        "findings": [{"rule": one.rule, "outcome": one.outcome, "message": one.message} for one in verdict.findings],
    }


@transaction.atomic
def discard(certification_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """A prepared document is put aside with a reason; nobody was given anything. For whoever prepares or approves."""
    row = Certification.objects.filter(pk=certification_id).first()
    if row is None:
        raise NotFound(writing.NO_SUCH)
    permission = Permission.PREPARE_CERTIFICATION if row.prepared_by == by else Permission.APPROVE_CERTIFICATION
    row = writing.locked(certification_id, permission, by=by, at=at)
    if not reason.strip():
        raise NotAllowed("Say why the document is put aside. The reason is kept.")
    writing.move(row, "discard", by=by, at=at, reason=reason)
    row.save(update_fields=["state", "state_since"])


@dataclass(frozen=True, slots=True)
class ReplaceSaid:
    """Why a document is replaced: a change of name with its evidence (kind, day sighted), or an error with its reason."""

    why: str
    evidence: str = ""
    sighted_on: date | None = None
    reason: str = ""
    own_number: str = ""


@transaction.atomic
def prepare_replacement(certification_id: UUID, said: ReplaceSaid, *, by: UUID, at: datetime) -> UUID:
    """A document is prepared in the place of an issued one (REI-02, REI-04); once approved, the old one holds no more.

    For issuing officers with authority to prepare. A change of name keeps every other field of the original; an error of the
    provider's own is decided anew from the corrected results. Refuses a change without sighted evidence or without a new name.
    """
    old = writing.locked(certification_id, Permission.PREPARE_CERTIFICATION, by=by, at=at)
    waiting = Certification.objects.filter(enrolment_id=old.enrolment_id, kind=old.kind, state__in=WAITING).first()
    if waiting is not None:
        return waiting.id
    on = writing.local_day(old.provider_id, at)
    name, renamed = students_queries.card(old.student_id).printed_name, said.why == "name-change"
    refuse_unless(
        rules.may_replace(
            old.state,
            said.why,
            evidence=said.evidence,
            sighted_on=said.sighted_on,
            reason=said.reason,
            new_name=name != old.issued_name.name,
            on=on,
        )
    )
    row = _same_but_name(old, said, on, by=by, at=at) if renamed else _corrected(old, said, on, by=by, at=at)
    details = {"evidence": said.evidence, "sighted_on": str(said.sighted_on)} if said.evidence else {}
    writing.keep_move(
        old, "prepare_replacement", old.state, by=by, at=at, reason=said.reason or said.why, details=details
    )
    return row.id


def _corrected(old: Certification, said: ReplaceSaid, on: date, *, by: UUID, at: datetime) -> Certification:
    """Write a prepared document in the place of one that was wrong: decided anew from the results as they stand (REI-04)."""
    signatory = _signatory(old.provider_id, old.kind, None, on)
    decided = entitlement.decide_one(
        old.enrolment_id,
        old.kind,
        on,
        who=_preparer(old.provider_id, old.kind, on, by=by, at=at),
        signs_on=signatory is not None,
        template=old.kind in people.current_templates(old.provider_id),
    )
    refuse_unless(decided.verdict)
    prepared = PrepareSaid(own_number=said.own_number)
    return _new(decided, prepared, signatory, by=by, at=at, replaces=old, replacing=said.why)


def _same_but_name(old: Certification, said: ReplaceSaid, on: date, *, by: UUID, at: datetime) -> Certification:
    """Write a prepared document that keeps facts, units, template, signatory and day of the original (REI-02, AQF-10)."""
    if not people.may(old.provider_id, by, "prepare", old.kind, on):
        raise NotAllowed("AQF-09: you hold no written authority to prepare this document on this day.")
    row = Certification(
        provider_id=old.provider_id,
        student_id=old.student_id,
        enrolment_id=old.enrolment_id,
        kind=old.kind,
        sector=old.sector,
        product_code=old.product_code,
        product_title=old.product_title,
        product_release=old.product_release,
        facts=old.facts,
        verdict=old.verdict,
        ruleset_version=old.ruleset_version,
        units=old.units,
        template_id=old.template_id,
        signatory_id=old.signatory_id,
        completed_on=old.completed_on,
        replaces=old,
        replacing="name-change",
    )
    return _kept(row, own_number=said.own_number or old.own_number, reason="name-change", by=by, at=at)
