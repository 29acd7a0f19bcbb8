"""Entries of an enrolment's fee agreement: agreed, charged, paid, waived, refunded (rulebook AQF-05)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments.actions import writing
from testamur.enrolments.models import Enrolment, EnrolmentChange, FeeEntry
from testamur.enrolments.said import FeeSaid, check_fee, wrong
from testamur.kernel.verdict import Finding


def record_fee(enrolment_id: UUID, said: FeeSaid, *, by: UUID, at: datetime) -> bool:
    """One entry stands in an enrolment's agreement; returns whether it is new. See record_fees."""
    return record_fees([(enrolment_id, said)], by=by, at=at) == 1


@transaction.atomic
def record_fees(said: Sequence[tuple[UUID, FeeSaid]], *, by: UUID, at: datetime) -> int:
    """Entries stand in the agreements of enrolments, all or none; returns how many are new.

    For data officers. The same entry under the same reference changes nothing; under it another sum is refused, for entries are
    never altered: take the wrong one back by a counter-entry with a negative sum. Balances are computed per enrolment.
    """
    rows = writing.locked(one for one, _ in said)
    for provider_id in {row.provider_id for row in rows.values()}:
        writing.refuse_without(Permission.CHANGE_ENROLMENT, provider_id, by=by, at=at)

    writing.refuse_findings([finding for _, finding in problems(said, rows, at=at)])

    held = _held(rows)
    fresh = {(enrolment, one.kind, one.reference): one for enrolment, one in said}
    made = [
        FeeEntry(
            enrolment_id=key[0],
            provider_id=rows[key[0]].provider_id,
            student_id=rows[key[0]].student_id,
            kind=one.kind,
            cents=one.cents,
            entry_date=one.entry_date,
            reference=one.reference,
            entered_by=by,
            entered_at=at,
        )
        for key, one in fresh.items()
        if key not in held
    ]
    FeeEntry.objects.bulk_create(made, batch_size=2_000)
    EnrolmentChange.objects.bulk_create(
        (writing.changed(rows[one.enrolment_id], "fee", about=one.reference, after=_told(one), by=by, at=at) for one in made),
        batch_size=2_000,
    )  # fmt: skip

    return len(made)


def problems(
    said: Sequence[tuple[UUID, FeeSaid]], rows: dict[UUID, Enrolment], *, at: datetime
) -> list[tuple[int, Finding]]:
    """Return everything that stands in the way, each with the place of what is said."""
    days = {one: writing.local_day(one, at) for one in {row.provider_id for row in rows.values()}}
    standing = _held(rows)
    found: list[tuple[int, Finding]] = []
    for place, (enrolment, one) in enumerate(said):
        today = days[rows[enrolment].provider_id]
        wrongs = check_fee(one, today=today)
        found += [(place, finding) for finding in wrongs]
        key, values = (enrolment, one.kind, one.reference), (one.cents, one.entry_date)
        if standing.setdefault(key, values) != values:
            message = "An entry of this kind and reference stands already with another sum or day. Take it back by a counter-entry."
            found.append((place, wrong("reference", "E08", message)))
    return found


def _held(rows: dict[UUID, Enrolment]) -> dict[tuple[UUID, str, str], tuple[int, date]]:
    """Return sum and day of every entry of enrolments by enrolment, kind and reference."""
    entries = FeeEntry.objects.filter(enrolment__in=rows)
    return {
        (enrolment, kind, reference): (cents, day)
        for enrolment, kind, reference, cents, day in entries.values_list(
            "enrolment_id", "kind", "reference", "cents", "entry_date"
        )
    }


def _told(one: FeeEntry) -> dict[str, object]:
    """Return what a change keeps of an entry."""
    return {"kind": one.kind, "cents": one.cents, "entry_date": one.entry_date}
