"""The demo's students in training: some dozens at the operating training organisation, in every state, with what holds each back.

Everybody is made up; the USIs are public test numbers of the made-up Registry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from testamur.enrolments import actions, queries
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid, NewEnrolment
from testamur.kernel import tenancy
from testamur.service.synthetic.people import GIVEN_NAMES, SURNAMES
from testamur.service.world import people
from testamur.service.world.people import account_of
from testamur.service.world.providers import Place
from testamur.students import actions as students_actions
from testamur.students.entering import EnteredStudent
from testamur.students.usi import actions as usi_actions
from testamur.students.usi.fake import PEOPLE, SLOW_ONCE, UNREADABLE
from testamur.training.queries import products

PRODUCT: Final = "ZZA30118"
LEAVING_SCOPE: Final = "ZZG40226"
STUDENTS: Final = 36
_FEE: Final = 2_400_00
_ASSESSORS: Final = ("Lee Osei", "Marta Kowalczyk", "Ravi Menon")
_KNOWN: Final = tuple(
    usi
    for usi, one in PEOPLE.items()
    if usi not in SLOW_ONCE | UNREADABLE and one.family_name and one.family_name != "Mossvale"
)[6:]


@dataclass(frozen=True, slots=True)
class _Class:
    """The class: its units with titles, who enters, when, and the day."""

    units: tuple[tuple[str, str], ...]
    by: UUID
    at: datetime
    on: date

    @property
    def said(self) -> dict[str, Any]:
        """Return who acts and when, as actions take it."""
        return {"by": self.by, "at": self.at}


def enrol_class(place: Place, *, officer: UUID, at: datetime) -> None:
    """Enrol a class at a provider, and lead each student to where somebody has something to do or nothing more to do.

    The demo's vocational student is one of them and reads it under My training now.
    """
    packaging = products.packaging_of(PRODUCT)
    if packaging is None:
        return
    chosen = [unit for group, count in zip(packaging.groups, (6, 3, 2), strict=False) for unit in group.units[:count]]
    units = tuple((code, packaging.titles[code]) for code in chosen)
    made = _Class(units, account_of(people.RTO_OFFICER), at, at.date() - timedelta(days=1))
    with tenancy.for_provider(place.id):
        ids = _enrol(place, made)
        _record(ids, made)
        _end(ids, made)
        _beside(ids, made)
    usi_actions.verify_usis(at=at, provider=place.id)
    _link(ids[0], officer=officer, at=at)


def _enrol(place: Place, made: _Class) -> list[UUID]:
    """Enrol everybody; the last two in other products."""
    rng = Random(90142)  # noqa: S311 - made-up data, the same for the same seed
    since = made.on - timedelta(days=330)
    given, _, family = people.VOCATIONAL.name.partition(" ")
    students = [EnteredStudent("WB0001", family, given, birth_date=people.VOCATIONAL.born, gender="F")]
    for number in range(1, STUDENTS):
        known = PEOPLE[_KNOWN[number - 1]] if number <= len(_KNOWN) else None
        students.append(
            EnteredStudent(
                f"WB{number + 1:04d}",
                known.family_name if known else rng.choice(SURNAMES),
                known.first_name if known else rng.choice(GIVEN_NAMES),
                birth_date=known.birth_date if known else date(1980 + number % 26, 1 + number % 12, 1 + number % 28),
                gender="FM"[number % 2],
                number=_KNOWN[number - 1] if known else "",
            )
        )
    said = [
        NewEnrolment(
            one, PRODUCT, "qualification", "Certificate III in Orchard Practice", since + timedelta(days=place_in % 9),
            product_release="1", delivery_site="Mildura campus", expected_until=made.on + timedelta(days=60),
        )
        for place_in, one in enumerate(students[:-2])
    ]  # fmt: skip
    said += [
        NewEnrolment(one, LEAVING_SCOPE, "qualification", "Certificate IV in Harbour Supervision", date(2025, 9, 1))
        for one in students[-2:]
    ]
    return list(actions.enrol_many(said, place.id, **made.said).ids)


def _outcome(made: _Class, unit: tuple[str, str], day: date, **more: Any) -> OutcomeSaid:
    """Return a competent outcome, assessed unless told otherwise."""
    assessor = _ASSESSORS[day.toordinal() % len(_ASSESSORS)]
    said: dict[str, Any] = {
        "outcome": "competent",
        "decided_on": day,
        "assessor": assessor,
        "started_on": day - timedelta(days=20),
    }
    return OutcomeSaid(unit[0], unit[1], **(said | more))


def _record(ids: Sequence[UUID], made: _Class) -> None:
    """Record outcomes: the first sixteen have all units, the next twelve some of them and one open, the others none."""
    said: list[tuple[UUID, OutcomeSaid]] = []
    for number, one in enumerate(ids[:28]):
        done = made.units if number < 16 else made.units[: 3 + number % 6]
        last = made.on - timedelta(days=3 + 2 * number)
        for step, unit in enumerate(done):
            day = last - timedelta(days=14 * (len(done) - 1 - step))
            said.append((one, _outcome(made, unit, day, **_special(number, step))))
        if number >= 16:
            said.append((one, OutcomeSaid(*made.units[-1])))
    actions.record_outcomes(said, **made.said)


def _special(number: int, step: int) -> dict[str, Any]:
    """Return what is out of the ordinary: recognition, credit transfer, and units in another language."""
    if number in (3, 4) and step == 0:
        return {"method": "rpl"}
    if number == 5 and step == 1:
        return {"method": "credit-transfer", "assessor": ""}
    return {"delivered_in": "zh", "assessed_in": "zh"} if number == 6 and step < 3 else {}


def _end(ids: Sequence[UUID], made: _Class) -> None:
    """Complete the first sixteen, let three leave, and cancel one."""
    for one in ids[:16]:
        actions.complete(one, **made.said)
    for one, reason in zip(ids[24:28], ("withdrew", "no-contact", "withdrew", "cancelled"), strict=True):
        actions.record_exit(one, ExitSaid(made.on, reason), **made.said)


def _beside(ids: Sequence[UUID], made: _Class) -> None:
    """Set fees, identity, evidence, contracts and timely dates, each lacking for somebody."""
    start = made.on - timedelta(days=330)
    fees = [(one, FeeSaid("agreed", _FEE, start, f"WB-A{number:03d}")) for number, one in enumerate(ids)]
    fees += [
        (
            one,
            FeeSaid("paid", _FEE if number % 7 != 2 else _FEE // 2, made.on - timedelta(days=30), f"WB-R{number:03d}"),
        )
        for number, one in enumerate(ids[:24])
    ]
    actions.record_fees(fees, **made.said)
    for number, one in enumerate(ids[:24]):
        if number % 8 != 7:
            attested = AttestationSaid("in-person", start + timedelta(days=9), _ASSESSORS[number % 3])
            actions.attest_identity(one, attested, **made.said)
    for one, unit, kind, label in (
        (ids[3], made.units[0], "rpl-portfolio", "Portfolio: five seasons in an orchard"),
        (ids[5], made.units[1], "credit-source", "Statement of attainment, sighted"),
        (ids[0], made.units[2], "assessment", "Practical assessment"),
    ):
        content = f"%PDF-1.7\n% made up for the demo: {label}\n".encode()
        actions.add_evidence(one, actions.Arriving(content, kind, label, unit[0]), **made.said)
    for number in (1, 8, 17):
        contract = ContractSaid(f"TC-{4400 + number}", "VIC", start)
        actions.set_contract(ids[number], contract, **made.said)
    reasons = "The product left our scope; two units are left, and their assessors stay until then."
    actions.set_timely_date(ids[-1], made.on + timedelta(days=120), reasons, **made.said)


def _link(enrolment: UUID, *, officer: UUID, at: datetime) -> None:
    """Let the demo's vocational student be the class's first."""
    with tenancy.for_register():
        student = queries.facts_for(enrolment, at.date()).student_id
    person = students_actions.ensure_person(account_of(people.VOCATIONAL), at=at)
    students_actions.link_student(person, student, reason="Shown an invitation of the provider", by=officer, at=at)
