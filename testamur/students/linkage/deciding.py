"""What people decide about proposed joins: choose, confirm, decline, undo; and what the person themself says.

Nothing joins by a score. An exact pair is joined by one officer, any other by two people; a supervisor undoes. Joining and
undoing each leave a leaf, in the transaction of what they are about.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, SECRETARIAT_ROLES, Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.notices import actions as notices_actions
from testamur.students import queries as students_queries
from testamur.students.linkage import leaves, persons, queries, reading, rules, running
from testamur.students.linkage.persons import Said
from testamur.students.models import JoinProposal, Person, PersonLink
from testamur.students.states import JOIN
from testamur.students.usi import queries as usi_queries

_DECIDE: Final = frozenset({Permission.WORK_APPLICATION, Permission.APPROVE_APPLICATION})
_NONE: Final = "There is no such proposal, or none that you may see."


@transaction.atomic
def endorse_join(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """An officer has said why two students are one person; a supervisor, another person, decides (F.2).

    Refuses an empty reason, a pair about the officer themself, and Conflict where the pair is not waiting for an officer.
    """
    officer_role(by, at)
    _needs(reason, "Write down why the two are one person.")
    with tenancy.for_register():
        join = _locked(number)
        refuse_unless(rules.may_decide_join(themself=queries.about_themself(by, join)))
        _move(join, "endorse", at)
        join.chosen_by, join.chosen_reason = by, reason.strip()
        join.save()


@transaction.atomic
def confirm_join(number: str, *, reason: str, by: UUID, at: datetime, key: str = "") -> UUID:
    """Two students are one person from now on, with a leaf that says so; returns the person.

    The person is told by mail where to look. An officer joins an exact pair; any other is approved by a supervisor who did
    not choose it. Refuses an empty reason, a pair about whoever decides, two verified USIs that differ, particulars that
    changed since the comparison, and Conflict where two accounts stand behind the students or the pair is decided already.
    The same `key` again changes nothing.
    """
    role = officer_role(by, at)
    _needs(reason, "Write down why the two are one person.")
    with tenancy.for_register():
        join = _locked(number)
        if key and (before := _before(key, "confirm_join", number, by=by, at=at)):
            return UUID(before)
        JOIN.move(join.state, "confirm")
        refuse_unless(rules.may_confirm_join(_standing(join, by=by, supervisor=role is Role.SUPERVISOR)))

        join.person_id = persons.unite(join, Said(f"Join {number}", by, at))
        _move(join, "confirm", at)
        join.decided_by, join.decided_at, join.reason = by, at, reason.strip()
        join.save()
        leaves.keep_join(join, "made")
        _tell([join.person_id], at)
        if key:
            accounts_actions.remember_once(account_id=by, key=key, purpose="confirm_join", result=str(join.person_id))
        return join.person_id


@transaction.atomic
def decline_join(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """The two are two people; they are not proposed again while what providers say about them stays the same.

    Refuses an empty reason, a pair about whoever decides, and Conflict where the pair is decided already.
    """
    officer_role(by, at)
    _needs(reason, "Write down why the two are not one person.")
    with tenancy.for_register():
        join = _locked(number)
        refuse_unless(rules.may_decide_join(themself=queries.about_themself(by, join)))
        _move(join, "decline", at)
        join.decided_by, join.decided_at, join.reason = by, at, reason.strip()
        join.save()


@transaction.atomic
def undo_join(number: str, *, reason: str, by: UUID, at: datetime) -> bool:
    """A join was wrong: it is undone, with a leaf. Returns whether the two are two people now.

    A supervisor decides. Each student keeps what ties it to a person in its own right; a student who came only by this join
    leaves, with those joined to it. The two stay one person where another join, or an application of each, says so.
    """
    if officer_role(by, at) is not Role.SUPERVISOR:
        raise NotAllowed("A join is undone by a supervisor.")
    _needs(reason, "Write down why the two are not one person.")
    with tenancy.for_register():
        join = _locked(number)
        refuse_unless(rules.may_decide_join(themself=queries.about_themself(by, join)))
        held = persons.links_of([join.low, join.high])
        _move(join, "undo", at)
        join.undone_by, join.undone_at, join.undone_reason = by, at, reason.strip()
        join.save()
        leaves.keep_join(join, "undone")

        for person_id in sorted({link.person_id for link in held.values()}):
            persons.settle(person_id, Said(f"Join {number} was undone", by, at))
        _tell([link.person_id for link in held.values()], at)
        now = persons.links_of([join.low, join.high])
        return len(now) < 2 or now[join.low].person_id != now[join.high].person_id


@transaction.atomic
def answer_join(number: str, answer: Literal["mine", "not_mine"], *, by: UUID, at: datetime) -> None:
    """A person has said whether both records of a proposal are theirs: an officer reads it, and nothing is joined by it.

    For the person behind an account one of whose students the proposal is about, while it waits; they may say otherwise later.
    """
    person_id = students_queries.person_of_account(by)
    if person_id is None:
        raise NotFound(_NONE)
    with tenancy.for_person(person_id):
        own = set(students_queries.students_of_person(person_id))
    with tenancy.for_register():
        join = JoinProposal.objects.select_for_update().filter(number=number).first()
        if join is None or not {join.low, join.high} & own or queries.other_account(join, person_id):
            raise NotFound(_NONE)
        if join.state not in {"proposed", "endorsed"}:
            raise Conflict("This was decided meanwhile, or is no longer proposed.")
        join.answer, join.answered_by, join.answered_at = answer, by, at
        join.save(update_fields=["answer", "answered_by", "answered_at"])


def forget_student(student_id: int, *, by: UUID, at: datetime) -> None:
    """A student was erased by law: proposals about them go stale, reasons in words go, and whoever only they tied leaves.

    Part of an erasure, in its transaction and scope; the student's own link is undone already.
    """
    about = JoinProposal.objects.filter(low=student_id) | JoinProposal.objects.filter(high=student_id)
    live = about.filter(state__in=("proposed", "endorsed", "confirmed"))
    tied = set(live.filter(state="confirmed", person__isnull=False).values_list("person_id", flat=True))
    running.drop(live.select_for_update(), "One of the two was erased by law.", at)
    about.update(chosen_reason="", reason="", undone_reason="")
    own = PersonLink.objects.filter(student_id=student_id)
    persons_before = tied | set(own.values_list("person_id", flat=True))
    own.update(reason="", undone_reason="")
    for person_id in sorted(persons_before):
        persons.settle(person_id, Said("A student joined to this one was erased by law.", by, at))


# What the decisions share ----------------------------------------------------------------------------------------------


def officer_role(by: UUID, at: datetime) -> Role:
    """Return the role of an officer or supervisor who works on cases, a supervisor where they are both; refuses others."""
    roles = {held.role for held in accounts_queries.memberships_of(by, at) if _DECIDE & PERMISSIONS[held.role]}
    if not roles & SECRETARIAT_ROLES:
        raise NotAllowed("Only secretariat staff whose role it is do this, inside a case.")
    return Role.SUPERVISOR if Role.SUPERVISOR in roles else Role.SECRETARIAT_OFFICER


def _standing(join: JoinProposal, *, by: UUID, supervisor: bool) -> rules.Standing:
    """Return what decides whether somebody may join a pair, as it is now."""
    both = [join.low, join.high]
    seen = reading.seen(both)
    usis = usi_queries.usable_usis(both)
    return rules.Standing(
        exact=join.exact,
        chosen_by=join.chosen_by,
        by=by,
        supervisor=supervisor,
        themself=queries.about_themself(by, join),
        usis_differ=len(set(usis.values())) > 1,
        changed=(seen.get(join.low), seen.get(join.high)) != (bytes(join.low_seen), bytes(join.high_seen)),
    )


def _before(key: str, purpose: str, number: str, *, by: UUID, at: datetime) -> str | None:
    """Claim a request's key; return the first answer where the same request was made before, else None."""
    digest = accounts_actions.digest_of(number)
    return accounts_actions.once(account_id=by, key=key, purpose=purpose, digest=digest, at=at)


def _needs(reason: str, message: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise NotAllowed(message)


def _locked(number: str) -> JoinProposal:
    """Return a proposal, locked until the transaction ends; raises NotFound."""
    found = JoinProposal.objects.select_for_update().filter(number=number).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def _tell(people: Iterable[UUID], at: datetime) -> None:
    """Send whoever has an account a mail that says where to look, and nothing else (TEQ-08)."""
    link = f"{settings.PUBLIC_URL}/student/record/"
    for account_id in Person.objects.filter(pk__in=set(people), account__isnull=False).values_list(
        "account_id", flat=True
    ):
        address = accounts_queries.account(account_id).email
        notices_actions.queue_mail(
            "records_changed", address=address, account_id=account_id, context={"link": link}, at=at
        )


def _move(join: JoinProposal, verb: str, at: datetime) -> None:
    """Take a proposal to its next state; raises Conflict for a move that is not possible."""
    join.state, join.state_since = JOIN.move(join.state, verb), at
