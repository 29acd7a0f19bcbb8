"""Good rows are declared and sealed while rows with errors are held, listed, sent again and recognised (issue 3)."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import polars as pl
import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.log import queries as log_queries
from testamur.register import queries as register_queries
from testamur.service.synthetic.pdfs import small_pdf
from testamur.students import queries as students_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.annotate import COLUMN
from testamur.submissions.composing import MARK_HEADER
from testamur.submissions.queries import SubmissionCard
from testamur.submissions.reading import OUR_COLUMNS
from testamur.submissions.storage import room_of
from tests import build, lodged
from tests.lodged import RECORDS, RESULTS, Lodging, faulty

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def card(lodging: Lodging, number: UUID) -> SubmissionCard:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number)


def hold(lodging: Lodging, number: UUID, *, by: UUID | None = None, key: str = "") -> None:
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.hold_rows(number, by=by or lodging.officer.id, at=build.NOW, key=key)


def held(lodging: Lodging, sent: dict[str, bytes]) -> UUID:
    """Lodge files with errors, have them checked and their faulty rows held."""
    number = lodging.opened(sent)
    lodging.checked(number)
    hold(lodging, number)
    return number


def seal(lodging: Lodging, number: UUID) -> SubmissionCard:
    lodging.declared(number)
    submissions_actions.seal_submission(number, at=build.NOW)
    return card(lodging, number)


def record_of(lodging: Lodging) -> dict[str, int]:
    """Return how many versions the register holds of each of the provider's students, by their number."""
    with tenancy.for_provider(lodging.provider.id):
        found = {}
        for student_id in log_students(lodging):
            versions = register_queries.current_versions([student_id])
            found[students_queries.card(student_id).local_id] = len(versions)
        return found


def log_students(lodging: Lodging) -> list[int]:
    from django.db import connection

    from testamur.students import bulk

    with connection.cursor() as cursor:
        return bulk.known_students(cursor, lodging.provider.id)["student_id"].to_list()


def rows_in(lodging: Lodging, number: UUID, name: str) -> list[list[str]]:
    """Return the file of failed rows as a spreadsheet would read it."""
    with tenancy.for_provider(lodging.provider.id):
        content = b"".join(submissions_queries.failed_rows_file(card(lodging, number), name))
    return list(csv.reader(io.StringIO(content.decode())))


# Holding and sealing


def test_one_faulty_result_is_held_and_everything_else_is_sealed(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=2))
    found = card(lodging, number)
    assert found.state == "ready"
    assert found.held is not None
    assert (found.held.rows, found.held.with_student, found.held.pdfs, found.held.good) == (1, 0, 0, 8)
    assert found.held.under == "V07 (1)"
    before = log_queries.waiting_leaves()
    sealed = seal(lodging, number)
    assert (sealed.state, sealed.outcome["held"], sealed.declaration) == ("sealed", 1, "declaration-in-part 1")
    assert record_of(lodging) == {"S1001": 4, "S1002": 3, "S1003": 4}
    assert log_queries.waiting_leaves() - before == 11, "every sealed version leaves a leaf, and no held row does"


def test_results_and_pdfs_of_a_held_student_are_held_too_and_nobody_elses(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=2))
    found = card(lodging, number).held
    assert found is not None
    assert (found.rows, found.with_student, found.pdfs, found.good) == (1, 2, 1, 6)
    seal(lodging, number)
    assert record_of(lodging) == {"S1001": 4, "S1003": 4}


def test_a_student_whom_the_register_knows_is_held_with_the_row_that_is_wrong_now(lodging: Lodging) -> None:
    lodging.sealed({RECORDS: lodged.csv_of("studentrecords", [lodged.student(2)])})
    number = held(lodging, faulty(bad_student=2))
    found = card(lodging, number).held
    assert found is not None
    assert (found.rows, found.with_student) == (1, 2)
    seal(lodging, number)
    assert record_of(lodging) == {"S1001": 4, "S1002": 1, "S1003": 4}


def test_the_declaration_its_step_and_the_receipts_counts_say_what_is_held(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=1, bad_result=2))
    seal(lodging, number)
    with tenancy.for_provider(lodging.provider.id):
        steps = {step.verb: step.note for step in submissions_queries.steps_of(number)}
    said = "4 rows and 1 PDF held under V07 (1), V24 (1)"
    assert steps["hold"] == said
    assert steps["declare"] == f"declaration-in-part, version 1; {said}"


def test_who_held_rows_prepared_the_submission_and_cannot_declare_it(lodging: Lodging) -> None:
    number = lodging.opened(faulty(bad_result=2))
    lodging.checked(number)
    colleague = build.member(Role.PROVIDER_DATA_OFFICER, lodging.provider.organisation_id)
    hold(lodging, number, by=lodging.as_both(colleague))
    with pytest.raises(NotAllowed, match="You prepared"):
        lodging.declared(number, by=colleague.id)
    lodging.declared(number)


def test_holding_is_a_data_officers_and_asked_twice_holds_once(lodging: Lodging) -> None:
    number = lodging.opened(faulty(bad_result=2))
    lodging.checked(number)
    with pytest.raises(NotAllowed):
        hold(lodging, number, by=lodging.administrator.id)
    hold(lodging, number, key="k1")
    hold(lodging, number, key="k1")
    with tenancy.for_provider(lodging.provider.id):
        assert [step.verb for step in submissions_queries.steps_of(number)].count("hold") == 1


# Refusals


def test_nothing_is_held_without_a_check_or_without_an_error(lodging: Lodging) -> None:
    number = lodging.opened(faulty(bad_result=2))
    with pytest.raises(Conflict):
        hold(lodging, number)
    clean = lodging.opened(faulty(1))
    lodging.checked(clean)
    with pytest.raises(Conflict):
        hold(lodging, clean)


def test_a_fault_of_a_whole_file_cannot_be_held(lodging: Lodging) -> None:
    sent = faulty(bad_result=2) | {"S1001-academic transcripts.pdf": b"%PDF-1.7 cut short"}
    number = lodging.opened(sent)
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="1 error is about whole files"):
        hold(lodging, number)


def test_a_header_at_fault_is_a_whole_file(lodging: Lodging) -> None:
    sent = faulty(bad_result=2)
    sent[RECORDS] = sent[RECORDS].replace(b"Surname", b"Sirname", 1)
    number = lodging.opened(sent)
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="about whole files"):
        hold(lodging, number)


def test_where_no_good_row_is_left_nothing_is_held(lodging: Lodging) -> None:
    number = lodging.opened(faulty(1, bad_student=1))
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="No good row"):
        hold(lodging, number)


def test_a_submission_that_replaces_everything_holds_nothing_back(lodging: Lodging) -> None:
    lodging.sealed(faulty())
    number = lodging.opened(faulty(bad_result=2), replace_all=True)
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="would be withdrawn"):
        hold(lodging, number)


# A change of mind


def test_held_rows_can_be_taken_up_again_before_the_declaration(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=2))
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.stop_holding(number, by=lodging.officer.id, at=build.NOW)
        assert submissions_queries.submission(number).state == "needs_fix"
        with pytest.raises(Conflict):
            submissions_actions.stop_holding(number, by=lodging.officer.id, at=build.NOW)
    with pytest.raises(NotAllowed, match="still stand"):
        lodging.declared(number)


def test_a_fix_after_holding_ends_it_and_the_next_check_decides_anew(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=1))
    lodging.fixed(number, row=2, value="3")
    lodging.checked(number)
    found = card(lodging, number)
    assert (found.state, found.held) == ("ready", None)
    assert seal(lodging, number).declaration == "declaration 1"
    assert record_of(lodging) == {"S1001": 4, "S1002": 4, "S1003": 4}


# Coming again


def test_the_file_of_held_rows_has_those_held_with_their_student(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=2, bad_result=3))
    header, *rows = rows_in(lodging, number, RESULTS)
    assert [(row[1], "held because" in row[-1]) for row in rows] == [("S1002", True), ("S1002", True), ("S1003", False)]
    assert header[0] == "Testamur row"
    records = rows_in(lodging, number, RECORDS)[1:]
    assert [row[1] for row in records] == ["S1002"]


def corrected(lodging: Lodging, number: UUID, name: str, old: str, new: str) -> bytes:
    """Return the file of held rows with one cell corrected everywhere it stands."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([new if cell == old else cell for cell in row] for row in rows_in(lodging, number, name))
    return out.getvalue().encode()


def test_held_rows_sent_again_are_recognised_and_complete_the_first_submission(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=2))
    again = {
        "studentrecords v2.csv": corrected(lodging, number, RECORDS, "31/02/1996", "28/02/1996"),
        "studentresults v2.csv": corrected(lodging, number, RESULTS, "", ""),
        "S1002-academic transcripts.pdf": small_pdf(["Transcript 2"]),
    }
    first = seal(lodging, number)
    assert first.held is not None
    assert first.held.left == 3
    second = lodging.opened(again)
    lodging.checked(second)
    found = card(lodging, second)
    assert (found.state, found.completes) == ("ready", first.number)
    assert found.tally.warning == 0, "the columns that we asked for are nothing to warn of"
    seal(lodging, second)
    after = card(lodging, number).held
    assert after is not None
    assert (after.left, [one.number for one in after.completed]) == (0, [found.number])
    assert record_of(lodging) == {"S1001": 4, "S1002": 4, "S1003": 4}
    with tenancy.for_provider(lodging.provider.id):
        step = submissions_queries.steps_of(number)[0]
    assert (step.verb, step.note) == ("complete", f"3 of the held rows, with submission {found.number}")


def test_our_own_columns_are_known_by_the_names_that_we_give_them() -> None:
    assert (MARK_HEADER, COLUMN) == OUR_COLUMNS


def test_held_rows_that_come_again_with_their_error_complete_nothing(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=2))
    again = {"studentresults v2.csv": corrected(lodging, number, RESULTS, "", "")}
    seal(lodging, number)
    second = lodging.opened(again)
    lodging.checked(second)
    found = card(lodging, second)
    assert (found.state, found.completes) == ("needs_fix", "")


def test_marks_that_are_not_of_held_rows_complete_nothing(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=2))
    sent = corrected(lodging, number, RESULTS, "9", "3")
    mark = rows_in(lodging, number, RESULTS)[1][0].encode()
    seal(lodging, number)
    for other in (b"r2-0000", mark[:-4] + b"ffff", b"r99999-" + mark[-4:]):
        second = lodging.opened({"studentresults v2.csv": sent.replace(mark, other)})
        lodging.checked(second)
        assert card(lodging, second).completes == ""


def test_another_providers_held_rows_are_not_completed(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_result=2))
    sent = corrected(lodging, number, RESULTS, "9", "3")
    seal(lodging, number)
    other = Lodging()
    other.sealed(faulty())
    second = other.opened({"studentresults v2.csv": sent})
    other.checked(second)
    assert card(other, second).completes == ""


def test_what_stays_for_thirty_years_holds_no_held_row_and_still_recognises_them(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=2))
    again = {
        "studentrecords v2.csv": corrected(lodging, number, RECORDS, "31/02/1996", "28/02/1996"),
        "studentresults v2.csv": corrected(lodging, number, RESULTS, "", ""),
    }
    first = seal(lodging, number)
    submissions_actions.purge_originals(at=build.NOW + timedelta(days=31))
    kept = room_of(number).kept
    for name in ("records.parquet", "results.parquet"):
        assert set(pl.read_parquet(kept / name)["student_code"]) == {"S1001", "S1003"}
    assert pl.read_parquet(kept / "held-list.parquet").columns == ["kind", "row", "mark"]
    second = lodging.opened(again)
    lodging.checked(second)
    assert card(lodging, second).completes == first.number


def test_a_killed_sealing_of_a_submission_with_held_rows_is_done_whole_the_next_time(lodging: Lodging) -> None:
    number = held(lodging, faulty(bad_student=2))
    lodging.declared(number)
    for _ in range(2):
        submissions_actions.seal_submission(number, at=build.NOW)
    assert record_of(lodging) == {"S1001": 4, "S1003": 4}
    assert card(lodging, number).outcome["held"] == 3
