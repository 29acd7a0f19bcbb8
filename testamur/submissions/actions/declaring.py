"""A second authorised person declares a checked submission; a supervisor accepts it where the regulator asks for that.

Rulebook F.1 (declaration by an authorised person, text version kept), E.2; settled 3 (acceptance by regulator profile).
"""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.kernel import tenancy
from testamur.kernel.canonical import Json
from testamur.kernel.errors import Conflict, refuse_unless
from testamur.notices import queries as notices_queries
from testamur.providers import queries as providers_queries
from testamur.submissions import deciding
from testamur.submissions.actions import writing
from testamur.submissions.actions.holding import summary
from testamur.submissions.formats import FORMATS
from testamur.submissions.holding import Held
from testamur.submissions.models import Submission, SubmissionStep
from testamur.submissions.organisations import OtherOrganisation

DECLARATION, IN_PART = "declaration", "declaration-in-part"
_DECIDED = {
    "accept": "This submission was accepted on",
    "return": "This submission was sent back on",
    "withdraw": "The provider withdrew this submission on",
}


@transaction.atomic
def declare_submission(
    submission_id: UUID, *, by: UUID, at: datetime, key: str = "", wake: bool = True, confirmation: str = ""
) -> None:
    """A second authorised person has declared the submission, under a text whose version is kept.

    Where the regulator's profile accepts by itself, it is accepted at once and the worker is woken to seal it. Refuses
    whoever opened the submission, sent files or fixed cells (SUB-04), and a submission with errors or with files that
    changed since the check (SUB-05), and files in Windows-1252 that the provider has not confirmed (SUB-09), and files
    that name another organisation only, unless `confirmation` is the sentence that says so (SUB-14).
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.DECLARE_SUBMISSION, submission.provider_id, by=by, at=at)
    if writing.answered_before(key, "declare_submission", by=by, at=at, about=str(submission_id)):
        return
    held = Held.of(submission.held)
    whose = OtherOrganisation.of(submission.counts)
    sentence = whose.sentence if whose else ""
    _refuse_undeclarable(submission, by=by, to_confirm="" if confirmation == sentence else sentence)

    text = notices_queries.text(IN_PART if held else DECLARATION, at.date())
    apart = (f"; {summary(held)}" if held else "") + ("; another organisation’s code confirmed" if sentence else "")
    writing.move(submission, "declare", by=by, at=at, note=f"{text.name}, version {text.version}{apart}")
    submission.declared_by, submission.declared_at = by, at
    submission.declaration = f"{text.name} {text.version}"
    submission.confirmation = sentence

    if (
        acceptance_of(submission.provider_id, submission.format, on=_local_day(submission.provider_id, at))
        == "automatic"
    ):
        _accept(submission, by=None, at=at, wake=wake)
    submission.save()


def _refuse_undeclarable(submission: Submission, *, by: UUID, to_confirm: str) -> None:
    """Refuse whoever took part, and files that cannot be declared as they stand; `to_confirm` is a sentence that lacks."""
    checked = submission.state != "uploaded" and submission.checked_run is not None
    errors = 0 if Held.of(submission.held) else int(submission.counts.get("error", 0))
    prepared = writing.prepared_by(submission)
    if writing.is_of_one_hand(by, prepared):
        prepared |= {by}
    found = submission.counts.get("rules", [])
    assumed = deciding.assumes_encoding((one["rule"], one["severity"]) for one in found)
    refuse_unless(
        deciding.may_declare(
            by=by,
            prepared_by=prepared,
            errors=errors,
            checked=checked,
            assumed_encoding=assumed,
            to_confirm=to_confirm,
        )
    )


@transaction.atomic
def accept_submission(submission_id: UUID, *, by: UUID, at: datetime, key: str = "", wake: bool = True) -> None:
    """A supervisor has accepted a declared submission, and the worker is woken to seal it; a key twice accepts once.

    Refuses people without that role, whoever prepared or declared it (SUB-06), and a submission on which somebody has
    decided already (Conflict).
    """
    with tenancy.for_register():
        submission = writing.locked(submission_id)
        _refuse_unless_decider(by, at)
        if writing.answered_before(key, "accept_submission", by=by, at=at, about=str(submission_id)):
            return
        _refuse_decided(submission)
        took_part = {*writing.prepared_by(submission), submission.declared_by}
        refuse_unless(deciding.may_accept(by=by, took_part={one for one in took_part if one}))

        _accept(submission, by=by, at=at, wake=wake)
        submission.save()


@transaction.atomic
def return_submission(submission_id: UUID, *, reason: str, by: UUID, at: datetime, key: str = "") -> None:
    """A supervisor has sent a declared submission back: it is ready again and must be declared again; a key twice returns once.

    The people who prepared and declared it are told by mail; the reason stands on the submission's page only (TEQ-08).
    Refuses people without that role, a return without a reason (SUB-08), and a submission that is not waiting for a
    decision (Conflict): the move out of `accepted` is the worker's, after a fault.
    """
    reason = reason.strip()
    with tenancy.for_register():
        submission = writing.locked(submission_id)
        _refuse_unless_decider(by, at)
        about: Json = {"submission": str(submission_id), "reason": reason}
        if writing.answered_before(key, "return_submission", by=by, at=at, about=about):
            return
        refuse_unless(deciding.may_return(reason))
        _refuse_decided(submission)

        people = {*writing.prepared_by(submission), submission.declared_by}
        writing.move(submission, "return", by=by, at=at, note=reason)
        undeclare(submission)
        submission.save()
        writing.tell("submission_returned", submission, people, at=at)


def acceptance_of(provider_id: int, format: str, *, on: date) -> str:
    """Return whether a provider's submissions of a format are accepted `automatic`ally or by a `supervisor` (rulebook 0)."""
    card = providers_queries.provider_card(provider_id, on=on)
    registrations = [one for one in card.registrations if one.sector == FORMATS[format].sector] or list(
        card.registrations
    )
    ways = {providers_queries.regulator(one.regulator).acceptance for one in registrations}
    return "supervisor" if "supervisor" in ways else "automatic"


def undeclare(submission: Submission) -> None:
    """Take declaration and acceptance off a submission; the steps keep that they were there."""
    submission.declared_by, submission.declared_at, submission.declaration = None, None, ""
    submission.confirmation = ""
    submission.accepted_by, submission.accepted_at = None, None


def _refuse_unless_decider(by: UUID, at: datetime) -> None:
    """Refuse people without a role that decides on submissions (F.2)."""
    held = accounts_queries.memberships_of(by, at)
    refuse_unless(deciding.may_act(any(Permission.ACCEPT_SUBMISSION in PERMISSIONS[one.role] for one in held)))


def _refuse_decided(submission: Submission) -> None:
    """Raise Conflict for a submission that waits for no decision, with what was decided and when."""
    if submission.state == "submitted":
        return
    last = SubmissionStep.objects.filter(submission=submission, verb__in=_DECIDED).order_by("-id").first()
    if last is None:
        raise Conflict("Nobody has declared this submission yet, so there is nothing to decide on.")
    day = _local_day(submission.provider_id, last.at)
    raise Conflict(f"{_DECIDED[last.verb]} {day.day} {day:%B %Y}. Your decision changed nothing.")


def _accept(submission: Submission, *, by: UUID | None, at: datetime, wake: bool) -> None:
    """Accept a submission and wake the worker; the caller saves it."""
    writing.move(submission, "accept", by=by, at=at)
    submission.accepted_by, submission.accepted_at = by, at
    if wake:
        writing.wake(writing.SEAL_JOB, submission)


def _local_day(provider_id: int, at: datetime) -> date:
    """Return the day in the provider's zone (CAL-5)."""
    return at.astimezone(ZoneInfo(providers_queries.provider(provider_id).zone)).date()
