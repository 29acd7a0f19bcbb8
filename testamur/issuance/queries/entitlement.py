"""Who may be issued what, what holds it, and until when: computed for many students at once, never typed (AQF-01 to AQF-13).

The enrolment says what was achieved; packaging, scope and transition come from the national register, registration from the list of
providers, signatory and template from here. The ruleset `issuance` decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from testamur.enrolments import gates
from testamur.enrolments import queries as enrolments_queries
from testamur.enrolments.queries import IssuanceFacts
from testamur.issuance import rules
from testamur.issuance.models import Certification
from testamur.issuance.queries import people
from testamur.issuance.rules import People
from testamur.issuance.states import LIVE, WAITING
from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Finding, Verdict
from testamur.providers import queries as providers_queries
from testamur.students import entering
from testamur.training import rules as training_rules
from testamur.training.queries import held, products, scope
from testamur.training.queries.products import Packaging, ProductFacts

_ACTS = frozenset({"registered", "ceasing"})


@dataclass(frozen=True, slots=True)
class Decided:
    """One document that an enrolment leads to: the facts that were decided on, the answer, and the last day to issue in time."""

    facts: IssuanceFacts
    kind: str
    known: Mapping[str, object]
    verdict: Verdict
    due_on: date | None

    @property
    def holds(self) -> tuple[Finding, ...]:
        """Return what stands in the way."""
        return tuple(one for one in self.verdict.findings if one.outcome != "ALLOW")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the queue: a student's document that is to be issued, and, where it is prepared, its row."""

    enrolment_id: UUID
    student_id: int
    local_id: str
    name: str
    kind: str
    product_code: str
    product_title: str
    outcome: str
    holds: tuple[Finding, ...]
    due_on: date | None
    days_left: int | None
    prepared: UUID | None


@dataclass(frozen=True, slots=True)
class _Around:
    """What is alike for all enrolments of a provider: registration, scope, products, packaging."""

    registered: Mapping[str, bool]
    lines: Sequence[training_rules.ScopeLine]
    products: Mapping[str, ProductFacts]
    packaging: Mapping[tuple[str, str], Packaging | None]
    register_loaded: bool


def queue(provider_id: int, on: date) -> list[Waiting]:
    """Return every document of a provider that is to be issued, what is due first first. Whoever shows it writes events."""
    live = Certification.objects.filter(provider_id=provider_id, state__in=LIVE)
    rows = {(row.enrolment_id, row.kind): row for row in live.only("id", "enrolment_id", "kind", "state")}
    finished = enrolments_queries.finished(provider_id)
    wanted = [
        one.enrolment_id
        for one in finished
        if any(
            (one.enrolment_id, kind) not in rows or rows[one.enrolment_id, kind].state in WAITING
            for kind in rules.kinds_for(one.sector, one.product_kind, one.state, ("competent",))
        )
    ]
    decided = decide_many(provider_id, wanted, on)
    names = entering.printed_names({one.facts.student_id for one in decided})
    found = []
    for one in decided:
        row = rows.get((one.facts.enrolment_id, one.kind))
        if row is None or row.state in WAITING:
            found.append(_line(one, names.get(one.facts.student_id, ("", "")), row.id if row else None, on))
    return sorted(found, key=lambda one: (one.due_on or date.max, one.name, one.kind))


def _line(one: Decided, named: tuple[str, str], prepared: UUID | None, on: date) -> Waiting:
    """Return one line."""
    left = (one.due_on - on).days if one.due_on else None
    return Waiting(
        one.facts.enrolment_id, one.facts.student_id, *named, one.kind, one.facts.product_code, one.facts.product_title,
        one.verdict.outcome, one.holds, one.due_on, left, prepared,
    )  # fmt: skip


def decide_one(enrolment_id: UUID, kind: str, on: date, *, who: People, signs_on: bool, template: bool) -> Decided:
    """Return the answer for one document with the people who prepare and approve it; raises NotFound."""
    facts = enrolments_queries.facts_for(enrolment_id, on)
    if kind not in kinds_of(facts):
        raise NotFound("This enrolment leads to no such document now.")
    around = _around(facts.provider_id, [facts], on)
    return _decided(facts, kind, around, on, who=who, signs=signs_on, template=template)


def decide_many(provider_id: int, enrolment_ids: Collection[UUID], on: date) -> list[Decided]:
    """Return the answer for every document that enrolments lead to; nothing is decided on who prepares and approves."""
    facts = enrolments_queries.facts_of(enrolment_ids, on)
    around = _around(provider_id, list(facts.values()), on)
    ready = people.ready_kinds(provider_id, on)
    return [
        _decided(one, kind, around, on, who=People(), signs=ready[kind][0], template=ready[kind][1])
        for one in facts.values()
        for kind in kinds_of(one)
    ]


def kinds_of(facts: IssuanceFacts) -> tuple[str, ...]:
    """Return the documents that an enrolment leads to."""
    return rules.kinds_for(facts.sector, facts.product_kind, facts.state, {unit.outcome for unit in facts.units})


def _around(provider_id: int, facts: Sequence[IssuanceFacts], on: date) -> _Around:
    """Look up what is alike for some enrolments."""
    card = providers_queries.provider_card(provider_id, on=on)
    codes = {one.product_code for one in facts if one.sector == "vet"}
    releases = {(one.product_code, one.product_release) for one in facts if one.sector == "vet"}
    return _Around(
        {
            sector: providers_queries.status_for_extract(provider_id, sector, on) in _ACTS
            for sector in {one.sector for one in facts}
        },
        scope.scope_of([code.value for code in card.codes]),
        products.products_on(codes, on),
        {(code, release): _packaging(code, release) for code, release in releases},
        held.youngest_day() is not None,
    )


def _packaging(code: str, release: str) -> Packaging | None:
    """Return the packaging rules at a student's version; where that release is not known, of the latest one."""
    return (products.packaging_of(code, release) if release else None) or products.packaging_of(code)


def _decided(
    facts: IssuanceFacts, kind: str, around: _Around, on: date, *, who: People, signs: bool, template: bool
) -> Decided:
    """Put the facts of one document together and decide."""
    product = around.products.get(facts.product_code) if facts.sector == "vet" else None
    changed = product is not None and bool(product.replaced_on or product.ended_on)
    transition = gates.transition_on("issue", product, on) if product is not None and changed else None
    speaks = facts.sector == "vet" and around.register_loaded and bool(around.lines)
    on_scope = not speaks or training_rules.in_scope_on(around.lines, facts.product_code, on) is not None
    in_transition = not on_scope and transition is not None and transition.allowed
    known = {
        **facts.for_rules(),
        "product": {
            "code": facts.product_code,
            "kind": facts.product_kind,
            "on_scope": on_scope or in_transition,
            **packaging_facts(facts, around.packaging.get((facts.product_code, facts.product_release))),
        },
        "provider_registered": around.registered[facts.sector],
    }
    verdict = rules.may_issue(
        known,
        kind,
        on=on,
        people=who,
        signatory_authorised=signs,
        template_approved=template,
        transition=transition,
        off_scope_in_transition=in_transition,
    )
    last = product.last_issue_day if product is not None else None
    return Decided(facts, kind, known, verdict, rules.due_on(verdict, last))


def packaging_facts(facts: IssuanceFacts, packaging: Packaging | None) -> dict[str, object]:
    """Return core and electives as the ruleset takes them, with each group's least and most worked in (AQF-01).

    Of a group no more units count than its most; what a group or the whole still lacks is what is asked for beyond those. Where
    the register packs nothing, a completed enrolment asks for the units that the student undertook; in higher education a unit
    that was failed or left may have been replaced by another, so it asks for the others.
    """
    achieved = {unit.code for unit in facts.units if unit.outcome == "competent"}
    if packaging is None:
        replaceable = {"withdrawn", "not-competent"} if facts.sector == "he" else set()
        asked = [unit.code for unit in facts.units if unit.outcome not in replaceable]
        return {"core": asked} if facts.state == "completed" else {}
    core = [unit for group in packaging.groups if group.kind == "core" for unit in group.units]
    lacking = packaging.lacking(achieved)
    short = max(lacking.units - len(lacking.core), sum(least for _, least in lacking.groups), 0)
    listed = {unit for group in packaging.groups for unit in group.units}
    counted: list[str] = []
    for group in packaging.groups:
        if group.kind == "core":
            continue
        have = sorted(achieved - listed if group.kind == "elsewhere" else achieved & set(group.units))
        counted += [unit for unit in have[: group.choose_most] if unit not in counted]
    return {"core": core, "electives_required": len(counted) + short, "elective_codes": counted}
