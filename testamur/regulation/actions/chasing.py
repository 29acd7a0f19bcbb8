"""A closing provider's records are asked for and chased until they are here or somebody closes the case (CQR-18, REG-08).

Opening, asking and reminding are the worker's action: woken by the notice, run by the clock, as often as one likes. What the
provider answers, what an officer does, and the end of the case are people's. A mail holds a day and an address (TEQ-08).
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, refuse_unless
from testamur.notices import actions as notices_actions
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.queries import RegistrationLine
from testamur.regulation import rules, states
from testamur.regulation.actions import writing
from testamur.regulation.models import RecordSweep, SweepStep
from testamur.submissions import years
from testamur.submissions.actions.reminding import people_of
from testamur.submissions.coverage import Coverage
from testamur.submissions.queries.coverage import coverage_of

ASKED: Final = "closure_asked"
REMINDED: Final = "closure_reminder"
_KINDS: Final = {ASKED: SweepStep.Kind.ASKED, REMINDED: SweepStep.Kind.REMINDED}


def chase_closures(*, at: datetime) -> int:
    """Every open closure has its sweep, its first request went out, and so did the reminder of today; returns how many steps.

    A provider for which nobody acts yet is not noted as asked: whoever joins is told. Where nothing is missing nobody is reminded.
    """
    lines = [one for one in providers_queries.registration_lines() if one.asked_by and not one.closed]
    return sum(_chase(line, at=at) for line in lines)


@transaction.atomic
def _chase(line: RegistrationLine, *, at: datetime) -> int:
    """Do for one closing registration what is to be done now; return how many steps were written."""
    with tenancy.for_register():
        sweep, new = RecordSweep.objects.get_or_create(
            registration_id=line.id, defaults={"provider_id": line.provider_id, "opened_at": at}
        )
        sweep = writing.locked(sweep.pk)
        if new:
            writing.write_step(sweep, SweepStep.Kind.OPENED, by=None, at=at)
        if sweep.state != states.OPENED or line.asked_by is None:
            return int(new)
        wanted = coverage_for(line, at=at)
        if not (wanted.missing or wanted.waiting):
            return int(new)
        if not sweep.steps.filter(kind=SweepStep.Kind.ASKED).exists():
            return int(new) + _send(sweep, ASKED, wanted, line.asked_by, by=None, at=at)
        offset = rules.reminder(line.asked_by, years.local_day(at, line.zone))
        if offset is None or sweep.steps.filter(offset_days=offset).exists():
            return int(new)
        return int(new) + _send(sweep, REMINDED, wanted, line.asked_by, by=None, at=at, offset=offset)


def coverage_for(line: RegistrationLine, *, at: datetime) -> Coverage:
    """Return the coverage map of one registration's regulator and sector."""
    return coverage_of(line.provider_id, at=at).of(regulator=line.regulator, sector=line.sector)


def _send(
    sweep: RecordSweep,
    template: str,
    wanted: Coverage,
    due: date,
    *,
    by: UUID | None,
    at: datetime,
    offset: int | None = None,
) -> int:
    """Mail everybody who acts for the provider and write it down; return 0 where nobody acts for it."""
    people = people_of(sweep.provider_id, at)
    if not people:
        return 0
    context = {"link": f"{settings.PUBLIC_URL}/provider/closure/", "due_on": f"{due.day} {due:%B %Y}"}
    mails = [
        notices_actions.queue_mail(template, address=address, context=context, at=at, account_id=account_id)
        for account_id, address in people.items()
    ]
    unanswered = (*wanted.missing, *wanted.waiting)
    writing.write_step(sweep, _KINDS[template], by=by, at=at, asked=unanswered, mails=mails, offset=offset)
    return 1


@transaction.atomic
def ask_again(sweep_id: UUID, *, by: UUID, at: datetime) -> None:
    """An officer has asked the provider once more for what is missing; twice on one day asks once.

    Refuses (Conflict) a closed case, one where nothing is missing, and a provider for which nobody acts.
    """
    writing.refuse_without(Permission.UPDATE_PROVIDER, by=by, at=at)
    with tenancy.for_register():
        sweep = writing.locked(sweep_id)
        line = line_of(sweep)
        if sweep.state != states.OPENED or line.asked_by is None:
            raise Conflict("The closure case is closed. Reopen it first.")
        today = years.local_day(at, line.zone)
        if sweep.steps.filter(kind=SweepStep.Kind.ASKED, by=by, step_date=today).exists():
            return
        wanted = coverage_for(line, at=at)
        if not (wanted.missing or wanted.waiting):
            raise Conflict("Nothing is missing. There is nothing to ask for.")
        if not _send(sweep, ASKED, wanted, line.asked_by, by=by, at=at):
            raise Conflict("Nobody acts for the provider in this register. Invite somebody, or call and note it here.")


@transaction.atomic
def note_contact(sweep_id: UUID, *, kind: str, text: str, contact_date: date, by: UUID, at: datetime) -> None:
    """A reply, a call or a note stands in the chase log; the newest one sent again by the same person changes nothing."""
    writing.refuse_without(Permission.UPDATE_PROVIDER, by=by, at=at)
    with tenancy.for_register():
        sweep = writing.locked(sweep_id)
        on = years.local_day(at, line_of(sweep).zone)
        refuse_unless(rules.check_contact(kind, text, contact_date=contact_date, on=on))
        newest = sweep.steps.order_by("-pk").first()
        said = text.strip() if contact_date == on else f"On {contact_date.day} {contact_date:%B %Y}: {text.strip()}"
        if newest is None or (newest.kind, newest.text, newest.by) != (kind, said, by):
            writing.write_step(sweep, SweepStep.Kind(kind), by=by, at=at, text=said)


@transaction.atomic
def complete_sweep(sweep_id: UUID, *, by: UUID, at: datetime) -> None:
    """Every period is answered and the case is complete. For officers and supervisors; refuses by SWP-01 and SWP-02."""
    writing.refuse_without(Permission.UPDATE_PROVIDER, by=by, at=at)
    with tenancy.for_register():
        sweep = writing.locked(sweep_id)
        refuse_unless(rules.may_complete(standing_of(line_of(sweep), at=at)))
        _close(sweep, "complete", SweepStep.Kind.COMPLETED, "", by=by, at=at)


@transaction.atomic
def close_incomplete(sweep_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """Nothing more will come: the case is closed as incomplete, with a reason. For a supervisor; refuses by SWP-03 to SWP-05."""
    writing.refuse_without(Permission.APPROVE_PROVIDER, by=by, at=at)
    with tenancy.for_register():
        sweep = writing.locked(sweep_id)
        refuse_unless(rules.may_close_incomplete(standing_of(line_of(sweep), at=at), reason=reason))
        _close(sweep, "close_incomplete", SweepStep.Kind.CLOSED_INCOMPLETE, reason.strip(), by=by, at=at)


@transaction.atomic
def reopen_sweep(sweep_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """A closed case is open again, because something came or was found missing. For a supervisor, with a reason."""
    writing.refuse_without(Permission.APPROVE_PROVIDER, by=by, at=at)
    if not reason.strip():
        raise Conflict("Write down why the case is opened again.")
    with tenancy.for_register():
        sweep = writing.locked(sweep_id)
        sweep.state = states.RECORD_SWEEP.move(sweep.state, "reopen")
        sweep.reason, sweep.closed_by, sweep.closed_at = "", None, None
        sweep.save()
        writing.write_step(sweep, SweepStep.Kind.REOPENED, by=by, at=at, text=reason)


@transaction.atomic
def archive_registration(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """A registration is archived, once its case is closed (SWP-07) and its coverage map is signed. For a supervisor."""
    with tenancy.for_register():
        row = RecordSweep.objects.select_for_update().filter(registration_id=registration_id).first()
    refuse_unless(rules.may_archive(sweep_open=row is not None and row.state == states.OPENED))
    providers_actions.archive_registration(
        registration_id, effective_date=effective_date, authority=authority, reason=reason, by=by, at=at, on=on
    )


def standing_of(line: RegistrationLine, *, at: datetime) -> rules.Standing:
    """Return what decides whether a registration's case may be closed."""
    wanted = coverage_for(line, at=at)
    overdue = line.asked_by is not None and years.local_day(at, line.zone) > line.asked_by
    return rules.Standing(line.ended, overdue, len(wanted.missing) + len(wanted.waiting))


def line_of(sweep: RecordSweep) -> RegistrationLine:
    """Return the registration of a sweep."""
    lines = providers_queries.registration_lines([sweep.provider_id])
    return next(line for line in lines if line.id == sweep.registration_id)


def _close(sweep: RecordSweep, verb: str, kind: SweepStep.Kind, reason: str, *, by: UUID, at: datetime) -> None:
    """Move a sweep to its end and write it down; raises Conflict where it is closed already."""
    sweep.state = states.RECORD_SWEEP.move(sweep.state, verb)
    sweep.reason, sweep.closed_by, sweep.closed_at = reason, by, at
    sweep.save()
    writing.write_step(sweep, kind, by=by, at=at, text=reason)
