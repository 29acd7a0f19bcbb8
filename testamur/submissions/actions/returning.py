"""A provider says that it has nothing to lodge for a window: one person files, another declares, the log keeps it (CQR-01).

Actions of provider staff run on behalf of their provider. A nil return is about a provider and never about a student, so its
leaf commits to a salt and to facts that both stand in its row: whoever holds the receipt can recompute it.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.canonical import Json, canonical_bytes
from testamur.kernel.errors import NotFound, refuse_unless
from testamur.kernel.identifiers import new_public_number
from testamur.kernel.periods import Period
from testamur.log import actions as log_actions
from testamur.log.commitment import LeafKind, LeafPlace, leaf
from testamur.notices import queries as notices_queries
from testamur.submissions import spans, years
from testamur.submissions.actions import writing
from testamur.submissions.models import NilReturn
from testamur.submissions.queries.due import NilCard, PeriodStanding, nil_card, period_standing, window_standing
from testamur.submissions.states import NIL_RETURN

DECLARATION: Final = "nil-return"
_SALT_BYTES: Final = 32


@transaction.atomic
def file_nil_return(
    provider_id: int, registration_id: int, first: date, *, by: UUID, at: datetime, key: str = ""
) -> UUID:
    """A nil return for the window that begins on a day waits for its declaration; its id is returned.

    For a provider's data officer. Refuses a window that is not over (NIL-02) and one for which records were lodged (NIL-01);
    where one stands already for the window, that one is returned and nothing changes.
    """
    writing.refuse_without(Permission.CHANGE_SUBMISSION, provider_id, by=by, at=at)
    about: list[Json] = [provider_id, registration_id, first.isoformat()]
    new_id = uuid4()
    if before := writing.answered_before(key, "file_nil_return", by=by, at=at, about=about, result=str(new_id)):
        return UUID(before)
    one = period_standing(registration_id, first, provider_id=provider_id, at=at)
    if one.nil is not None:
        writing.remember(key, "file_nil_return", by=by, result=str(one.nil.id))
        return one.nil.id
    refuse_unless(years.may_file_nil(one.window, lodged=one.lodged is not None, on=one.counted_on))

    row = NilReturn.objects.create(
        id=new_id,
        number=new_public_number(),
        provider_id=provider_id,
        regulator=one.registration.regulator,
        sector=one.registration.sector,
        period_from=one.window.since,
        period_until=one.window.until,
        filed_by=by,
        filed_at=at,
    )
    return row.pk


@transaction.atomic
def declare_nil_return(nil_id: UUID, *, by: UUID, at: datetime, key: str = "") -> None:
    """A second authorised person stands for the nil return; it has a leaf in the log and answers for its window.

    Refuses whoever filed it (NIL-03), a window for which records were lodged meanwhile (NIL-01), and one that is not waiting
    (Conflict).
    """
    row = _locked(nil_id)
    writing.refuse_without(Permission.DECLARE_SUBMISSION, row.provider_id, by=by, at=at)
    if writing.answered_before(key, "declare_nil_return", by=by, at=at, about=str(nil_id)):
        return
    refuse_unless(years.may_declare_nil(by=by, filed_by=row.filed_by))
    one = _period(row, at)
    refuse_unless(years.may_file_nil(one.window, lodged=one.lodged is not None, on=one.counted_on))

    row.state = NIL_RETURN.move(row.state, "declare")
    row.declared_by, row.declared_at, row.declared_date = by, at, one.on
    text = notices_queries.text(DECLARATION, at.date())
    row.declaration = f"{text.name} {text.version}"

    row.salt = secrets.token_bytes(_SALT_BYTES)
    (place,) = log_actions.append([leaf_of(nil_card(row))])
    row.leaf_batch, row.leaf_position = place.batch, place.position
    row.save()
    log_actions.wake_sealer()


@transaction.atomic
def withdraw_nil_return(nil_id: UUID, *, by: UUID, at: datetime) -> None:
    """A nil return that nobody declared yet is taken back. For a provider's data officer; refuses a declared one (Conflict)."""
    row = _locked(nil_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, row.provider_id, by=by, at=at)
    row.state = NIL_RETURN.move(row.state, "withdraw")
    row.withdrawn_by, row.withdrawn_at = by, at
    row.save()


def supersede_nil_returns(
    provider_id: int,
    *,
    submission_id: UUID,
    format: str,
    period: tuple[date | None, date | None],
    sealed: date,
    at: datetime,
    months: spans.Months | None = None,
) -> int:
    """The nil returns that a sealed submission proves wrong are superseded by it; returns how many. Part of sealing.

    Only windows that were over when it was sealed and, where its months are known, of which it holds records: what was lodged
    for the first half of a year says nothing about a nil return for the second. Run again, it finds none.
    """
    since, until = period
    if since is None or until is None:
        return 0
    standing = NilReturn.objects.filter(
        provider_id=provider_id, sector=years.sector_of(format), state__in=("filed", "declared")
    )
    wrong = [
        row
        for row in standing.filter(period_until__lte=sealed).select_for_update()
        if Period(row.period_from, row.period_until).overlaps(Period(since, until))
        and (not months or spans.records_in(months, Period(row.period_from, row.period_until)))
    ]
    for row in wrong:
        row.state = NIL_RETURN.move(row.state, "supersede")
        row.superseded_by, row.superseded_at = submission_id, at
        row.save(update_fields=["state", "superseded_by", "superseded_at"])
    return len(wrong)


def leaf_of(card: NilCard) -> bytes:
    """Return the leaf of a declared nil return, computed from its row; raises ValueError for one that is not declared."""
    if card.salt is None or card.declared_at is None or card.declared_date is None:
        raise ValueError("a nil return has a leaf once it is declared")
    facts = canonical_bytes(
        {
            "nil_return": str(card.id),
            "number": card.number,
            "provider": card.provider_id,
            "regulator": card.regulator,
            "sector": card.sector,
            "period_from": card.period_from.isoformat(),
            "period_until": card.period_until.isoformat(),
            "filed_by": str(card.filed_by),
            "declared_by": str(card.declared_by),
            "declared_at": card.declared_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "declared_date": card.declared_date.isoformat(),
            "declaration": card.declaration,
        }
    )
    return leaf(hashlib.sha256(card.salt + facts).digest(), LeafKind.RECORD)


def recomputed_leaves() -> Iterator[tuple[int, int, bytes, str]]:
    """Yield the leaf of every declared nil return as its row computes it, for an audit; runs in register scope."""
    for card in map(nil_card, NilReturn.objects.filter(salt__isnull=False).order_by("pk").iterator()):
        place = LeafPlace(*card.leaf) if card.leaf else LeafPlace(0, -1)
        yield place.batch, place.position, leaf_of(card), f"submissions_nilreturn number={card.number}"


def _locked(nil_id: UUID) -> NilReturn:
    """Return a nil return, locked until the transaction ends; raises NotFound, also for another provider's."""
    found = NilReturn.objects.select_for_update().filter(pk=nil_id).first()
    if found is None:
        raise NotFound("There is no such nil return, or none that you may see.")
    return found


def _period(row: NilReturn, at: datetime) -> PeriodStanding:
    """Return where the window of a nil return stands now; raises NotFound where no registration holds it any more."""
    found = window_standing(row.provider_id, row.regulator, row.sector, row.period_from, at=at)
    if found is None:
        raise NotFound("The registration of this nil return no longer holds its period. Ask the secretariat.")
    return found
