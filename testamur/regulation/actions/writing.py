"""What the actions on sweeps share: who may act, a sweep under its lock, a step of the chase log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, SECRETARIAT_ROLES, Permission
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.providers import queries as providers_queries
from testamur.regulation.models import RecordSweep, SweepStep
from testamur.submissions.years import Window, local_day


def refuse_without(permission: Permission, *, by: UUID, at: datetime) -> None:
    """Refuse everybody who holds no secretariat role with a permission (F.2)."""
    held = accounts_queries.memberships_of(by, at)
    if not any(one.role in SECRETARIAT_ROLES and permission in PERMISSIONS[one.role] for one in held):
        raise NotAllowed("Only secretariat staff whose role it is do this, inside a case.")


def locked(sweep_id: UUID) -> RecordSweep:
    """Return a sweep, locked until the transaction ends; raises NotFound."""
    found = RecordSweep.objects.select_for_update().filter(pk=sweep_id).first()
    if found is None:
        raise NotFound("There is no such closure case, or none that you may see.")
    return found


def write_step(
    sweep: RecordSweep,
    kind: SweepStep.Kind,
    *,
    by: UUID | None,
    at: datetime,
    text: str = "",
    asked: Sequence[Window] = (),
    mails: Sequence[UUID] = (),
    offset: int | None = None,
) -> SweepStep:
    """Write one line of the chase log, under the provider's own day (CAL-5)."""
    zone = providers_queries.provider(sweep.provider_id).zone
    return SweepStep.objects.create(
        sweep=sweep,
        provider_id=sweep.provider_id,
        kind=kind,
        by=by,
        at=at,
        step_date=local_day(at, zone),
        text=text.strip(),
        asked=[[window.since.isoformat(), window.until.isoformat()] for window in asked],
        mails=list(mails),
        offset_days=offset,
    )
