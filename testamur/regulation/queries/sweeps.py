"""Reads of closure sweeps: the case of a registration with its chase log, and those that are open (CQR-18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.notices import queries as notices_queries
from testamur.notices.queries import MailsSent
from testamur.providers import queries as providers_queries
from testamur.providers.queries import RegistrationLine
from testamur.regulation.models import RecordSweep, SweepStep
from testamur.submissions import years
from testamur.submissions.coverage import Coverage
from testamur.submissions.queries.coverage import coverage_of


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One line of the chase log; `asked` counts the periods that were unanswered then, `mails` what became of its mails."""

    kind: str
    by: UUID | None
    at: datetime
    on: date
    text: str
    asked: int
    mails: MailsSent
    offset: int | None


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """One sweep with its registration, the map of what is held, and its log in order; `on` is the provider's own day."""

    id: UUID
    registration: RegistrationLine
    state: str
    reason: str
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None
    on: date
    coverage: Coverage
    steps: tuple[StepFacts, ...]

    @property
    def overdue(self) -> bool:
        """Say whether the case is open after the day by which the records are due."""
        due = self.registration.asked_by
        return self.state == "opened" and due is not None and self.on > due

    @property
    def unanswered(self) -> int:
        """Return how many periods are answered neither by records nor by a nil return."""
        return len(self.coverage.missing) + len(self.coverage.waiting)


@dataclass(frozen=True, slots=True)
class SweepLine:
    """One open sweep in a list."""

    id: UUID
    registration_id: int
    opened_at: datetime
    due: date | None
    overdue_days: int


def sweep(sweep_id: UUID, *, at: datetime) -> SweepFacts:
    """Return a sweep; raises NotFound, also for another provider's where the transaction is a provider's."""
    row = RecordSweep.objects.filter(pk=sweep_id).first()
    if row is None:
        raise NotFound("There is no such closure case, or none that you may see.")
    return _facts(row, at)


def sweeps_of(provider_id: int, *, at: datetime) -> list[SweepFacts]:
    """Return the sweeps of a provider, the newest first."""
    return [_facts(row, at) for row in RecordSweep.objects.filter(provider_id=provider_id).order_by("-opened_at")]


def sweeps_open(*, at: datetime) -> list[SweepLine]:
    """Return the open sweeps of registrations that are not archived, the earliest due first."""
    with tenancy.for_register():
        rows = {row.registration_id: row for row in RecordSweep.objects.filter(state="opened")}
    lines = [line for line in providers_queries.registration_lines() if line.id in rows and not line.closed]
    found = [_line(rows[line.id], line, at) for line in lines]
    return sorted(found, key=lambda one: (one.due or date.max, one.registration_id))


def sweep_ids(registration_ids: Sequence[int]) -> dict[int, UUID]:
    """Return the sweep of each of some registrations that has one."""
    with tenancy.for_register():
        rows = RecordSweep.objects.filter(registration_id__in=list(registration_ids))
        return dict(rows.values_list("registration_id", "pk"))


def _line(row: RecordSweep, line: RegistrationLine, at: datetime) -> SweepLine:
    """Return one open sweep's line."""
    late = (years.local_day(at, line.zone) - line.asked_by).days if line.asked_by else 0
    return SweepLine(row.pk, line.id, row.opened_at, line.asked_by, max(late, 0))


def _facts(row: RecordSweep, at: datetime) -> SweepFacts:
    """Return a sweep in full."""
    lines = providers_queries.registration_lines([row.provider_id])
    line = next(one for one in lines if one.id == row.registration_id)
    held = coverage_of(row.provider_id, at=at).of(regulator=line.regulator, sector=line.sector)
    return SweepFacts(
        id=row.pk,
        registration=line,
        state=row.state,
        reason=row.reason,
        opened_at=row.opened_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        on=years.local_day(at, line.zone),
        coverage=held,
        steps=tuple(_step(step) for step in row.steps.order_by("pk")),
    )


def _step(step: SweepStep) -> StepFacts:
    """Return one line of the log."""
    return StepFacts(
        kind=step.kind,
        by=step.by,
        at=step.at,
        on=step.step_date,
        text=step.text,
        asked=len(step.asked),
        mails=notices_queries.mails_sent(step.mails),
        offset=step.offset_days,
    )
