"""The one door into the permanent record: versions and their leaves, corrections, withdrawals, and what the database refuses."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.log import queries as log_queries
from testamur.log.commitment import commitment, leaf
from testamur.register import actions as register_actions
from testamur.register import bulk, loading
from testamur.register import queries as register_queries
from testamur.register.models import RecordKind, Version
from testamur.students import queries as students_queries
from testamur.students.models import Erasure, StudentKey
from tests import build, recording

pytestmark = pytest.mark.django_db


def _students_of(provider_id: int) -> list[int]:
    with tenancy.for_provider(provider_id):
        return sorted(set(Version.objects.values_list("student_id", flat=True)))


def _current(provider_id: int) -> list[register_queries.RecordedVersion]:
    students = _students_of(provider_id)
    with tenancy.for_provider(provider_id):
        return register_queries.current_versions(students)


@pytest.fixture
def provider() -> int:
    return build.provider().id


@pytest.fixture
def recorded(tmp_path: Path, provider: int) -> loading.Counts:
    return recording.record(
        recording.bundle(
            tmp_path,
            provider,
            records=[
                recording.student("A-1"),
                recording.student("A-2", family="Suharto", given=None, single_name=True),
            ],
            results=[recording.unit("A-1", "ITC101"), recording.unit("A-2", "ITC101"), recording.course("A-1")],
            documents=[("A-1", "testamurs", 1, "cd" * 32, 553)],
        )
    )


def test_every_row_becomes_a_version(recorded: loading.Counts, provider: int) -> None:
    kinds = [version.kind for version in _current(provider)]
    assert (recorded.new, recorded.students) == (6, 2)
    assert sorted(kinds) == [
        RecordKind.STUDENT,
        RecordKind.STUDENT,
        RecordKind.COURSE_RESULT,
        RecordKind.UNIT_RESULT,
        RecordKind.UNIT_RESULT,
        RecordKind.LODGED_DOCUMENT,
    ]


def test_facts_are_canonical_and_say_what_the_file_said(recorded: loading.Counts, provider: int) -> None:
    (unit, _) = [version for version in _current(provider) if version.kind is RecordKind.UNIT_RESULT]
    assert unit.facts == {
        "grade": "C",
        "grade_description": "Credit \\ pass",
        "mark": "71",
        "status": "3",
        "year": 2013,
    }
    assert unit.course == ("MITS03", "Master of IT")
    assert unit.unit == ("ITC101", "Unit ITC101 “é”")
    assert unit.facts_json == json.dumps(unit.facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_each_version_has_a_leaf_that_its_row_key_opens(recorded: loading.Counts, provider: int) -> None:
    versions = _current(provider)
    with tenancy.for_provider(provider):
        keys = register_queries.row_keys(versions)
    for version in versions:
        made = leaf(commitment(keys[version.record, version.seq], version.header, version.facts_json))
        assert log_queries.leaf_at(version.place) == made


def test_the_permanent_record_holds_no_name(recorded: loading.Counts, provider: int) -> None:
    with tenancy.for_provider(provider), connection.cursor() as cursor:
        for table in ("register_version", "register_source", "register_offering"):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text ILIKE ANY (ARRAY['%%Nguyen%%', '%%Suharto%%'])"
            )
            assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM students_particulars t WHERE t::text ILIKE '%%Nguyen%%'")
        assert cursor.fetchone() == (1,)


def test_the_same_rows_again_change_nothing(recorded: loading.Counts, provider: int, tmp_path: Path) -> None:
    again = recording.bundle(
        tmp_path,
        provider,
        records=[recording.student("A-1"), recording.student("A-2", family="Suharto", given=None, single_name=True)],
        results=[recording.unit("A-1", "ITC101"), recording.unit("A-2", "ITC101"), recording.course("A-1")],
        documents=[("A-1", "testamurs", 1, "cd" * 32, 553)],
    )
    counts = recording.record(again)
    assert (counts.new, counts.changed, counts.withdrawn, counts.unchanged) == (0, 0, 0, 6)


def test_a_changed_mark_is_a_second_version_that_holds_the_first(
    recorded: loading.Counts, provider: int, tmp_path: Path
) -> None:
    results = [recording.unit("A-1", "ITC101", mark="72"), recording.unit("A-1", "ITC999")]
    counts = recording.record(recording.bundle(tmp_path, provider, results=results))
    students = _students_of(provider)
    with tenancy.for_provider(provider):
        every = register_queries.history(students)
        rows = {(row.record_id, row.seq): row for row in Version.objects.all()}
    changed = [version for version in every if version.seq == 2]
    assert (counts.new, counts.changed, counts.unchanged) == (1, 1, 0)
    assert [version.facts["mark"] for version in changed] == ["72"]
    second = rows[changed[0].record, 2]
    assert second.previous == rows[changed[0].record, 1].commitment


def test_absent_rows_stay_unless_the_whole_is_replaced(recorded: loading.Counts, provider: int, tmp_path: Path) -> None:
    results = [recording.unit("A-2", "ITC101")]
    kept = recording.record(recording.bundle(tmp_path, provider, results=results))
    assert (kept.withdrawn, len(_current(provider))) == (0, 6)
    replaced = recording.record(
        recording.bundle(
            tmp_path,
            provider,
            records=[recording.student("A-2", family="Suharto", given=None, single_name=True)],
            results=results,
            replace_all=True,
        )
    )
    left = {(version.kind, version.student_id) for version in _current(provider)}
    assert replaced.withdrawn == 3  # the other student, and their two results; documents were not part of it
    assert {kind for kind, _ in left} == {RecordKind.STUDENT, RecordKind.UNIT_RESULT, RecordKind.LODGED_DOCUMENT}


def test_a_withdrawn_record_can_come_back(recorded: loading.Counts, provider: int, tmp_path: Path) -> None:
    one = [recording.unit("A-2", "ITC101")]
    recording.record(recording.bundle(tmp_path, provider, results=one, replace_all=True))
    back = recording.record(recording.bundle(tmp_path, provider, results=[*one, recording.unit("A-1", "ITC101")]))
    assert (back.new, back.changed, back.unchanged) == (0, 1, 1)


def test_a_corrected_name_keeps_the_former_one(recorded: loading.Counts, provider: int, tmp_path: Path) -> None:
    recording.record(recording.bundle(tmp_path, provider, records=[recording.student("A-1", family="O’Brien")]))
    with tenancy.for_provider(provider):
        cards = {card.local_id: card for card in students_queries.cards(_students_of(provider))}
        found = students_queries.candidates(provider, family_name="nguyen")
    assert cards["A-1"].printed_name == "Grace O’Brien"
    assert cards["A-1"].former_names == ("Grace Nguyen",)
    assert cards["A-2"].printed_name == "Suharto"
    assert [card.local_id for card in found] == ["A-1"]


def test_recomputed_leaves_are_the_stored_ones(recorded: loading.Counts, provider: int) -> None:
    with tenancy.for_register():
        recomputed = list(register_queries.recomputed_leaves())
    assert len(recomputed) == 6
    for batch, position, made, _ in recomputed:
        assert log_queries.leaf_at(log_queries.LeafPlace(batch, position)) == made


def test_an_altered_row_no_longer_opens_its_leaf(recorded: loading.Counts, provider: int) -> None:
    (version, *_) = [version for version in _current(provider) if version.kind is RecordKind.UNIT_RESULT]
    with tenancy.for_provider(provider):
        key = register_queries.row_keys([version])[version.record, version.seq]
    altered = version.facts_json.replace('"71"', '"91"')
    assert leaf(commitment(key, version.header, altered)) != log_queries.leaf_at(version.place)


def test_it_is_declared_by_a_second_person(tmp_path: Path, provider: int) -> None:
    made = recording.bundle(tmp_path, provider, results=[recording.unit("A-1", "ITC101")])
    with pytest.raises(NotAllowed, match="second authorised person"):
        register_actions.record_submission(made, by=recording.OFFICER, at=recording.AT, on=recording.ON)


def test_a_fault_on_the_way_writes_nothing(tmp_path: Path, provider: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recording.bundle(tmp_path, provider, results=[recording.unit("A-1", "ITC101")])

    def full_disk(cursor: object, batches: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bulk.log_actions, "copy_batches", full_disk)
    with pytest.raises(OSError, match="No space"), transaction.atomic():
        recording.record(made)
    assert _students_of(provider) == []
    assert not register_queries.has_holdings(provider)


def test_a_large_load_goes_through_the_second_process_and_gives_the_same(
    tmp_path: Path, provider: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_ALONE_BELOW_ROWS", 1)
    results = [recording.unit(f"S{number // 5}", f"U{number % 5}") for number in range(500)]
    counts = recording.record(recording.bundle(tmp_path, provider, results=results))
    assert (counts.new, counts.students) == (500, 100)
    with tenancy.for_register():
        for batch, position, made, _ in register_queries.recomputed_leaves():
            assert log_queries.leaf_at(log_queries.LeafPlace(batch, position)) == made


def test_stretches_keep_students_whole(tmp_path: Path, provider: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.preparing, "CHUNK_ROWS", 7)
    results = [recording.unit(f"S{number // 5}", f"U{number % 5}") for number in range(100)]
    recording.record(recording.bundle(tmp_path, provider, results=results))
    again = recording.record(recording.bundle(tmp_path, provider, results=results[3:], replace_all=True))
    assert (again.new, again.changed, again.unchanged, again.withdrawn) == (0, 0, 97, 3)


CHANGES = ["UPDATE {} SET provider_id = 0", "DELETE FROM {}", "TRUNCATE {}"]
PERMANENT = ["register_version", "register_source", "register_offering", "register_holding"]


@pytest.mark.parametrize("sql", CHANGES)
@pytest.mark.parametrize("table", [*PERMANENT, "register_version_2026"])
def test_the_application_cannot_change_the_record(recorded: loading.Counts, sql: str, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|is permanent"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(table))


@pytest.mark.parametrize("sql", CHANGES)
@pytest.mark.parametrize("table", PERMANENT)
@pytest.mark.django_db(databases=["owner"])
def test_the_owner_cannot_change_the_record_by_accident(sql: str, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match="is permanent"),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(sql.format(table))


@pytest.mark.django_db(databases=["owner"])
@pytest.mark.parametrize("sql", CHANGES)
def test_a_year_once_opened_is_as_permanent(sql: str) -> None:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT register_open_year(2031)")
        with pytest.raises(DatabaseError, match="is permanent"):
            cursor.execute(sql.format("register_version_2031"))
        transaction.set_rollback(True, using="owner")


def test_the_holding_says_what_is_there(recorded: loading.Counts, provider: int) -> None:
    (holding,) = register_queries.holdings(provider)
    assert (holding.records, holding.students, holding.sealed_date) == (6, 2, date(2026, 7, 1))


def _missing_key(provider: int, *, ledger: bool) -> None:
    """Delete one student's key, with or without an entry on the ledger of erasures."""
    (student, *_) = _students_of(provider)
    with tenancy.for_provider(provider):
        StudentKey.objects.filter(student_id=student).delete()
    if ledger:
        Erasure.objects.create(
            student_id=student, basis="test", by=recording.OFFICER, approved_by=recording.DECLARER, at=recording.AT
        )


@pytest.mark.parametrize("ledger", [True, False])
def test_a_key_that_vanished_without_the_ledger_is_found(recorded: loading.Counts, provider: int, ledger: bool) -> None:
    _missing_key(provider, ledger=ledger)
    with tenancy.for_register():
        leaves = {
            made for *_, made, label in register_queries.recomputed_leaves() if "missing" in label or made is None
        }
    assert leaves == ({None} if ledger else {leaf(bytes(32))})
