"""The register of issued documents (REG-02), one document with everything beside it, a student's own, and whose a number is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from testamur.issuance.models import Certification
from testamur.issuance.states import CERTIFICATION, HELD_BY_STUDENT
from testamur.kernel.errors import NotFound
from testamur.kernel.identifiers import parse_public_number
from testamur.students import entering
from testamur.students import queries as students_queries

_NEVER_ISSUED = ("prepared", "approved", "discarded")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the register shows: states (none: all issued), a kind, a product, days of issue, and what was typed."""

    states: tuple[str, ...] = ()
    kind: str = ""
    product_code: str = ""
    since: date | None = None
    until: date | None = None
    typed: str = ""


@dataclass(frozen=True, slots=True)
class CertificationLine:
    """One document as a line. `name` is the one that stands on it, `copies` how many were handed out again."""

    id: UUID
    number: str
    own_number: str
    kind: str
    state: str
    state_since: datetime
    student_id: int
    local_id: str
    name: str
    product_code: str
    product_title: str
    issued_on: date | None
    due_on: date | None
    copies: int
    sha256: str

    @property
    def late(self) -> bool:
        """Say whether it was issued after the day on which it was due (AQF-04)."""
        return self.issued_on is not None and self.due_on is not None and self.issued_on > self.due_on


@dataclass(frozen=True, slots=True)
class MoveKept:
    """One thing that was done with a document."""

    verb: str
    to_state: str
    reason: str
    details: dict[str, Any]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CertificationCard:
    """A document with what was decided, who acted, what stands in its place, and what was done with it."""

    line: CertificationLine
    provider_id: int
    enrolment_id: UUID
    sector: str
    verdict: dict[str, Any]
    ruleset_version: str
    referred_reason: str
    units: tuple[tuple[str, str, str], ...]
    template_version: int
    signatory_name: str
    signatory_position: str
    prepared_by: UUID
    prepared_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    completed_on: date | None
    replacing: str
    replaces: tuple[UUID, str] | None
    replaced_by: tuple[UUID, str] | None
    moves: tuple[MoveKept, ...]
    name_now: str

    @property
    def verbs(self) -> tuple[str, ...]:
        """Return what may be done with it next."""
        return CERTIFICATION.verbs(self.line.state)


def register(
    provider_id: int, wanted: Wanted, *, first: int = 0, limit: int = 25
) -> tuple[int, list[CertificationLine]]:
    """Return how many issued documents a list has, and a stretch of it, the newest first. Whoever shows it writes events."""
    rows = _chosen(provider_id, wanted)
    return rows.count(), _lines(rows.order_by("-issued_on", "-state_since", "id")[first : first + limit])


def _chosen(provider_id: int, wanted: Wanted) -> QuerySet[Certification]:
    """Return the rows of a list."""
    rows = Certification.objects.filter(provider_id=provider_id).exclude(state__in=_NEVER_ISSUED)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.product_code:
        rows = rows.filter(product_code=wanted.product_code.strip().upper())
    if wanted.since:
        rows = rows.filter(issued_on__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(issued_on__lte=wanted.until)
    if typed := wanted.typed.strip():
        number = parse_public_number(typed) or typed
        known = entering.known_by_number(provider_id, [entering.number_of(typed)])
        students = {one.student_id for one in known.values()}
        students |= {one.student_id for one in students_queries.candidates(provider_id, family_name=typed)}
        rows = rows.filter(Q(number=number) | Q(own_number__iexact=typed) | Q(student_id__in=students))
    return rows


def prepared(provider_id: int) -> list[CertificationLine]:
    """Return the documents that wait for approval, the oldest first."""
    return _lines(Certification.objects.filter(provider_id=provider_id, state="prepared").order_by("prepared_at"))


def counts(provider_id: int) -> dict[str, int]:
    """Return how many documents of a provider stand in each state, in the order of the states."""
    rows = Certification.objects.filter(provider_id=provider_id).values_list("state").annotate(n=Count("pk"))
    found = dict(rows.order_by())
    return {state: found.get(state, 0) for state in CERTIFICATION.states}


def own(student_ids: Collection[int]) -> list[CertificationLine]:
    """Return the documents that were issued to the students whom a person is, the newest first. Needs the person's scope."""
    rows = Certification.objects.filter(student_id__in=student_ids, state__in=sorted(HELD_BY_STUDENT))
    return _lines(rows.order_by("-issued_on", "id"))


def _lines(rows: Iterable[Certification]) -> list[CertificationLine]:
    """Return rows as lines, in three statements more."""
    found = list(rows)
    codes = entering.printed_names({row.student_id for row in found})
    ids = [row.id for row in found]
    names = dict(Certification.objects.filter(pk__in=ids).values_list("pk", "issued_name__name"))
    copies = dict(Certification.objects.filter(pk__in=ids).values_list("pk").annotate(n=Count("copies")).order_by())
    return [
        CertificationLine(
            row.id, row.number, row.own_number, row.kind, row.state, row.state_since, row.student_id,
            codes.get(row.student_id, ("", ""))[0], names.get(row.id) or "", row.product_code, row.product_title,
            row.issued_on, row.due_on, copies.get(row.id, 0), row.sha256,
        )
        for row in found
    ]  # fmt: skip


def certification(certification_id: UUID) -> CertificationCard:
    """Return one document with everything beside it; raises NotFound. Whoever shows it writes an access event."""
    rows = Certification.objects.select_related("template", "signatory", "replaces")
    row = rows.filter(pk=certification_id).first()
    if row is None:
        raise NotFound("There is no such document, or none that you may see.")
    (line,) = _lines([row])
    later = row.replaced_by.exclude(state__in=_NEVER_ISSUED).first()
    return CertificationCard(
        line, row.provider_id, row.enrolment_id, row.sector, row.verdict, row.ruleset_version, row.referred_reason,
        tuple((code, title, outcome) for code, title, outcome, _ in row.units), row.template.version,
        row.signatory.printed_name, row.signatory.position, row.prepared_by, row.prepared_at, row.approved_by,
        row.approved_at, row.completed_on, row.replacing, (row.replaces.id, row.replaces.number) if row.replaces else None,
        (later.id, later.number) if later else None, _moves(row),
        codes_name(row.student_id),
    )  # fmt: skip


def codes_name(student_id: int) -> str:
    """Return the name of a student as it is now, empty where there is none."""
    return entering.printed_names({student_id}).get(student_id, ("", ""))[1]


def _moves(row: Certification) -> tuple[MoveKept, ...]:
    """Return what was done with a document, the newest first."""
    return tuple(
        MoveKept(one.verb, one.to_state, one.reason, one.details, one.by, one.at) for one in row.moves.order_by("-id")
    )


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """What anyone may know of a number beside its document: which provider issued it, and since when its state stands."""

    provider_id: int
    issued_on: date
    state: str
    state_since: datetime


def find_number(number: str) -> NumberAnswer | None:
    """Return whose a public number is, None where it is no issued certification. Needs the register's scope."""
    row = Certification.objects.filter(number=number).exclude(state__in=_NEVER_ISSUED).first()
    if row is None or row.issued_on is None:
        return None
    return NumberAnswer(row.provider_id, row.issued_on, row.state, row.state_since)
