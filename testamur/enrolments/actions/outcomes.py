"""Record how units went: for one enrolment or a class of them, in one transaction (rulebook AQF-01 to AQF-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments import gates, rules
from testamur.enrolments.actions import writing
from testamur.enrolments.models import Enrolment, EnrolmentChange, Evidence, UnitOutcome
from testamur.enrolments.rules import DECISIVE, OutcomeSaid
from testamur.enrolments.said import check_outcome, wrong
from testamur.enrolments.states import ENROLMENT
from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Finding, Severity

Said = tuple[UUID, OutcomeSaid]
_FIELDS = (
    "unit_title", "outcome", "method", "decided_on", "assessor", "started_on", "ended_on", "delivered_in", "assessed_in",
    "mark", "grade",
)  # fmt: skip
_CLOSED = {
    "cancelled": "The enrolment is cancelled; nothing is recorded in it.",
    "transferred": "The student was transferred. Open the enrolment again first, or record the unit in the new one.",
}


@dataclass(slots=True)
class Recorded:
    """What became of outcomes as they were said, and which enrolments were opened again by that."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    reopened: list[UUID] = field(default_factory=list)


@transaction.atomic
def record_outcomes(said: Sequence[Said], *, by: UUID, at: datetime, reason: str = "") -> Recorded:
    """The outcomes of units stand as said, all or none; what stood before is kept with who, when and why.

    For the provider's data officers. A decided outcome is changed with a reason only. The first day of training or assessment
    commences an enrolment; in a completed one the day of completion follows, and an open unit opens it again. `evidence` left
    empty keeps what is referred to. Refuses with every finding at once.
    """
    rows = writing.locked(one for one, _ in said)
    for provider_id in {row.provider_id for row in rows.values()}:
        writing.refuse_without(Permission.CHANGE_ENROLMENT, provider_id, by=by, at=at)

    writing.refuse_findings([finding for _, finding in problems(said, rows, reason=reason, at=at)])

    recorded = Recorded()
    kept = _write(said, rows, recorded, reason=reason, by=by, at=at)
    kept += _follow(rows.values(), recorded, by=by, at=at)
    EnrolmentChange.objects.bulk_create(kept, batch_size=2_000)

    return recorded


def problems(
    said: Sequence[Said], rows: dict[UUID, Enrolment], *, reason: str, at: datetime
) -> list[tuple[int, Finding]]:
    """Return everything that stands in the way, each with the place of what is said."""
    days = {one: writing.local_day(one, at) for one in {row.provider_id for row in rows.values()}}
    held = _held(rows)
    evidence = _evidence(said, rows)
    found: list[tuple[int, Finding]] = []
    begun = [_begin_of(rows[enrolment_id], one) for enrolment_id, one in said]
    late = _too_late({one for one in begun if one})
    seen: set[tuple[UUID, str]] = set()
    for place, (enrolment_id, one) in enumerate(said):
        row = rows[enrolment_id]
        found += [(place, finding) for finding in check_outcome(one, today=days[row.provider_id])]
        if row.state in _CLOSED:
            found.append((place, wrong("student_id", "E07", _CLOSED[row.state])))
        found += [(place, finding) for finding in late.get(begun[place], ())]
        if (enrolment_id, one.unit_code) in seen:
            found.append((place, wrong("unit_code", "E08", "The unit stands here twice. Keep one of them.")))
        seen.add((enrolment_id, one.unit_code))
        if one.evidence and evidence.get(one.evidence) != enrolment_id:
            found.append((place, wrong("evidence", "E07", "There is no such evidence in this enrolment.")))
        before = held.get((enrolment_id, one.unit_code))
        if before and before.outcome in DECISIVE and not (one.reason or reason).strip() and _differs(before, one):
            message = (
                "This unit has a decided outcome. Give the reason why it is changed; it is kept beside what stood here."
            )
            found.append((place, wrong("reason", "E10", message)))
    return found


def _begin_of(row: Enrolment, one: OutcomeSaid) -> gates.Asked | None:
    """Return product and day where training would begin with an outcome, None where it has begun or the outcome says no day."""
    day = min((day for day in (one.started_on, one.decided_on) if day), default=None)
    if day is None or row.commenced_on is not None or not ENROLMENT.allowed(row.state, "commence"):
        return None
    return row.sector, row.product_code, max(day, row.enrolled_on)


def _too_late(asked: set[gates.Asked]) -> dict[gates.Asked | None, list[Finding]]:
    """Return why training may not begin, for each product and day on which it may not: the product has ended by then (TRN-08)."""
    return {
        one: [
            Finding(said.rule, said.message, said.source, Severity.ERROR, said.outcome, column="started_on")
            for said in writing.standing_against(verdict)
        ]
        for one, verdict in gates.commencing(asked).items()
    }


def _held(rows: dict[UUID, Enrolment]) -> dict[tuple[UUID, str], UnitOutcome]:
    """Return the outcomes of enrolments, under lock, by enrolment and unit."""
    outcomes = UnitOutcome.objects.select_for_update().filter(enrolment__in=rows)
    return {(row.enrolment_id, row.unit_code): row for row in outcomes.order_by("pk")}


def _evidence(said: Sequence[Said], rows: dict[UUID, Enrolment]) -> dict[str, UUID]:
    """Return the enrolment of each piece of evidence that is referred to and is not purged."""
    if not any(one.evidence for _, one in said):
        return {}
    known = Evidence.objects.filter(enrolment__in=rows, purged_at__isnull=True)
    return {str(pk): enrolment for pk, enrolment in known.values_list("pk", "enrolment_id")}


def _wanted(one: OutcomeSaid) -> dict[str, object]:
    """Return the fields of an outcome as it is said."""
    wanted: dict[str, object] = {name: getattr(one, name) for name in _FIELDS}
    return wanted | ({"evidence_id": UUID(one.evidence)} if one.evidence else {})


def _differs(row: UnitOutcome, one: OutcomeSaid) -> bool:
    """Say whether what is said differs from what stands."""
    return bool(writing.differences(row, _wanted(one))[1])


def _write(
    said: Sequence[Said], rows: dict[UUID, Enrolment], recorded: Recorded, *, reason: str, by: UUID, at: datetime
) -> list[EnrolmentChange]:
    """Write the outcomes and return the changes to keep."""
    held = _held(rows)
    kept: list[EnrolmentChange] = []
    made: list[UnitOutcome] = []
    touched: list[UnitOutcome] = []
    for enrolment_id, one in said:
        enrolment, before = rows[enrolment_id], held.get((enrolment_id, one.unit_code))
        wanted = _wanted(one)
        old, new = writing.differences(before, wanted) if before else ({}, wanted)
        if before and not new:
            recorded.unchanged += 1
            continue
        row = before or UnitOutcome(
            enrolment_id=enrolment_id,
            provider_id=enrolment.provider_id,
            student_id=enrolment.student_id,
            unit_code=one.unit_code,
        )
        for name, value in (*new.items(), ("changed_by", by), ("changed_at", at)):
            setattr(row, name, value)
        (touched if before else made).append(row)
        kept.append(_change(enrolment, one, old if before else None, new, one.reason or reason, by, at))
    UnitOutcome.objects.bulk_create(made, batch_size=2_000)
    UnitOutcome.objects.bulk_update(touched, [*_FIELDS, "evidence", "changed_by", "changed_at"], batch_size=500)
    recorded.new, recorded.changed = len(made), len(touched)
    return kept


def _change(
    enrolment: Enrolment,
    one: OutcomeSaid,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    reason: str,
    by: UUID,
    at: datetime,
) -> EnrolmentChange:
    """Return the change that an outcome makes; of a new one what is empty is left out."""
    told = {name: value for name, value in after.items() if before is not None or value not in ("", None)}
    return writing.changed(
        enrolment, "record", about=one.unit_code, before=before, after=told, reason=reason, by=by, at=at
    )


def _follow(enrolments: Iterable[Enrolment], recorded: Recorded, *, by: UUID, at: datetime) -> list[EnrolmentChange]:
    """Let each enrolment follow its outcomes: commence with the first day, complete on another day, or open again."""
    rows = list(enrolments)
    outcomes: dict[UUID, list[UnitOutcome]] = {}
    for one in UnitOutcome.objects.filter(enrolment__in=[row.id for row in rows]):
        outcomes.setdefault(one.enrolment_id, []).append(one)
    kept = []
    for row in rows:
        before = {"state": row.state, "commenced_on": row.commenced_on, "completed_on": row.completed_on}
        _commence(row, outcomes.get(row.id, []), at=at)
        _settle(row, outcomes.get(row.id, []), recorded, at=at)
        after = {name: getattr(row, name) for name in before if getattr(row, name) != before[name]}
        if after:
            old = {name: before[name] for name in after}
            kept.append(writing.changed(row, "follow", before=old, after=after, by=by, at=at))
            row.save(update_fields=["state", "state_since", "commenced_on", "completed_on"])
    return kept


def first_day(outcomes: Sequence[UnitOutcome]) -> date | None:
    """Return the first day of training or assessment that outcomes name."""
    days = [day for one in outcomes for day in (one.started_on, one.decided_on) if day]
    return min(days, default=None)


def _commence(row: Enrolment, outcomes: Sequence[UnitOutcome], *, at: datetime) -> None:
    """Commence an enrolment that its outcomes show to have begun (TRN-08)."""
    day = first_day(outcomes)
    if day and ENROLMENT.allowed(row.state, "commence"):
        writing.move(row, "commence", at=at)
        row.commenced_on = max(day, row.enrolled_on)


def _settle(row: Enrolment, outcomes: Sequence[UnitOutcome], recorded: Recorded, *, at: datetime) -> None:
    """Compute the day of completion again, or open the enrolment where a unit is open again."""
    if row.state != "completed":
        return
    said = [(one.outcome, one.decided_on) for one in outcomes]
    if rules.may_complete(said).allowed:
        row.completed_on = rules.last_decisive_on(said)
        return
    writing.move(row, "reopen", at=at)
    row.completed_on = None
    recorded.reopened.append(row.id)


def outcomes_of(enrolment: Enrolment) -> list[tuple[str, date | None]]:
    """Return outcome and day of every unit of an enrolment; raises NotFound where there is none."""
    said = list(UnitOutcome.objects.filter(enrolment=enrolment).values_list("outcome", "decided_on"))
    if not said:
        raise NotFound("The enrolment has no unit yet. Record the outcomes first.")
    return said
