"""Fixing: one cell, all alike, taken back, and rows sent again under a higher version; nothing is lost on the way."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import polars as pl
import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log.models import AccessEvent
from testamur.students.models import Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import deciding, storage
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import AlikeCells, Looker
from testamur.submissions.actions.keeping import LEFT_OUT
from testamur.submissions.models import CellFix, SubmittedFile
from testamur.submissions.queries import Chosen
from tests import build, lodged
from tests.lodged import RECORDS, RESULTS, STATUS, Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db
SECOND = "studentresults v2.csv"


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def faulty(*statuses: str) -> dict[str, bytes]:
    """Return files of one student with one result for each status."""
    rows = [unit(1, f"A{number}", status=status) for number, status in enumerate(statuses, start=1)]
    return {RECORDS: csv_of("studentrecords", [student(1)]), RESULTS: csv_of("studentresults", rows)}


def errors(lodging: Lodging, number) -> list[tuple[str, int | None, str | None]]:
    """Return file, row and value of every error of the last check."""
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        found = submissions_queries.findings(card, Chosen(severity="error"), page=1, size=500)
        return [(one.file, one.row, one.value) for one in found.rows]


def state(lodging: Lodging, number) -> str:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number).state


def failed_rows(lodging: Lodging, number, name: str) -> list[bytes]:
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        return b"".join(submissions_queries.failed_rows_file(card, name)).split(b"\r\n")


# Cells --------------------------------------------------------------------------------------


def test_a_fixed_cell_is_checked_and_sealed_with_its_new_value(lodging):
    number = lodging.opened(faulty("9", "3"))
    lodging.checked(number)
    assert errors(lodging, number) == [(RESULTS, 2, "9")]
    lodging.fixed(number, row=2, value="2")
    assert (state(lodging, number), errors(lodging, number)) == ("uploaded", [(RESULTS, 2, "9")])
    lodging.checked(number)
    assert state(lodging, number) == "ready"
    with tenancy.for_provider(lodging.provider.id):
        run = submissions_queries.submission(number).run
    kept = pl.read_parquet(storage.room_of(number).run(run) / "results.parquet")
    assert kept["status"].to_list() == ["2", "3"]


def test_a_wrong_fix_is_found_again(lodging):
    number = lodging.opened(faulty("9"))
    lodging.checked(number)
    lodging.fixed(number, row=2, value="8")
    lodging.checked(number)
    assert errors(lodging, number) == [(RESULTS, 2, "8")]


def test_a_fix_taken_back_leaves_the_files_own_value(lodging):
    number = lodging.opened(faulty("9"))
    lodging.checked(number)
    lodging.fixed(number, row=2, value="3")
    with tenancy.for_provider(lodging.provider.id):
        held = CellFix.objects.get()
        submissions_actions.undo_fix(number, held.pk, by=lodging.officer.id, at=build.NOW)
        with pytest.raises(NotFound):
            submissions_actions.undo_fix(number, held.pk, by=lodging.officer.id, at=build.NOW)
    lodging.checked(number)
    assert errors(lodging, number) == [(RESULTS, 2, "9")]


@pytest.mark.parametrize(("row", "column"), [(3, STATUS), (2, "Study level"), (99, STATUS), (1, STATUS)])
def test_a_cell_without_a_finding_cannot_be_fixed(lodging, row, column):
    number = lodging.opened(faulty("9", "3"))
    lodging.checked(number)
    with pytest.raises(NotFound):
        lodging.fixed(number, row=row, value="3", column=column)


def test_findings_about_older_files_cannot_be_fixed(lodging):
    number = lodging.opened(faulty("9"))
    lodging.checked(number)
    lodging.send(number, faulty("9", "9"))
    with pytest.raises(Conflict, match="Check them again"):
        lodging.fixed(number, row=2, value="3")


def test_a_fix_of_a_file_that_was_replaced_is_laid_over_nothing(lodging):
    number = lodging.opened(faulty("9"))
    lodging.checked(number)
    lodging.fixed(number, row=2, value="3")
    lodging.send(number, {RESULTS: csv_of("studentresults", [unit(1, "B1", status="7"), unit(1, "A1")])})
    lodging.checked(number)
    assert errors(lodging, number) == [(RESULTS, 2, "7")]


def alike(lodging: Lodging, number, *, old: str = "9", new: str = "3", key: str = "") -> int:
    cells = AlikeCells("V07", RESULTS, STATUS, old)
    with tenancy.for_provider(lodging.provider.id):
        return submissions_actions.fix_all_like(
            number, cells, new_value=new, by=lodging.officer.id, at=build.NOW, key=key
        )


def test_all_cells_with_one_value_are_fixed_at_once_and_only_they(lodging):
    number = lodging.opened(faulty("9", "3", "9", "8"))
    lodging.checked(number)
    assert (alike(lodging, number, key="k"), alike(lodging, number, key="k")) == (2, 0)
    lodging.checked(number)
    assert errors(lodging, number) == [(RESULTS, 5, "8")]


def test_no_cell_and_too_many_cells_are_refused(lodging, monkeypatch):
    number = lodging.opened(faulty("9", "9"))
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="No cell"):
        alike(lodging, number, old="nothing")
    assert not deciding.may_replace(deciding.LARGEST_FIX + 1).allowed
    assert deciding.may_replace(deciding.LARGEST_FIX).allowed


# Rows sent again --------------------------------------------------------------------------------------


def test_only_the_failed_rows_are_sent_again_and_the_others_stay_failed(lodging):
    number = lodging.opened(faulty("9", "3", "8", "7"))
    lodging.checked(number)
    head, first, _second, third, rest = failed_rows(lodging, number, RESULTS)
    assert rest == b""
    corrected = [head, first.replace(b",9,2016", b",1,2016"), third.replace(b",7,2016", b",2,2016"), b""]
    lodging.send(number, {SECOND: b"\r\n".join(corrected)})
    lodging.checked(number)
    assert errors(lodging, number) == [(SECOND, 4, "8")]
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        (results,) = [file for file in card.tally.files if file.kind == "studentresults"]
    assert (results.rows, results.made_of) == (4, (RESULTS, SECOND))


def test_a_second_round_works_on_what_is_left(lodging):
    number = lodging.opened(faulty("9", "8"))
    lodging.checked(number)
    head, first, _, _ = failed_rows(lodging, number, RESULTS)
    lodging.send(number, {SECOND: b"\r\n".join([head, first.replace(b",9,", b",1,"), b""])})
    lodging.checked(number)
    head, left, _ = failed_rows(lodging, number, SECOND)
    assert left.startswith(b"r3-")
    lodging.send(number, {"studentresults v3.csv": b"\r\n".join([head, left.replace(b",8,", b",1,"), b""])})
    lodging.checked(number)
    assert (errors(lodging, number), state(lodging, number)) == ([], "ready")


def test_a_fix_on_the_page_stays_with_its_row_when_rows_are_sent_again(lodging):
    number = lodging.opened(faulty("9", "8", "3"))
    lodging.checked(number)
    lodging.fixed(number, row=3, value="2")
    lodging.send(number, {SECOND: csv_of("studentresults", [unit(1, "A1", status="1"), unit(1, "NEW1")])})
    lodging.checked(number)
    assert (errors(lodging, number), state(lodging, number)) == ([], "ready")


def test_a_row_of_a_composed_file_is_fixed_where_it_came_from(lodging):
    number = lodging.opened(faulty("9", "3"))
    lodging.checked(number)
    lodging.send(number, {SECOND: csv_of("studentresults", [unit(1, "A1", status="7"), unit(1, "NEW1", status="6")])})
    lodging.checked(number)
    assert errors(lodging, number) == [(SECOND, 2, "7"), (SECOND, 4, "6")]
    for row in (2, 4):
        with tenancy.for_provider(lodging.provider.id):
            submissions_actions.fix_cell(
                number, file=SECOND, row=row, column=STATUS, value="3", by=lodging.officer.id, at=build.NOW
            )
    with tenancy.for_provider(lodging.provider.id):
        assert sorted(CellFix.objects.values_list("file", "row")) == [(SECOND, 2), (SECOND, 3)]
    lodging.checked(number)
    assert state(lodging, number) == "ready"


def test_a_file_can_be_taken_out_but_not_the_last(lodging):
    number = lodging.opened({**faulty("3"), "studentresults_v1.csv": b"x"})
    with tenancy.for_provider(lodging.provider.id):
        for row in SubmittedFile.objects.filter(name__in=["studentresults_v1.csv", RESULTS]):
            submissions_actions.remove_file(number, row.pk, by=lodging.officer.id, at=build.NOW)
        (last,) = SubmittedFile.objects.filter(current=True)
        with pytest.raises(NotAllowed, match="only file"):
            submissions_actions.remove_file(number, last.pk, by=lodging.officer.id, at=build.NOW)


# What goes --------------------------------------------------------------------------------------


def test_a_withdrawn_submission_leaves_no_student_data(lodging, django_capture_on_commit_callbacks):
    number = lodging.opened(faulty("9"))
    lodging.checked(number)
    lodging.fixed(number, row=2, value="3")
    with tenancy.for_provider(lodging.provider.id), django_capture_on_commit_callbacks(execute=True):
        submissions_actions.withdraw_submission(number, by=lodging.officer.id, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id):
        assert not CellFix.objects.exists()
        assert not SubmittedFile.objects.exists()
    assert not storage.room_of(number).root.exists()
    submissions_actions.check_submission(number, at=build.NOW)
    assert state(lodging, number) == "withdrawn"


def test_a_sealed_submission_cannot_be_withdrawn(lodging):
    number = lodging.sealed()
    with tenancy.for_provider(lodging.provider.id), pytest.raises(Conflict):
        submissions_actions.withdraw_submission(number, by=lodging.officer.id, at=build.NOW)


def test_originals_go_after_thirty_days_and_not_before(lodging):
    rows = [student(1, gender="F", phone="0400 000 000", suburb="Dickson")]
    number = lodging.opened({**lodged.clean(1), RECORDS: csv_of("studentrecords", rows), **faulty_results("9")})
    lodging.checked(number)
    lodging.fixed(number, row=2, value="3")
    lodging.checked(number)
    lodging.declared(number)
    submissions_actions.seal_submission(number, at=build.NOW)
    room = storage.room_of(number)
    assert submissions_actions.purge_originals(at=build.NOW + timedelta(days=30, seconds=-1)) == 0
    assert any(room.root.rglob("files/*"))
    assert submissions_actions.purge_originals(at=build.NOW + timedelta(days=30)) == 1
    assert submissions_actions.purge_originals(at=build.NOW + timedelta(days=31)) == 0
    left = sorted(path.name for path in room.root.rglob("*") if path.is_file())
    assert left == ["records.parquet", "results.parquet"]
    kept = pl.read_parquet(room.kept / "records.parquet")
    assert not set(LEFT_OUT) & set(kept.columns)
    assert kept["student_code"].to_list() == ["S1001"]
    with tenancy.for_provider(lodging.provider.id):
        assert [fix.value for fix in CellFix.objects.all()] == [""]
        card = submissions_queries.submission(number)
        assert (card.findings_there, len(submissions_queries.files_of(number))) == (False, 3)


def faulty_results(status: str) -> dict[str, bytes]:
    return {RESULTS: faulty(status)[RESULTS]}


def test_what_a_broken_upload_left_behind_goes_after_a_day(lodging, settings):
    number = lodging.opened(faulty("3"))
    lost = storage.room_of(uuid4())
    kept = lost.keep(io.BytesIO(b"cut off"))
    half, other = settings.UPLOADS_DIR / "tmpa1.upload", settings.UPLOADS_DIR / "README"
    half.write_bytes(b"cut off")
    other.write_text("an operator's own file")
    now = datetime.now(UTC)
    submissions_actions.purge_originals(at=now + timedelta(hours=23))
    assert lost.file(kept.sha256).is_file()
    submissions_actions.purge_originals(at=now + timedelta(hours=25))
    assert (lost.root.exists(), half.exists(), other.exists()) == (False, False, True)
    assert storage.room_of(number).root.exists()


def test_every_column_about_background_is_left_out():
    """A column that the checker keeps is either left out or is one of those that stay."""
    from testamur.submissions.layouts import load_format
    from testamur.submissions.typed import Wanted, empty_typed

    columns = set(empty_typed(load_format("teqsa").files["studentrecords"], Wanted("strict", False)).columns)
    stay = {"line", "student_code", "title", "surname", "given_name", "other_names", "single_name", "birth_date"}
    stay |= {"birth_date_placeholder", "commencement_date", "commencement_precision"}
    assert columns - set(LEFT_OUT) == stay


# Looking up --------------------------------------------------------------------------------------


def looker(lodging: Lodging, person=None) -> Looker:
    person = person or lodging.officer
    return Looker(lodging.provider.id, person.id, person.role.value)


def test_every_look_at_a_student_is_noted(lodging):
    lodging.sealed()
    with tenancy.for_provider(lodging.provider.id):
        (found,) = submissions_actions.search_students("s1001", looker=looker(lodging), at=build.NOW)
        by_name = submissions_actions.search_students("nguyenb", looker=looker(lodging), at=build.NOW)
        record = submissions_actions.look_at_student(found.student_id, looker=looker(lodging), at=build.NOW)
    assert [one.local_id for one in by_name] == ["S1002"]
    assert {one.kind.name for one in record.versions} == {"STUDENT", "UNIT_RESULT", "LODGED_DOCUMENT"}
    events = AccessEvent.objects.order_by("id").values_list("student", "action", "account")
    assert [(student, action) for student, action, _ in events] == [
        (found.student_id, "searched"), (by_name[0].student_id, "searched"), (found.student_id, "viewed")
    ]  # fmt: skip
    assert {account for *_, account in events} == {lodging.officer.id}


def test_another_providers_student_does_not_exist(lodging):
    lodging.sealed()
    other = Lodging()
    with tenancy.for_provider(lodging.provider.id):
        number = Student.objects.first().pk
    with tenancy.for_provider(other.provider.id):
        assert submissions_actions.search_students("S1001", looker=looker(other), at=build.NOW) == []
        with pytest.raises(NotFound):
            submissions_actions.look_at_student(number, looker=looker(other), at=build.NOW)
    outsider = build.member(Role.PROVIDER_DATA_OFFICER, other.provider.organisation_id)
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed):
        submissions_actions.look_at_student(number, looker=looker(lodging, outsider), at=build.NOW)
    assert not AccessEvent.objects.exists()
