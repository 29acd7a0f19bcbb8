"""A nil return takes two people and leaves a leaf, records lodged later supersede it, and each reminder goes out once."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.log.claims import Check
from testamur.log.commitment import LeafPlace
from testamur.notices.models import OutgoingMail
from testamur.submissions.actions import reminding, returning
from testamur.submissions.models import NilReturn
from testamur.submissions.queries import due
from testamur.submissions.years import Standing
from tests import build, providing

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)
JUNE = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
JULY = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)


class School:
    """A vocational provider with its two people and its registration."""

    def __init__(self) -> None:
        self.provider = build.provider(sector="vet")
        self.officer = build.member(Role.PROVIDER_DATA_OFFICER, self.provider.organisation_id, at=JUNE)
        self.administrator = build.member(Role.PROVIDER_ADMINISTRATOR, self.provider.organisation_id, at=JUNE)
        self.registration = providing.registration_of(self.provider.id)

    def filed(self, *, first: date = FIRST, at: datetime = JULY, by: UUID | None = None, key: str = "") -> UUID:
        with tenancy.for_provider(self.provider.id):
            return returning.file_nil_return(
                self.provider.id, self.registration, first, by=by or self.officer.id, at=at, key=key
            )

    def declared(self, nil_id: UUID, *, by: UUID | None = None, at: datetime = JULY) -> None:
        with tenancy.for_provider(self.provider.id):
            returning.declare_nil_return(nil_id, by=by or self.administrator.id, at=at)

    def standing(self, *, at: datetime = JULY) -> Standing:
        (found,) = [one for one in due.periods_of(self.provider.id, at=at) if one.window.since == FIRST]
        return found.standing

    def card(self, nil_id: UUID) -> due.NilCard:
        with tenancy.for_provider(self.provider.id):
            return due.nil_return(nil_id)

    def lodged(self, since: date, until: date, *, sealed: date) -> int:
        with tenancy.for_provider(self.provider.id):
            return returning.supersede_nil_returns(
                self.provider.id, submission_id=build.OPERATOR, format="avetmiss8", period=(since, until),
                sealed=sealed, at=JULY,
            )  # fmt: skip


def record_check() -> Check:
    """Return what an audit says of the leaves of the record."""
    with tenancy.for_register():
        checks = log_queries.verify_everything(returning.recomputed_leaves())
    return next(check for check in checks if check.name == "record")


@pytest.fixture
def school() -> School:
    return School()


def test_a_nil_return_answers_for_its_window_once_a_second_person_declared_it(school: School) -> None:
    nil_id = school.filed()
    assert school.standing() is Standing.DUE_SOON
    with pytest.raises(NotAllowed, match="no role"):
        school.declared(nil_id, by=school.officer.id)
    school.declared(nil_id)
    assert school.standing() is Standing.NIL

    card = school.card(nil_id)
    assert card.leaf is not None
    assert card.declaration == "nil-return 1"
    assert log_queries.leaf_at(LeafPlace(*card.leaf)) == returning.leaf_of(card)
    log_actions.seal(at=JULY)
    assert log_queries.proof_of(LeafPlace(*card.leaf)) is not None
    assert record_check().ok


def test_a_person_with_both_roles_does_not_declare_what_they_filed(school: School) -> None:
    from testamur.accounts import actions as accounts_actions

    invited = accounts_actions.invite_member(
        email=school.officer.email, name="Robin Example", organisation_id=school.provider.organisation_id,
        role=Role.PROVIDER_ADMINISTRATOR, link_for=build.link, by=None, at=build.NOW,
    )  # fmt: skip
    accounts_actions.accept_invitation(invited.token, by=school.officer.id, at=build.NOW)
    nil_id = school.filed()
    with pytest.raises(NotAllowed, match="You filed this nil return"):
        school.declared(nil_id, by=school.officer.id)
    assert school.card(nil_id).leaf is None


def test_a_planted_change_of_a_declared_nil_return_is_named(school: School) -> None:
    nil_id = school.filed()
    school.declared(nil_id)
    with tenancy.for_register():
        NilReturn.objects.filter(pk=nil_id).update(period_until=date(2027, 1, 1))
    found = record_check()
    assert not found.ok
    assert f"number={school.card(nil_id).number}: is not what its leaf says" in found.detail


def test_a_declared_nil_return_that_is_taken_away_is_noticed(school: School) -> None:
    nil_id = school.filed()
    school.declared(nil_id)
    assert record_check().ok
    with tenancy.for_register():
        NilReturn.objects.filter(pk=nil_id).delete()
    found = record_check()
    assert not found.ok
    assert "the record has no row for this leaf" in found.detail


def test_a_window_that_is_not_over_and_one_that_does_not_exist_are_refused(school: School) -> None:
    with pytest.raises(NotAllowed, match="not over yet"):
        school.filed(first=date(2026, 7, 1))
    with pytest.raises(NotFound):
        school.filed(first=date(2026, 2, 1))
    with pytest.raises(NotAllowed, match="no role"):
        school.filed(by=school.administrator.id)


def test_a_window_ends_on_the_providers_own_day(school: School) -> None:
    # 30 June 23:30 in Sydney, then half an hour into July there; in UTC both are 30 June.
    with pytest.raises(NotAllowed, match="not over yet"):
        school.filed(at=datetime(2026, 6, 30, 13, 30, tzinfo=UTC))
    assert school.filed(at=datetime(2026, 6, 30, 14, 30, tzinfo=UTC))


def test_the_same_request_twice_files_once(school: School) -> None:
    assert school.filed(key="k1") == school.filed(key="k1") == school.filed()
    assert len(due.nil_returns_of(school.provider.id)) == 1


def test_records_lodged_later_supersede_it_and_those_of_another_time_do_not(school: School) -> None:
    nil_id = school.filed()
    school.declared(nil_id)
    assert school.lodged(date(2025, 1, 1), date(2026, 1, 1), sealed=date(2026, 7, 3)) == 0
    assert school.lodged(date(2026, 1, 1), date(2027, 1, 1), sealed=date(2026, 6, 30)) == 0
    assert school.lodged(date(2026, 1, 1), date(2027, 1, 1), sealed=date(2026, 7, 3)) == 1
    card = school.card(nil_id)
    assert (card.state, card.superseded_by) == ("superseded", build.OPERATOR)
    assert school.standing() is Standing.DUE_SOON
    assert record_check().ok
    assert school.lodged(date(2026, 1, 1), date(2027, 1, 1), sealed=date(2026, 7, 3)) == 0


def test_one_that_is_not_declared_is_taken_back_and_a_declared_one_is_not(school: School) -> None:
    nil_id = school.filed()
    with tenancy.for_provider(school.provider.id):
        returning.withdraw_nil_return(nil_id, by=school.officer.id, at=JULY)
    again = school.filed()
    assert again != nil_id
    school.declared(again)
    with tenancy.for_provider(school.provider.id), pytest.raises(Conflict):
        returning.withdraw_nil_return(again, by=school.officer.id, at=JULY)


def test_another_provider_sees_no_nil_return(school: School) -> None:
    nil_id = school.filed()
    other = School()
    with tenancy.for_provider(other.provider.id), pytest.raises(NotFound):
        returning.declare_nil_return(nil_id, by=other.administrator.id, at=JULY)


def test_reminders_go_out_once_each_to_everybody_who_acts(school: School) -> None:
    days = {
        datetime(2026, 6, 30, 2, tzinfo=UTC): 0,
        datetime(2026, 7, 1, 2, tzinfo=UTC): 2,
        datetime(2026, 7, 2, 2, tzinfo=UTC): 0,
        datetime(2026, 7, 24, 2, tzinfo=UTC): 2,
        datetime(2026, 7, 31, 13, tzinfo=UTC): 0,
        datetime(2026, 7, 31, 15, tzinfo=UTC): 2,  # 1 August in Sydney
        datetime(2026, 8, 1, 15, tzinfo=UTC): 0,
    }
    OutgoingMail.objects.all().delete()
    assert {at: reminding.remind_returns(at=at) for at in days} == days
    mails = OutgoingMail.objects.order_by("queued_at")
    assert [mail.template for mail in mails] == ["return_due"] * 4 + ["return_overdue"] * 2
    assert {mail.context["due_on"] for mail in mails} == {"31 July 2026"}
    assert {mail.address for mail in mails} == {school.officer.email, school.administrator.email}


def test_nobody_is_reminded_of_what_was_answered_and_a_provider_without_people_waits(school: School) -> None:
    school.declared(school.filed())
    empty = build.provider(sector="vet")
    assert reminding.remind_returns(at=JULY) == 0
    build.member(Role.PROVIDER_DATA_OFFICER, empty.organisation_id)
    assert reminding.remind_returns(at=JULY) == 1


def test_the_overdue_of_all_providers_are_listed_the_oldest_first_and_ended_ones_are_not(school: School) -> None:
    build.provider(sector="vet", closed=True)
    build.provider(sector="he")  # TEQSA asks for nothing while a provider operates
    august = datetime(2026, 8, 3, 2, tzinfo=UTC)
    (found,) = due.periods_wanted(at=august)
    assert (found.registration.provider_id, found.standing) == (school.provider.id, Standing.OVERDUE)
    assert found.days_left == -3


def test_reminders_are_never_changed_or_removed(school: School) -> None:
    from django.db import DatabaseError

    reminding.remind_returns(at=JULY)
    for statement in ("DELETE FROM submissions_returnreminder", "UPDATE submissions_returnreminder SET people = 9"):
        with pytest.raises(DatabaseError), tenancy.for_register(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_sealing_supersedes_the_nil_return_that_it_proves_wrong() -> None:
    from tests.lodged import RECORDS, RESULTS, Lodging, csv_of, student, unit

    lodging = Lodging()
    registration = providing.registration_of(lodging.provider.id)
    with tenancy.for_provider(lodging.provider.id):
        ids = [
            returning.file_nil_return(lodging.provider.id, registration, first, by=lodging.officer.id, at=build.NOW)
            for first in (date(2015, 7, 1), date(2016, 1, 1))
        ]
        for nil_id in ids:
            returning.declare_nil_return(nil_id, by=lodging.administrator.id, at=build.NOW)
    number = lodging.sealed(
        {RECORDS: csv_of("studentrecords", [student()]), RESULTS: csv_of("studentresults", [unit()])}
    )
    with tenancy.for_provider(lodging.provider.id):
        earlier, proved_wrong = (due.nil_return(nil_id) for nil_id in ids)
    assert (earlier.state, earlier.superseded_by) == ("declared", None)
    assert (proved_wrong.state, proved_wrong.superseded_by) == ("superseded", number)
    found = {one.window.since: one for one in due.periods_of(lodging.provider.id, at=build.NOW)}
    assert all(one.standing is Standing.NOT_ASKED for one in found.values())  # TEQSA asks for nothing meanwhile
    (held,) = due.lodged_of(lodging.provider.id)
    assert (held.since, held.until, held.sector) == (date(2016, 1, 1), date(2017, 1, 1), "he")
