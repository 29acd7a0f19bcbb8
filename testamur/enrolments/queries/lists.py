"""Enrolments as lists show them: filtered, searched, by class, and a student's own."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from testamur.enrolments.models import Enrolment, Exit, UnitOutcome
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.states import ACTIVE, ENROLMENT
from testamur.students import entering
from testamur.students import queries as students_queries


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows: states (none: all), a product, and what was typed: a student number, family name or code."""

    states: tuple[str, ...] = ()
    product_code: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """One enrolment as a line, with how many of its units are competent, open, and there at all."""

    id: UUID
    student_id: int
    local_id: str
    name: str
    sector: str
    product_code: str
    product_title: str
    state: str
    enrolled_on: date
    commenced_on: date | None
    expected_until: date | None
    completed_on: date | None
    exited_on: date | None
    competent: int
    open: int
    units: int


@dataclass(frozen=True, slots=True)
class ProductOffered:
    """One product in which a provider has enrolments: how many are active, and the units that outcomes name."""

    code: str
    title: str
    active: int
    units: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One student of a class and how one unit stands; None where nothing is recorded of it."""

    enrolment: EnrolmentLine
    held: OutcomeSaid | None = None


def enrolments(provider_id: int, wanted: Wanted, *, first: int = 0, limit: int = 25) -> tuple[int, list[EnrolmentLine]]:
    """Return how many enrolments a list has, and a stretch of it, the newest enrolments first. Whoever shows it writes events."""
    rows = _chosen(provider_id, wanted)
    return rows.count(), _lines(rows.order_by("-enrolled_on", "id")[first : first + limit])


def _chosen(provider_id: int, wanted: Wanted) -> QuerySet[Enrolment]:
    """Return the rows of a list."""
    rows = Enrolment.objects.filter(provider_id=provider_id)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.product_code:
        rows = rows.filter(product_code=wanted.product_code)
    if typed := wanted.typed.strip():
        number = entering.number_of(typed)
        students = {one.student_id for one in entering.known_by_number(provider_id, [number]).values()}
        students |= {one.student_id for one in students_queries.candidates(provider_id, family_name=typed)}
        rows = rows.filter(Q(student_id__in=students) | Q(product_code=number))
    return rows


def state_counts(provider_id: int) -> dict[str, int]:
    """Return how many enrolments of a provider stand in each state, in the order of the states."""
    rows = Enrolment.objects.filter(provider_id=provider_id).values("state").annotate(count=Count("pk"))
    found = Counter({row["state"]: row["count"] for row in rows})
    return {state: found[state] for state in ENROLMENT.states}


def own_enrolments(student_ids: Collection[int]) -> list[EnrolmentLine]:
    """Return the enrolments of the students whom a person is, the newest first. Needs the person's scope."""
    return _lines(Enrolment.objects.filter(student_id__in=student_ids).order_by("-enrolled_on", "id"))


def lines_of(enrolment_ids: Collection[UUID]) -> list[EnrolmentLine]:
    """Return some enrolments as lines."""
    return _lines(Enrolment.objects.filter(pk__in=enrolment_ids).order_by("-enrolled_on", "id"))


def _lines(rows: Iterable[Enrolment]) -> list[EnrolmentLine]:
    """Return rows as lines, in four statements more."""
    found = list(rows)
    ids = [row.id for row in found]
    names = entering.printed_names({row.student_id for row in found})
    left = dict(Exit.objects.filter(enrolment__in=ids).values_list("enrolment_id", "exited_on"))
    tallies: dict[UUID, Counter[str]] = {}
    counted = UnitOutcome.objects.filter(enrolment__in=ids).values("enrolment_id", "outcome").annotate(n=Count("pk"))
    for one in counted.order_by():
        tallies.setdefault(one["enrolment_id"], Counter())[one["outcome"]] = one["n"]
    return [
        EnrolmentLine(
            row.id, row.student_id, *names.get(row.student_id, ("", "")), row.sector, row.product_code, row.product_title,
            row.state, row.enrolled_on, row.commenced_on, row.expected_until, row.completed_on, left.get(row.id),
            tallies.get(row.id, Counter())["competent"], tallies.get(row.id, Counter())["in-progress"],
            tallies.get(row.id, Counter()).total(),
        )
        for row in found
    ]  # fmt: skip


def products_of(provider_id: int) -> list[ProductOffered]:
    """Return the products in which a provider has enrolments, by code, with the units that were recorded in them."""
    rows = Enrolment.objects.filter(provider_id=provider_id).values("product_code", "product_title")
    active = Q(state__in=ACTIVE)
    found = rows.annotate(active=Count("pk", filter=active)).order_by("product_code", "-active")
    units: dict[str, dict[str, str]] = {}
    named = UnitOutcome.objects.filter(provider_id=provider_id).values_list(
        "enrolment__product_code", "unit_code", "unit_title"
    )
    for product, code, title in named.distinct().order_by("enrolment__product_code", "unit_code", "unit_title"):
        units.setdefault(product, {}).setdefault(code, title)
    offered: dict[str, ProductOffered] = {}
    for row in found:
        code, before = row["product_code"], offered.get(row["product_code"])
        title = before.title if before else row["product_title"]
        total = row["active"] + (before.active if before else 0)
        offered[code] = ProductOffered(code, title, total, tuple(units.get(code, {}).items()))
    return list(offered.values())


_SAID = (
    "unit_code", "unit_title", "outcome", "method", "decided_on", "assessor", "started_on", "ended_on", "delivered_in",
    "assessed_in", "mark", "grade",
)  # fmt: skip


def said_of(keys: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], OutcomeSaid]:
    """Return how the units of (enrolment, unit code) stand, as they would be said again; those not recorded are left out."""
    enrolments, units = {one for one, _ in keys}, {code for _, code in keys}
    rows = UnitOutcome.objects.filter(enrolment__in=enrolments, unit_code__in=units)
    return {
        (row.enrolment_id, row.unit_code): OutcomeSaid(**{name: getattr(row, name) for name in _SAID}) for row in rows
    }


def class_of(provider_id: int, product_code: str, unit_code: str, *, limit: int = 200) -> list[ClassLine]:
    """Return the active students of a product by name, each with how a unit stands."""
    rows = Enrolment.objects.filter(provider_id=provider_id, product_code=product_code, state__in=ACTIVE)
    lines = _lines(rows.order_by("enrolled_on", "id")[:limit])
    held = said_of([(line.id, unit_code) for line in lines])
    found = [ClassLine(line, held.get((line.id, unit_code))) for line in lines]
    return sorted(found, key=lambda one: (one.enrolment.name, one.enrolment.local_id))
