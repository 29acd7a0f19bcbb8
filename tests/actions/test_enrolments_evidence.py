"""Evidence of enrolments is kept until its day and purged then, and whose rows the database shows (REG-04, F.2)."""

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from testamur.enrolments import actions, queries
from testamur.enrolments.models import Evidence
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.students import actions as students_actions
from tests import build, enrolling
from tests.enrolling import AT, TODAY, School, completed, enrolled, outcome, recorded

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 an assessment"


@pytest.fixture
def school() -> School:
    return enrolling.school()


# Evidence -----------------------------------------------------------------------------------------------------------


def _add(
    school: School, enrolment: UUID, content: bytes = PDF, kind: str = "rpl-portfolio", unit: str = "BSBCRT311"
) -> UUID:
    with tenancy.for_provider(school.id):
        arriving = actions.Arriving(content, kind, "Portfolio", unit)
        return actions.add_evidence(enrolment, arriving, by=school.officer.id, at=AT)


def _facts_evidence(school: School, enrolment: UUID) -> list[bool]:
    with tenancy.for_provider(school.id):
        return [one.evidence for one in queries.facts_for(enrolment, TODAY).units]


def test_aqf_02_evidence_is_sealed_handed_out_and_answers_for_its_unit(school: School) -> None:
    from django.conf import settings

    enrolment = enrolled(school)
    recorded(school, enrolment, outcome(method="rpl"))
    assert _facts_evidence(school, enrolment) == [False]
    number = _add(school, enrolment)
    assert _add(school, enrolment) == number
    assert _facts_evidence(school, enrolment) == [True]
    with tenancy.for_provider(school.id):
        role = school.officer.role
        name, media, content = actions.hand_out_evidence(number, by=school.officer.id, role=role, at=AT)
        row = Evidence.objects.get(pk=number)
    assert (media, content, row.size) == ("application/pdf", PDF, len(PDF))
    assert "Nguyen" not in name
    kept = Path(settings.DOCUMENTS_DIR).rglob(row.kept_as)
    assert all(PDF not in file.read_bytes() for file in kept)
    with pytest.raises(NotAllowed, match="no PDF, PNG"):
        _add(school, enrolment, content=b"MZ program")


def test_reg_04_evidence_is_purged_on_its_day_after_an_administrators_confirmation(school: School) -> None:
    from testamur.documents import queries as documents_queries

    twin, enrolment = completed(school, "S-2"), completed(school)
    open_ = enrolled(school, "S-3")
    pieces = {name: _add(school, one) for name, one in (("twin", twin), ("mine", enrolment), ("open", open_))}
    last, by = date(2028, 6, 1), school.administrator.id

    def moment(day: date) -> datetime:
        return datetime.combine(day, AT.timetz())

    with tenancy.for_provider(school.id):
        assert queries.evidence_due(school.id, on=last - timedelta(days=1)) == []
        due = queries.evidence_due(school.id, on=last + timedelta(days=1))
        assert {(one.id, one.days_over) for one in due} == {(pieces["twin"], 1), (pieces["mine"], 1)}
        with pytest.raises(Conflict, match="not due"):
            actions.purge_evidence(school.id, [pieces["mine"]], by=by, at=moment(last - timedelta(days=1)))
        with pytest.raises(Conflict, match="Nothing was purged"):
            actions.purge_evidence(school.id, [pieces["mine"], pieces["open"]], by=by, at=moment(last))
        with pytest.raises(NotAllowed):
            actions.purge_evidence(school.id, [pieces["mine"]], by=school.officer.id, at=moment(last))
        kept_as = Evidence.objects.get(pk=pieces["mine"]).kept_as
        assert actions.purge_evidence(school.id, [pieces["mine"]], by=by, at=moment(last)) == 1
        gone = Evidence.objects.get(pk=pieces["mine"])
        assert (gone.kept_as, gone.kept_until, len(gone.sha256)) == ("", last, 64)
        assert documents_queries.find_file(kept_as) is None
        assert documents_queries.find_file(Evidence.objects.get(pk=pieces["twin"]).kept_as) is not None
        with pytest.raises(NotFound):
            actions.hand_out_evidence(pieces["mine"], by=by, role=school.administrator.role, at=moment(last))


# Tenancy and permanence ----------------------------------------------------------------------------------------------

TABLES = [
    "enrolment", "trainingcontract", "unitoutcome", "exit", "feeentry", "evidence", "identityattestation", "timelydate",
    "enrolmentchange",
]  # fmt: skip


@pytest.fixture
def two_schools() -> tuple[School, School, dict[int, UUID]]:
    pair = enrolling.school(), enrolling.school()
    made = {}
    for school in pair:
        enrolment = made[school.id] = enrolled(school)
        recorded(school, enrolment, outcome(method="rpl"))
        _add(school, enrolment)
        said = {"by": school.officer.id, "at": AT}
        with tenancy.for_provider(school.id):
            actions.set_contract(enrolment, ContractSaid("TC", "VIC", date(2026, 2, 1)), **said)
            actions.record_fee(enrolment, FeeSaid("agreed", 1, date(2026, 2, 2), "A"), **said)
            actions.attest_identity(enrolment, AttestationSaid("workplace", date(2026, 2, 2), "Lee"), **said)
            actions.set_timely_date(enrolment, date(2026, 10, 31), "Two units are left.", **said)
            actions.record_exit(enrolment, ExitSaid(date(2026, 6, 2), "withdrew"), **said)
    return *pair, made


def _seen(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT provider_id FROM enrolments_{table}")
        return {provider for (provider,) in cursor.fetchall()}


def test_another_provider_and_nobody_sees_any_row(two_schools: tuple[School, School, dict[int, UUID]]) -> None:
    one, other, made = two_schools
    for table in TABLES:
        with tenancy.for_provider(one.id):
            assert _seen(table) == {one.id}, table
        assert _seen(table) == set(), table
    with tenancy.for_provider(other.id):
        with pytest.raises(NotFound):
            queries.card(made[one.id], on=TODAY)
        with pytest.raises(NotFound):
            actions.commence(made[one.id], TODAY, by=other.officer.id, at=AT)


def test_no_row_is_written_for_another_provider(two_schools: tuple[School, School, dict[int, UUID]]) -> None:
    one, other, made = two_schools
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenancy.for_provider(other.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO enrolments_timelydate (enrolment_id, provider_id, timely_date, reasons, set_by, set_at)"
            " VALUES (%s, %s, '2026-01-01', 'x', %s, now())",
            [made[one.id], one.id, other.officer.id],
        )


def test_a_student_sees_their_own_and_neither_evidence_nor_history(
    two_schools: tuple[School, School, dict[int, UUID]],
) -> None:
    one, _, made = two_schools
    account = build.student_account()
    person = students_actions.ensure_person(account.id, at=AT)
    with tenancy.for_provider(one.id):
        student = queries.card(made[one.id], on=TODAY).line.student_id
    students_actions.link_student(person, student, reason="The same person", by=build.OPERATOR, at=AT)
    with tenancy.for_person(person):
        assert {table for table in TABLES if _seen(table)} == {
            "enrolment", "trainingcontract", "unitoutcome", "exit", "feeentry",
        }  # fmt: skip
        (line,) = queries.own_enrolments([student])
        assert (line.id, line.competent) == (made[one.id], 1)


@pytest.mark.parametrize("table", ["feeentry", "timelydate", "enrolmentchange"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET provider_id = 1"])
def test_what_is_never_altered_refuses_it(
    two_schools: tuple[School, School, dict[int, UUID]], table: str, statement: str
) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permanent|permission denied"),
        tenancy.for_provider(two_schools[0].id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(f"enrolments_{table}"))
