"""Registration, invitations, locks and repeated requests, against PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.test.utils import CaptureQueriesContext

from testamur.accounts import actions, queries
from testamur.accounts.models import Account, Invitation, SecurityEvent
from testamur.accounts.roles import OrganisationKind, Role
from testamur.accounts.rules import LockReason
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices import queries as notices_queries
from testamur.notices.models import OutgoingMail
from tests import build

pytestmark = pytest.mark.django_db
NOW = build.NOW


def kinds(account_id: UUID) -> list[str]:
    return [event.kind for event in reversed(queries.security_events_of(account_id))]


# Registration


def test_a_registration_notes_the_notice_and_waits_for_the_address() -> None:
    person = build.student_account(email="Mixed.Case@Example.org", confirmed=False)
    found = queries.find_account("mixed.case@example.ORG")
    assert found is not None
    assert (found.id, found.email, found.email_confirmed) == (person.id, "mixed.case@example.org", False)
    assert notices_queries.shown_to(person.id)["student-registration"][0] == "1"


def test_one_address_has_one_account() -> None:
    build.student_account(email="one@example.org")
    with pytest.raises(Conflict):
        build.student_account(email="ONE@example.org")


def test_the_database_refuses_an_address_in_capitals() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(email="Capital@example.org", created_at=NOW, password="x")


def test_unconfirmed_accounts_go_after_24_hours_and_others_stay() -> None:
    late = build.student_account(confirmed=False)
    confirmed = build.student_account()
    young = build.student_account(confirmed=False, at=NOW + timedelta(hours=1))
    staff = build.member(Role.SUPERVISOR)
    EmailAddress.objects.filter(user_id=staff.id).delete()
    assert actions.purge_unconfirmed(at=NOW + timedelta(hours=24)) == 1
    left = set(Account.objects.values_list("id", flat=True))
    assert late.id not in left
    assert {confirmed.id, young.id, staff.id} <= left
    assert notices_queries.shown_to(late.id) == {}
    assert kinds(late.id)[-1] == "purged_unconfirmed"
    assert actions.purge_unconfirmed(at=NOW + timedelta(hours=24, seconds=-1)) == 0


# Members


def test_an_invitation_makes_a_member_with_a_confirmed_address() -> None:
    organisation = build.organisation(name="Harbour Institute")
    person = build.member(Role.PROVIDER_DATA_OFFICER, organisation)
    (held,) = queries.memberships_of(person.id, NOW)
    assert (held.role, held.organisation_name) == (Role.PROVIDER_DATA_OFFICER, "Harbour Institute")
    account = queries.account(person.id)
    assert account.email_confirmed
    assert account.second_factor
    assert account.name == "Robin Example"
    mail = OutgoingMail.objects.get(address=person.email)
    assert mail.template == "invitation"
    assert "Robin" not in str(mail.context)


def test_the_token_itself_is_kept_nowhere_but_in_the_mail() -> None:
    organisation = build.organisation()
    invited = actions.invite_member(
        email="kim.lee@example.org",
        name="Kim Lee",
        organisation_id=organisation,
        role=Role.PROVIDER_ADMINISTRATOR,
        link_for=build.link,
        by=None,
        at=NOW,
    )
    row = Invitation.objects.get(id=invited.id)
    assert bytes(row.token_hash) == queries.token_hash(invited.token)
    assert invited.token not in str([getattr(row, field.attname) for field in row._meta.fields])


def invite(
    organisation_id: UUID | None,
    role: Role = Role.PROVIDER_DATA_OFFICER,
    email: str = "kim.lee@example.org",
    by: UUID | None = None,
    at: datetime = NOW,
    key: str = "",
) -> actions.Invited:
    assert organisation_id is not None
    return actions.invite_member(
        email=email, name="Kim", organisation_id=organisation_id, role=role, link_for=build.link, by=by, at=at, key=key
    )


def test_the_same_request_invites_once_and_its_link_stays_good() -> None:
    organisation = build.organisation()
    first = invite(organisation, key="sent twice")
    again = invite(organisation, key="sent twice")
    assert (again.id, again.token) == (first.id, "")
    assert Invitation.objects.get().revoked_at is None
    with pytest.raises(Conflict):
        invite(organisation, email="sam.lee@example.org", key="sent twice")
    assert invite(organisation, key="a new form").id != first.id


def test_a_shared_mailbox_is_no_user() -> None:
    with pytest.raises(NotAllowed) as refused:
        invite(build.organisation(), email="admin@harbour.example.org")
    assert refused.value.findings[0].rule == "CQR-19"
    assert not Invitation.objects.exists()


def test_an_invitation_is_used_once_expires_and_is_replaced_by_a_newer_one() -> None:
    organisation = build.organisation()
    first = invite(organisation)
    second = invite(organisation)
    with pytest.raises(Conflict):
        actions.accept_invitation_as_new(first.token, password=build.PASSWORD, at=NOW)
    with pytest.raises(Conflict):
        actions.accept_invitation_as_new(second.token, password=build.PASSWORD, at=NOW + timedelta(days=7))
    actions.accept_invitation_as_new(second.token, password=build.PASSWORD, at=NOW + timedelta(days=6))
    with pytest.raises(Conflict):
        actions.accept_invitation_as_new(second.token, password=build.PASSWORD, at=NOW + timedelta(days=6))
    with pytest.raises(NotFound):
        actions.accept_invitation_as_new("guessed", password=build.PASSWORD, at=NOW)
    with pytest.raises(Conflict):
        invite(organisation, at=NOW + timedelta(days=6))


def test_another_account_cannot_accept() -> None:
    invited = invite(build.organisation())
    other = build.student_account()
    with pytest.raises(NotAllowed):
        actions.accept_invitation(invited.token, by=other.id, at=NOW)
    assert queries.memberships_of(other.id, NOW) == ()


def test_an_existing_account_accepts_for_itself() -> None:
    organisation = build.organisation()
    person = build.student_account(email="kim.lee@example.org")
    invited = invite(organisation)
    with pytest.raises(Conflict):
        actions.accept_invitation_as_new(invited.token, password=build.PASSWORD, at=NOW)
    actions.accept_invitation(invited.token, by=person.id, at=NOW)
    assert [held.organisation_id for held in queries.memberships_of(person.id, NOW)] == [organisation]


def test_who_may_invite() -> None:
    ours, theirs = build.organisation(), build.organisation()
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, ours)
    data_officer = build.member(Role.PROVIDER_DATA_OFFICER, ours)
    officer = build.member(Role.SECRETARIAT_OFFICER)
    assert invite(ours, by=administrator.id, email="a.one@example.org")
    assert invite(theirs, by=officer.id, email="b.two@example.org")
    with pytest.raises(NotAllowed):
        invite(theirs, by=administrator.id)
    with pytest.raises(NotAllowed):
        invite(ours, by=data_officer.id)
    with pytest.raises(NotAllowed):
        invite(ours, by=build.student_account().id)
    with pytest.raises(NotAllowed):
        invite(officer.organisation_id, role=Role.SUPERVISOR, by=officer.id)
    with pytest.raises(NotAllowed):
        invite(ours, role=Role.SUPERVISOR)


def test_a_removed_member_is_none_at_once_and_may_return_the_same_day() -> None:
    person = build.member(Role.PROVIDER_DATA_OFFICER)
    actions.remove_member(person.membership_id, by=None, at=NOW)
    assert queries.memberships_of(person.id, NOW) == ()
    assert queries.members_of(person.organisation_id, NOW) == ()
    actions.remove_member(person.membership_id, by=None, at=NOW + timedelta(days=1))
    invited = invite(person.organisation_id, email=person.email)
    actions.accept_invitation(invited.token, by=person.id, at=NOW)
    assert len(queries.memberships_of(person.id, NOW)) == 1


def test_a_membership_ends_by_the_day_of_its_own_zone() -> None:
    perth = build.organisation(zone="Australia/Perth")
    person = build.member(Role.PROVIDER_DATA_OFFICER, perth)
    # 17:00 UTC is the next day in Perth, and the day after that in no Australian zone yet.
    moment = NOW.replace(hour=17)
    actions.remove_member(person.membership_id, by=None, at=moment)
    assert queries.memberships_of(person.id, moment - timedelta(hours=2)) != ()
    assert queries.memberships_of(person.id, moment) == ()


# Locks


def test_a_locked_account_loses_its_password_and_opens_only_with_a_new_identity_check() -> None:
    person = build.student_account()
    officer = build.member(Role.SECRETARIAT_OFFICER)
    stranger = build.member(Role.PROVIDER_ADMINISTRATOR)
    before = Account.objects.get(id=person.id).get_session_auth_hash()
    with pytest.raises(NotAllowed):
        actions.lock_account(person.id, reason=LockReason.CONFIRMED_USE_BY_ANOTHER, by=stranger.id, at=NOW)
    actions.lock_account(person.id, reason=LockReason.CONFIRMED_USE_BY_ANOTHER, by=officer.id, at=NOW)
    actions.lock_account(person.id, reason=LockReason.CONFIRMED_USE_BY_ANOTHER, by=officer.id, at=NOW)
    locked = Account.objects.get(id=person.id)
    assert not locked.is_active
    assert not locked.has_usable_password()
    assert locked.get_session_auth_hash() != before
    for by, check in ((officer.id, " "), (stranger.id, "case 12"), (person.id, "case 12")):
        with pytest.raises(NotAllowed):
            actions.unlock_account(person.id, identity_check=check, by=by, at=NOW)
    actions.unlock_account(person.id, identity_check="case 12", by=officer.id, at=NOW)
    assert queries.account(person.id).active
    assert kinds(person.id)[2:] == ["locked", *["unlock_refused"] * 3, "unlocked"]
    with pytest.raises(Conflict):
        actions.unlock_account(person.id, identity_check="case 12", by=officer.id, at=NOW)


def test_an_officer_does_not_open_the_account_of_a_supervisor() -> None:
    officer, supervisor, other = (
        build.member(role) for role in (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.SUPERVISOR)
    )
    actions.lock_account(supervisor.id, reason=LockReason.REPORTED_BY_PERSON, by=supervisor.id, at=NOW)
    with pytest.raises(NotAllowed, match="Only a supervisor"):
        actions.unlock_account(supervisor.id, identity_check="case 12", by=officer.id, at=NOW)
    assert not queries.account(supervisor.id).active
    actions.unlock_account(supervisor.id, identity_check="case 12", by=other.id, at=NOW)
    assert queries.account(supervisor.id).active


def test_the_person_may_lock_their_own_account() -> None:
    person = build.student_account()
    actions.lock_account(person.id, reason=LockReason.REPORTED_BY_PERSON, by=person.id, at=NOW)
    assert queries.account(person.id).locked_at == NOW
    told = OutgoingMail.objects.filter(address=person.email, template="security_notice")
    assert [mail.context for mail in told] == [{"event": "account_locked"}]


def test_a_partner_who_asks_for_a_reset_is_refused_and_noted() -> None:
    person = build.student_account()
    officer = build.member(Role.SECRETARIAT_OFFICER)
    actions.refuse_third_party(person.id, by=officer.id, at=NOW)
    assert kinds(person.id)[-1] == "third_party_refused"
    assert queries.account(person.id).active


def test_security_events_are_permanent_in_the_database() -> None:
    person = build.student_account()
    for statement in ("UPDATE accounts_securityevent SET kind = 'x'", "DELETE FROM accounts_securityevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert SecurityEvent.objects.filter(account_id=person.id).exists()


# Repeated requests


def test_the_second_time_gives_the_first_answer() -> None:
    someone = uuid4()
    same: dict[str, Any] = {
        "account_id": someone,
        "key": "k1",
        "purpose": "apply",
        "digest": actions.digest_of({"a": 1}),
        "at": NOW,
    }
    assert actions.once(**same) is None
    actions.remember_once(account_id=someone, key="k1", purpose="apply", result="7KQ2")
    assert actions.once(**same) == "7KQ2"
    assert actions.once(**{**same, "purpose": "withdraw"}) is None
    assert actions.once(**{**same, "account_id": uuid4()}) is None
    with pytest.raises(Conflict):
        actions.once(**{**same, "digest": actions.digest_of({"a": 2})})


def test_a_key_without_an_account_is_one_key_too() -> None:
    same: dict[str, Any] = {"account_id": None, "key": "k1", "purpose": "load", "digest": "d", "at": NOW}
    assert actions.once(**same) is None
    assert actions.once(**same) == ""


def test_a_failed_first_time_leaves_the_key_free() -> None:
    same: dict[str, Any] = {"account_id": None, "key": "k2", "purpose": "load", "digest": "d", "at": NOW}
    savepoint = transaction.savepoint()
    assert actions.once(**same) is None
    transaction.savepoint_rollback(savepoint)
    assert actions.once(**same) is None


def test_organisations_need_a_real_zone() -> None:
    with pytest.raises(Exception, match="Nowhere"):
        actions.register_organisation(OrganisationKind.PROVIDER, name="X", zone="Australia/Nowhere")


def test_every_locked_account_is_listed_with_its_roles_the_longest_locked_first() -> None:
    members = [build.member(Role.PROVIDER_DATA_OFFICER) for _ in range(2)]
    student = build.student_account()
    for person, hours in ((members[0], 2), (student, 3), (members[1], 1)):
        at = NOW - timedelta(hours=hours)
        actions.lock_account(person.id, reason=LockReason.ADMITTED_BY_USER, by=person.id, at=at)
    build.student_account()
    with CaptureQueriesContext(connection) as asked:
        found = queries.locked_accounts(NOW)
    assert [one.id for one in found] == [student.id, members[0].id, members[1].id]
    assert found[0].locked_at == NOW - timedelta(hours=3)
    assert [[role for role, _ in one.roles] for one in found] == [[], *[[Role.PROVIDER_DATA_OFFICER]] * 2]
    assert len(asked) == 2
