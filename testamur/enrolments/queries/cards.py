"""One enrolment with everything beside it, as its page and the API show it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from testamur.enrolments import rules
from testamur.enrolments.models import (
    Enrolment,
    EnrolmentChange,
    Evidence,
    FeeEntry,
    IdentityAttestation,
    TimelyDate,
    UnitOutcome,
)
from testamur.enrolments.queries.facts import IssuanceFacts, facts_for
from testamur.enrolments.queries.lists import EnrolmentLine, lines_of
from testamur.enrolments.states import ENROLMENT
from testamur.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class FeeHeld:
    """One entry of a fee agreement."""

    kind: str
    cents: int
    entry_date: date
    reference: str


@dataclass(frozen=True, slots=True)
class AttestationHeld:
    """One attestation of identity; `withdrawn` ones count no more."""

    id: int
    check_kind: str
    checked_on: date
    assessor: str
    officer: UUID
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class EvidenceHeld:
    """One piece of evidence; `kept_until` is None before the student completed or left, `purged_at` says that it is gone."""

    id: UUID
    unit_code: str
    kind: str
    label: str
    size: int
    sha256: str
    kept_until: date | None
    purged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeKept:
    """One thing that was done, what stood before and after, by whom, when and why."""

    verb: str
    about: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentCard:
    """An enrolment: its line, the facts that issuing decides on, and what is kept beside it."""

    line: EnrolmentLine
    facts: IssuanceFacts
    delivery_site: str
    third_party: str
    exit_reason: str
    exit_note: str
    assessors: dict[str, str]
    fees: tuple[FeeHeld, ...]
    attestations: tuple[AttestationHeld, ...]
    evidence: tuple[EvidenceHeld, ...]
    timely_reasons: str
    verbs: tuple[str, ...]


def card(enrolment_id: UUID, *, on: date) -> EnrolmentCard:
    """Return one enrolment with everything beside it; raises NotFound. Whoever shows it writes an access event."""
    row = Enrolment.objects.filter(pk=enrolment_id).select_related("left").first()
    if row is None:
        raise NotFound("There is no such enrolment, or none that you may see.")
    (line,) = lines_of([enrolment_id])
    left = getattr(row, "left", None)
    timely = TimelyDate.objects.filter(enrolment=row).order_by("-id").first()
    outcomes = UnitOutcome.objects.filter(enrolment=row).values_list("unit_code", "assessor")
    return EnrolmentCard(
        line=line,
        facts=facts_for(enrolment_id, on),
        delivery_site=row.delivery_site,
        third_party=row.third_party,
        exit_reason=left.reason if left else "",
        exit_note=left.note if left else "",
        assessors=dict(outcomes),
        fees=tuple(
            FeeHeld(one.kind, one.cents, one.entry_date, one.reference)
            for one in FeeEntry.objects.filter(enrolment=row).order_by("entry_date", "id")
        ),
        attestations=tuple(
            AttestationHeld(
                one.pk, one.check_kind, one.checked_on, one.assessor, one.officer, one.withdrawn_at is not None
            )
            for one in IdentityAttestation.objects.filter(enrolment=row).order_by("id")
        ),
        evidence=_evidence(row, line),
        timely_reasons=timely.reasons if timely else "",
        verbs=ENROLMENT.verbs(row.state),
    )


def _evidence(row: Enrolment, line: EnrolmentLine) -> tuple[EvidenceHeld, ...]:
    """Return an enrolment's evidence with the day of each."""
    return tuple(
        EvidenceHeld(
            one.id, one.unit_code, one.kind, one.label, one.size, one.sha256,
            one.kept_until
            or rules.evidence_kept_until(
                completed_on=row.completed_on, exited_on=line.exited_on, other_duty_until=one.other_duty_until
            ),
            one.purged_at,
        )
        for one in Evidence.objects.filter(enrolment=row).order_by("unit_code", "added_at", "id")
    )  # fmt: skip


def changes_of(enrolment_id: UUID, *, limit: int = 200) -> list[ChangeKept]:
    """Return what was done to an enrolment, the newest first."""
    rows = EnrolmentChange.objects.filter(enrolment=enrolment_id).order_by("-id")[:limit]
    return [ChangeKept(row.verb, row.about, row.before, row.after, row.reason, row.by, row.at) for row in rows]
