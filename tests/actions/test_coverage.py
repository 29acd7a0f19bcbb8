"""The coverage map of a provider that really lodged: by half-years, by format, after nil returns, before and after its end."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from testamur.accounts.roles import Role
from testamur.extracts import queries as extracts_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.register import actions as register_actions
from testamur.submissions import actions as submissions_actions
from testamur.submissions.actions import returning
from testamur.submissions.coverage import Coverage, Status
from testamur.submissions.queries import due
from testamur.submissions.queries.coverage import coverage_of
from tests import applying, build, providing, recording
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db

CQR = b"""[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2015\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2015\tP-0002\tVietnamese\tCHCCHILD3A
"""
LATER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


def lodged(lodging: Lodging) -> UUID:
    """Lead the file to its sealing; ASQA's providers wait for a supervisor."""
    number = lodging.opened({"cqr.txt": CQR}, format="cqr2")
    lodging.checked(number)
    lodging.declared(number)
    supervisor = build.member(Role.SUPERVISOR)
    submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    return number


def answers(held: Coverage) -> dict[date, Status]:
    return {window.since: held.answer(window) for window in held.windows}


def test_a_half_years_file_is_held_for_its_half_and_the_other_half_is_not() -> None:
    lodging = Lodging(sector="vet")
    lodged(lodging)
    found = answers(coverage_of(lodging.provider.id, at=build.NOW))
    assert found[date(2015, 1, 1)] is Status.HELD
    assert found[date(2015, 7, 1)] is Status.NOT_ASKED
    (line,) = coverage_of(lodging.provider.id, at=build.NOW).lines
    assert (line.regulator, line.format) == ("ASQA", "cqr2")
    (cell,) = [cell for cell in line.cells if cell.status is Status.HELD]
    assert (cell.submissions, cell.sealed) == (1, build.NOW.date())


def test_a_file_of_the_first_half_leaves_a_nil_return_of_the_second_alone() -> None:
    lodging = Lodging(sector="vet")
    registration = providing.registration_of(lodging.provider.id)
    with tenancy.for_provider(lodging.provider.id):
        nil_id = returning.file_nil_return(
            lodging.provider.id, registration, date(2015, 7, 1), by=lodging.officer.id, at=build.NOW
        )
        returning.declare_nil_return(nil_id, by=lodging.administrator.id, at=build.NOW)
    lodged(lodging)
    with tenancy.for_provider(lodging.provider.id):
        assert due.nil_return(nil_id).state == "declared"
    assert answers(coverage_of(lodging.provider.id, at=build.NOW))[date(2015, 7, 1)] is Status.NIL


def test_what_an_operating_provider_missed_is_never_received_once_it_was_due() -> None:
    provider = build.provider(sector="vet")
    first = date(2026, 1, 1)
    assert answers(coverage_of(provider.id, at=datetime(2026, 6, 1, tzinfo=UTC)))[first] is Status.NOT_DUE
    assert answers(coverage_of(provider.id, at=datetime(2026, 7, 31, tzinfo=UTC)))[first] is Status.NOT_DUE
    held = coverage_of(provider.id, at=LATER)
    assert answers(held)[first] is Status.NEVER
    assert [window.since for window in held.missing] == [first]


def test_a_closure_asks_for_the_whole_registration_from_thirty_days_after_the_end() -> None:
    made = providing.closed("Planted College", sector="vet", since=date(2023, 1, 1), ceased_on=date(2025, 3, 1))
    before = coverage_of(made.id, at=datetime(2025, 3, 31, 2, 0, tzinfo=UTC))
    assert not before.missing
    after = coverage_of(made.id, at=datetime(2025, 4, 1, 2, 0, tzinfo=UTC))
    assert set(answers(after).values()) == {Status.NEVER}
    assert after.missing[-1].label == "January to June 2025"


def test_an_unknown_provider_has_no_map() -> None:
    with pytest.raises(NotFound):
        coverage_of(999_999, at=build.NOW)


def test_a_claim_for_years_of_which_nothing_is_held_is_answered_not_held(tmp_path) -> None:
    provider = build.provider(closed=True)
    made = recording.bundle(tmp_path, provider.id, records=[recording.student("S1")], results=[recording.course("S1")])
    years = (date(2012, 1, 1), date(2015, 1, 1))
    register_actions.record_submission(made, by=recording.DECLARER, at=recording.AT, on=recording.ON, period=years)
    person = applying.applicant()
    number = applying.applied(person, provider, attended_from=2016, attended_until=2016)
    beside = applying.applied(person, provider, attended_from=2014, attended_until=2016)
    with tenancy.for_register():
        assert extracts_queries.request(number).state == "not_held"
        assert extracts_queries.request(beside).state != "not_held"
