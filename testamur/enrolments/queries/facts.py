"""What decides whether a document may be issued from an enrolment: the facts that `rules decide issuance` names, computed.

Issuance asks here and nowhere else. For thousands the set-wise form takes as many statements as for one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings

from testamur.enrolments import rules
from testamur.enrolments.models import (
    Enrolment,
    Evidence,
    Exit,
    FeeEntry,
    IdentityAttestation,
    TimelyDate,
    TrainingContract,
    UnitOutcome,
)
from testamur.enrolments.rules import FeeStanding
from testamur.kernel.errors import NotFound
from testamur.students.usi import queries as usi_queries
from testamur.students.usi import rules as usi_rules


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One unit; `evidence` says whether the enrolment holds what its method needs (AQF-02, AQF-02b)."""

    code: str
    title: str
    outcome: str
    method: str
    evidence: bool
    decided_on: date | None
    started_on: date | None
    ended_on: date | None
    delivered_in: str
    assessed_in: str
    mark: str
    grade: str


@dataclass(frozen=True, slots=True)
class ContractFact:
    """One training contract; `jurisdiction` is its State or Territory."""

    number: str
    jurisdiction: str
    contract_from: date
    contract_until: date | None
    cancelled_on: date | None

    def stands_on(self, day: date) -> bool:
        """Say whether the contract was in force on a day."""
        begun = self.contract_from <= day and (self.contract_until is None or day <= self.contract_until)
        return begun and (self.cancelled_on is None or day < self.cancelled_on)


@dataclass(frozen=True, slots=True)
class IssuanceFacts:
    """An enrolment as issuing sees it. `completed_on` is the day of the last decisive outcome, `exited_on` that of the exit.

    `usi` is verified, pending, exempt or none; a number that may not be used is pending (USI-02).
    """

    enrolment_id: UUID
    provider_id: int
    student_id: int
    sector: str
    product_code: str
    product_kind: str
    product_title: str
    product_release: str
    stream: str
    state: str
    enrolled_on: date
    commenced_on: date | None
    completed_on: date | None
    exited_on: date | None
    units: tuple[UnitFact, ...]
    fees: FeeStanding
    usi: str
    identity_attested: bool
    contracts: tuple[ContractFact, ...]
    timely_date: date | None

    @property
    def student_enrolled_here(self) -> bool:
        """Say whether the person is enrolled with the provider (AQF-07)."""
        return self.state != "cancelled"

    def for_rules(self) -> dict[str, object]:
        """Return the part of the facts of the ruleset issuance that an enrolment knows; days as text, the balance in dollars."""
        units = [
            {
                "code": one.code, "outcome": one.outcome, "method": one.method, "evidence": one.evidence,
                **({"delivered_in": one.delivered_in} if one.delivered_in else {}),
                **({"assessed_in": one.assessed_in} if one.assessed_in else {}),
            }
            for one in self.units
        ]  # fmt: skip
        return {
            "sector": self.sector,
            "product": {"code": self.product_code, "kind": self.product_kind},
            "units": units,
            "exited_on": _text(self.exited_on),
            "completed_on": _text(self.completed_on),
            "fees": {"balance": max(0, self.fees.balance) / 100, "cleared_on": _text(self.fees.cleared_on)},
            "usi": self.usi,
            "identity_attested": self.identity_attested,
            "student_enrolled_here": self.student_enrolled_here,
        }


def _text(day: date | None) -> str | None:
    """Return a day as text."""
    return day.isoformat() if day else None


def facts_for(enrolment_id: UUID, on: date) -> IssuanceFacts:
    """Return the facts of one enrolment on a day; raises NotFound. Needs the provider's scope, the student's or the register's."""
    found = facts_of([enrolment_id], on)
    if enrolment_id not in found:
        raise NotFound("There is no such enrolment, or none that you may see.")
    return found[enrolment_id]


def facts_of(enrolment_ids: Collection[UUID], on: date) -> dict[UUID, IssuanceFacts]:
    """Return the facts of many enrolments by id, in eleven statements however many; one that is not there to see is left out."""
    rows = list(Enrolment.objects.filter(pk__in=enrolment_ids).order_by("pk"))
    ids = [row.id for row in rows]
    fees: dict[UUID, list[tuple[str, int, date]]] = defaultdict(list)
    for entry in FeeEntry.objects.filter(enrolment__in=ids).order_by("id"):
        fees[entry.enrolment_id].append((entry.kind, entry.cents, entry.entry_date))
    exits = Exit.objects.filter(enrolment__in=ids, exited_on__lte=on)
    left = dict(exits.values_list("enrolment_id", "exited_on"))
    attested = set(
        IdentityAttestation.objects.filter(
            enrolment__in=ids, withdrawn_at__isnull=True, checked_on__lte=on
        ).values_list("enrolment_id", flat=True)
    )
    timely = dict(
        TimelyDate.objects.filter(enrolment__in=ids).order_by("id").values_list("enrolment_id", "timely_date")
    )
    units, contracts = units_of(ids), _contracts(ids)
    usis = usi_states({row.student_id for row in rows})
    return {
        row.id: IssuanceFacts(
            row.id, row.provider_id, row.student_id, row.sector, row.product_code, row.product_kind, row.product_title,
            row.product_release, row.stream, row.state, row.enrolled_on, row.commenced_on,
            rules.last_decisive_on([(one.outcome, one.decided_on) for one in units.get(row.id, ())]), left.get(row.id),
            tuple(units.get(row.id, ())), rules.fee_standing(fees[row.id], on=on), usis.get(row.student_id, "none"),
            row.id in attested, tuple(contracts.get(row.id, ())), timely.get(row.id),
        )
        for row in rows
    }  # fmt: skip


def units_of(enrolment_ids: Collection[UUID]) -> dict[UUID, list[UnitFact]]:
    """Return the units of enrolments by enrolment, in the order of their codes."""
    kinds: dict[tuple[UUID, str], set[str]] = defaultdict(set)
    by_id: dict[UUID, str] = {}
    for number, enrolment, unit, kind in Evidence.objects.filter(enrolment__in=enrolment_ids).values_list(
        "id", "enrolment_id", "unit_code", "kind"
    ):
        by_id[number] = kind
        kinds[enrolment, unit].add(kind)
    found: dict[UUID, list[UnitFact]] = {}
    for row in UnitOutcome.objects.filter(enrolment__in=enrolment_ids).order_by("unit_code"):
        held = kinds[row.enrolment_id, row.unit_code] | (
            {by_id[row.evidence_id]} if row.evidence_id in by_id else set()
        )
        found.setdefault(row.enrolment_id, []).append(_unit(row, held))
    return found


def _unit(row: UnitOutcome, held: Iterable[str]) -> UnitFact:
    """Return one unit with whether what its method needs is held."""
    proven = rules.proven(method=row.method, evidence_kind="") or any(
        rules.proven(method=row.method, evidence_kind=kind) for kind in held
    )
    return UnitFact(
        row.unit_code, row.unit_title, row.outcome, row.method, proven, row.decided_on, row.started_on, row.ended_on,
        row.delivered_in, row.assessed_in, row.mark, row.grade,
    )  # fmt: skip


def _contracts(enrolment_ids: Collection[UUID]) -> dict[UUID, list[ContractFact]]:
    """Return the training contracts of enrolments, in the order of their beginning."""
    found: dict[UUID, list[ContractFact]] = {}
    for row in TrainingContract.objects.filter(enrolment__in=enrolment_ids).order_by("contract_from", "id"):
        one = ContractFact(row.number, row.jurisdiction, row.contract_from, row.contract_until, row.cancelled_on)
        found.setdefault(row.enrolment_id, []).append(one)
    return found


def usi_states(student_ids: Collection[int]) -> dict[int, str]:
    """Return verified, pending or exempt for each student of whom a number is held."""
    found = {}
    for line in usi_queries.lines_of(student_ids):
        usable = usi_rules.may_be_used(line.state, answered_by=line.answered_by, setting=settings.USI_REGISTRY)
        found[line.student_id] = "verified" if usable else "exempt" if line.state == "exempt" else "pending"
    return found
