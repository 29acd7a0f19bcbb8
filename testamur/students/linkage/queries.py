"""Reads of proposed joins: the queue, one proposal, counts, and what stands about a person. Nothing here names anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from testamur.accounts import queries as accounts_queries
from testamur.kernel import tenancy, waiting
from testamur.kernel.errors import NotFound
from testamur.kernel.waiting import Waited
from testamur.students.linkage.rules import GROUNDS as GROUNDS
from testamur.students.models import Contact, JoinProposal, PersonLink
from testamur.students.usi import queries as usi_queries

WAITING: Final = ("proposed", "endorsed")
_ORDERS: Final = {
    "waiting": ("proposed_at", "-probability", "pk"),
    "score": ("-probability", "proposed_at", "pk"),
}


@dataclass(frozen=True, slots=True)
class JoinLine:
    """One proposal in the queue; no student and no particular."""

    number: str
    state: str
    grounds: str
    exact: bool
    probability: float
    answer: str
    proposed_at: datetime
    state_since: datetime
    providers: tuple[int, int]


@dataclass(frozen=True, slots=True)
class JoinFacts:
    """One proposal: the pair, how each comparison came out by name, and what people said."""

    number: str
    low: int
    high: int
    low_provider: int
    high_provider: int
    state: str
    grounds: str
    exact: bool
    probability: float
    levels: Mapping[str, str]
    model_version: str
    proposed_at: datetime
    chosen_by: UUID | None
    chosen_reason: str
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    undone_at: datetime | None
    undone_reason: str
    answer: str
    answered_at: datetime | None


def joins(
    *, state: str = "", grounds: str = "", order: str = "waiting", first: int = 0, limit: int = 50
) -> tuple[list[JoinLine], int]:
    """Return a stretch of the queue and how many there are in all; without a state those that wait for somebody."""
    with tenancy.for_register():
        rows = _wanted(state, grounds)
        listed = rows.order_by(*_ORDERS.get(order, _ORDERS["waiting"]))[first : first + limit]
        return [_line(row) for row in listed], rows.count()


def _wanted(state: str, grounds: str) -> QuerySet[JoinProposal]:
    """Return the proposals in a state, or waiting, on a ground or on any."""
    rows = JoinProposal.objects.filter(state__in=(state,) if state else WAITING)
    return rows.filter(grounds=grounds) if grounds else rows


def _line(row: JoinProposal) -> JoinLine:
    """Return one proposal as the queue shows it."""
    providers = (row.low_provider, row.high_provider)
    return JoinLine(
        row.number, row.state, row.grounds, row.exact, row.probability, row.answer, row.proposed_at, row.state_since,
        providers,
    )  # fmt: skip


def waited(ages: Sequence[timedelta], *, at: datetime, by_ground: bool = False) -> list[Waited]:
    """Return how many proposals wait for somebody and how long, in stretches that end at `ages`; each ground apart if asked."""
    with tenancy.for_register():
        rows = JoinProposal.objects.filter(state__in=WAITING)
        return waiting.waited(rows, "proposed_at", ages, at=at, group="grounds" if by_ground else "")


def counts() -> dict[str, dict[str, int]]:
    """Return how many proposals stand on each ground, by state; grounds and states without any are left out."""
    with tenancy.for_register():
        found = JoinProposal.objects.order_by().values_list("grounds", "state").annotate(n=Count("pk"))
        counted: dict[str, dict[str, int]] = {}
        for grounds, state, count in found:
            counted.setdefault(grounds, {})[state] = count
        return counted


def join(number: str) -> JoinFacts:
    """Return one proposal, in the caller's scope; raises NotFound."""
    row = JoinProposal.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such proposal, or none that you may see.")
    return _facts(row)


def _facts(row: JoinProposal) -> JoinFacts:
    """Return a proposal as it crosses the package's edge."""
    return JoinFacts(**{name: getattr(row, name) for name in JoinFacts.__slots__})


def is_about(number: str, account_id: UUID) -> bool:
    """Say whether a proposal is about the person behind an account; needs the register scope, raises NotFound."""
    row = JoinProposal.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such proposal, or none that you may see.")
    return about_themself(account_id, row)


def about_themself(by: UUID, join: JoinProposal) -> bool:
    """Say whether a proposal is about an account's own person, or a provider lodged the account's own address for a student."""
    students = [join.low, join.high]
    if PersonLink.objects.filter(student_id__in=students, state="confirmed", person__account_id=by).exists():
        return True
    address = accounts_queries.account(by).email
    return Contact.objects.filter(student_id__in=students, details__email__iexact=address).exists()


def other_account(join: JoinProposal, person_id: UUID) -> bool:
    """Say whether one of a proposal's students is confirmed to be the person of another account than this person's."""
    links = PersonLink.objects.filter(student_id__in=[join.low, join.high], state="confirmed")
    return links.exclude(person_id=person_id).filter(person__account__isnull=False).exists()


def waiting_about(person_id: UUID) -> list[tuple[JoinFacts, int]]:
    """Return the proposals that wait and are about a person, each with the other student; needs the register scope.

    Where the other student is confirmed to be the person of another account, the person is not told of the proposal.
    """
    links = PersonLink.objects.filter(person_id=person_id, state=PersonLink.State.CONFIRMED)
    own = set(links.values_list("student_id", flat=True))
    rows = JoinProposal.objects.filter(Q(low__in=own) | Q(high__in=own), state__in=WAITING).order_by("pk")
    return [
        (_facts(row), row.high if row.low in own else row.low)
        for row in rows
        if not {row.low, row.high} <= own and not other_account(row, person_id)
    ]


def usi_states(students: Sequence[int]) -> dict[int, str]:
    """Return the state of the USI of each of some students who have one; never the number."""
    return {line.student_id: line.state for line in usi_queries.lines_of(list(students))}
