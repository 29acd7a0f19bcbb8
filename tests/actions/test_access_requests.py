"""Requests for access (CQR-19): confirmed from the mailbox, decided by who may, approved by two where two are asked for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from testamur.accounts import access, actions, queries
from testamur.accounts.models import AccessRequest, Invitation
from testamur.accounts.roles import OrganisationKind, Role
from testamur.accounts.rules import LockReason
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices.models import OutgoingMail
from tests import applying, build
from tests.build import NOW, Person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = "robin.example@wattle.example.org"
QUEUE = "http://localhost:8000/provider/access/"
OFFICER, ADMINISTRATOR = Role.PROVIDER_DATA_OFFICER, Role.PROVIDER_ADMINISTRATOR


def link(token: str) -> str:
    return f"http://localhost:8000/access/request/{token}/"


@pytest.fixture
def provider() -> build.Provider:
    return build.provider(name="Wattle Training Pty Ltd")


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


def mails(template: str = "access_request_confirm", address: str = "") -> list[OutgoingMail]:
    found = OutgoingMail.objects.filter(template=template).order_by("queued_at")
    return list(found.filter(address=address) if address else found)


def asked(provider: build.Provider, at: datetime = NOW, **said: Any) -> str:
    """Ask, and return the secret of the link in the latest mail."""
    form: dict[str, Any] = {"name": "Robin Example", "email": ADDRESS, "role": OFFICER, "reason": "I send our results."}
    actions.request_access(organisation_id=provider.organisation_id, link_for=link, at=at, **(form | said))
    latest = mails()
    return latest[-1].context["link"].split("/")[-2] if latest else ""


def confirmed(provider: build.Provider, at: datetime = NOW, **said: Any) -> UUID:
    token = asked(provider, at, **said)
    actions.confirm_request(token, queue_link=QUEUE, at=at)
    found = access.request_of(token, at)
    assert found is not None
    return found.id


def state(request_id: UUID) -> str:
    return access.access_request(request_id, NOW).state


def administrator(provider: build.Provider) -> Person:
    return build.member(ADMINISTRATOR, provider.organisation_id)


# Asking


def test_nobody_sees_a_request_before_its_address_is_confirmed(provider: build.Provider) -> None:
    token = asked(provider)
    found = access.request_of(token, NOW)
    assert found is not None
    assert found.state == "requested"
    assert access.requests_waiting(NOW) == []
    with pytest.raises(NotFound):
        access.access_request(found.id, NOW)
    actions.confirm_request(token, queue_link=QUEUE, at=NOW)
    assert [one.id for one in access.requests_waiting(NOW)] == [found.id]
    assert access.request_of(token[:-1] + "-", NOW) is None


def test_the_link_is_kept_nowhere_but_in_the_mail(provider: build.Provider) -> None:
    token = asked(provider)
    row = AccessRequest.objects.get()
    assert bytes(row.token_hash) == queries.token_hash(token)
    assert not [name for name, value in vars(row).items() if token in str(value)]


@pytest.mark.parametrize(
    "email", ["info@wattle.example.org", "reception@x.example.org", "student-records@x.example.org"]
)
def test_a_shared_mailbox_is_refused_with_what_to_do(provider: build.Provider, email: str) -> None:
    with pytest.raises(NotAllowed, match="one named person") as refused:
        asked(provider, email=email)
    assert refused.value.findings[0].rule == "CQR-19"
    assert "own work e-mail address" in refused.value.findings[0].fix
    assert not AccessRequest.objects.exists()


def test_an_address_with_an_account_is_answered_as_one_without(provider: build.Provider) -> None:
    build.member(OFFICER, provider.organisation_id, email="known@wattle.example.org")
    before = OutgoingMail.objects.count()
    for email in ("known@wattle.example.org", "unknown@wattle.example.org"):
        asked(provider, email=email)
    assert OutgoingMail.objects.count() == before + 2
    assert {one.account_id for one in mails()} == {None}
    rows = AccessRequest.objects.values_list("state", "mails", "name", "reason").distinct()
    assert len(rows) == 1


def test_who_holds_the_role_already_learns_it_from_the_mailbox_only(provider: build.Provider) -> None:
    build.member(OFFICER, provider.organisation_id, email=ADDRESS)
    token = asked(provider)
    with pytest.raises(Conflict, match="hold this role already"):
        actions.confirm_request(token, queue_link=QUEUE, at=NOW)


def test_the_same_request_again_is_one_and_does_not_fill_a_mailbox(provider: build.Provider) -> None:
    first = asked(provider)
    assert asked(provider, NOW + timedelta(minutes=9)) == first
    assert len(mails()) == 1
    second = asked(provider, NOW + timedelta(minutes=11), reason="Another reason")
    assert access.request_of(first, NOW) is None
    found = access.request_of(second, NOW)
    assert found is not None
    assert found.reason == "Another reason"
    for hours in range(1, 9):
        asked(provider, NOW + timedelta(hours=hours))
    assert len(mails()) == 3
    assert AccessRequest.objects.count() == 1


def test_a_sixth_request_of_one_address_within_a_day_is_not_kept(provider: build.Provider) -> None:
    for _ in range(7):
        asked(build.provider())
    assert AccessRequest.objects.count() == 5
    assert len(mails()) == 5
    asked(provider, NOW + DAY)
    assert AccessRequest.objects.count() == 6


def test_what_was_confirmed_is_changed_by_nobody_else(provider: build.Provider) -> None:
    request_id = confirmed(provider)
    asked(provider, NOW + timedelta(hours=1), name="Somebody Else", reason="Let me in")
    found = access.access_request(request_id, NOW)
    assert (found.name, found.reason, found.state) == ("Robin Example", "I send our results.", "email_confirmed")


def test_only_a_provider_and_its_roles_can_be_asked_for(provider: build.Provider) -> None:
    for wrong in ({"role": Role.SUPERVISOR}, {"role": Role.STUDENT}):
        with pytest.raises(NotFound):
            asked(provider, **wrong)
    regulator = build.Provider(0, build.organisation(OrganisationKind.REGULATOR))
    with pytest.raises(NotFound):
        asked(regulator)


def test_the_database_refuses_a_second_open_request_and_a_decision_without_confirmation(
    provider: build.Provider,
) -> None:
    asked(provider)
    row = AccessRequest.objects.get()
    for changed in (
        {"state": "approved", "ended_at": NOW},
        {"state": "declined"},
        {"email": "Capital@example.org"},
        {"role": "supervisor"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessRequest.objects.filter(pk=row.pk).update(**changed)
    row.pk, row.token_hash = UUID(int=1), b"other"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# Deciding


def test_the_providers_administrator_approves_and_the_person_is_invited(provider: build.Provider) -> None:
    decider = administrator(provider)
    request_id = confirmed(provider)
    (told,) = mails("access_request_waiting")
    assert (told.address, told.context) == (decider.email, {"link": QUEUE})
    before = Invitation.objects.count()
    for _ in range(2):  # a form sent twice
        actions.approve_access(request_id, link_for=build.link, by=decider.id, at=NOW)
    assert state(request_id) == "approved"
    assert Invitation.objects.count() == before + 1
    (invitation,) = mails("invitation", ADDRESS)
    token = invitation.context["link"].split("/")[-2]
    account_id = actions.accept_invitation_as_new(token, password=build.PASSWORD, at=NOW)
    (held,) = queries.memberships_of(account_id, NOW)
    assert (held.role, held.organisation_id) == (OFFICER, provider.organisation_id)
    (event, *_) = queries.security_events_of(decider.id)
    assert (event.kind, event.detail) == ("access_approved", str(request_id))


def test_another_providers_people_and_officers_of_the_same_decide_nothing(provider: build.Provider) -> None:
    request_id = confirmed(provider)
    for outsider in (
        administrator(build.provider()),
        build.member(OFFICER, provider.organisation_id),
        build.member(Role.AUDITOR),
        build.student_account(),
    ):
        with pytest.raises(NotAllowed):
            actions.approve_access(request_id, link_for=build.link, by=outsider.id, at=NOW)
        with pytest.raises(NotAllowed):
            actions.decline_access(request_id, reason="no", by=outsider.id, at=NOW)
    assert state(request_id) == "email_confirmed"


def test_the_secretariat_waits_ten_days_where_there_is_an_administrator(
    provider: build.Provider, staff: applying.Secretariat
) -> None:
    administrator(provider)
    request_id = confirmed(provider)
    with pytest.raises(NotAllowed, match="10 days"):
        actions.approve_access(request_id, link_for=build.link, by=staff.officer.id, at=NOW + 10 * DAY - DAY / 24)
    actions.approve_access(request_id, link_for=build.link, by=staff.officer.id, at=NOW + 10 * DAY)
    assert state(request_id) == "approved"


def test_an_administrator_who_left_or_is_locked_decides_no_more(
    provider: build.Provider, staff: applying.Secretariat
) -> None:
    decider = administrator(provider)
    request_id = confirmed(provider)
    assert access.access_request(request_id, NOW).has_administrator
    actions.lock_account(decider.id, reason=LockReason.REPORTED_BY_PERSON, by=decider.id, at=NOW)
    assert not access.access_request(request_id, NOW).has_administrator
    actions.approve_access(request_id, link_for=build.link, by=staff.officer.id, at=NOW)


def test_a_first_administrator_takes_an_officer_and_a_supervisor(
    provider: build.Provider, staff: applying.Secretariat
) -> None:
    request_id = confirmed(provider, role=ADMINISTRATOR)
    for alone in (staff.officer, staff.supervisor):
        with pytest.raises(NotAllowed, match="proposed by one person"):
            actions.approve_access(request_id, link_for=build.link, by=alone.id, at=NOW)
    actions.propose_access(request_id, by=staff.supervisor.id, at=NOW)
    with pytest.raises(Conflict):
        actions.propose_access(request_id, by=staff.officer.id, at=NOW)
    for wrong in (staff.supervisor, staff.officer):
        with pytest.raises(NotAllowed, match="proposed by one person"):
            actions.approve_access(request_id, link_for=build.link, by=wrong.id, at=NOW)
    actions.approve_access(request_id, link_for=build.link, by=staff.supervisor_two.id, at=NOW)
    assert state(request_id) == "approved"
    assert queries.security_events_of(staff.supervisor.id)[0].kind == "access_proposed"


def test_a_data_officer_needs_no_proposal(provider: build.Provider, staff: applying.Secretariat) -> None:
    request_id = confirmed(provider)
    with pytest.raises(NotAllowed, match="no proposal"):
        actions.propose_access(request_id, by=staff.officer.id, at=NOW)


def test_nobody_decides_about_themselves(provider: build.Provider) -> None:
    decider = build.member(ADMINISTRATOR, provider.organisation_id, email=ADDRESS)
    request_id = confirmed(provider)
    with pytest.raises(NotAllowed, match="own request"):
        actions.approve_access(request_id, link_for=build.link, by=decider.id, at=NOW)


def test_a_declined_request_says_why_on_the_page_and_not_in_the_mail(provider: build.Provider) -> None:
    decider = administrator(provider)
    token = asked(provider)
    actions.confirm_request(token, queue_link=QUEUE, at=NOW)
    (waiting,) = access.requests_waiting(NOW)
    with pytest.raises(NotAllowed, match="reason"):
        actions.decline_access(waiting.id, reason="  ", by=decider.id, at=NOW)
    actions.decline_access(waiting.id, reason="We do not know you.", by=decider.id, at=NOW)
    actions.decline_access(waiting.id, reason="Again", by=decider.id, at=NOW)
    found = access.request_of(token, NOW)
    assert found is not None
    assert (found.state, found.note) == ("declined", "We do not know you.")
    (mail,) = mails("access_request_declined")
    assert mail.context == {"organisation_name": "Wattle Training Pty Ltd"}
    with pytest.raises(Conflict):
        actions.approve_access(waiting.id, link_for=build.link, by=decider.id, at=NOW)
    with pytest.raises(Conflict):
        actions.withdraw_request(token, at=NOW)


def test_the_person_takes_a_request_back(provider: build.Provider) -> None:
    token = asked(provider)
    actions.confirm_request(token, queue_link=QUEUE, at=NOW)
    for _ in range(2):
        actions.withdraw_request(token, at=NOW)
    assert access.requests_waiting(NOW) == []
    with pytest.raises(Conflict):
        actions.confirm_request(token, queue_link=QUEUE, at=NOW)


# What stays


def test_stale_requests_expire_and_go(provider: build.Provider) -> None:
    asked(provider, email="never.confirmed@example.org")
    request_id = confirmed(provider)
    assert actions.purge_access_requests(at=NOW + 7 * DAY - DAY / 24) == (0, 0)
    assert actions.purge_access_requests(at=NOW + 7 * DAY) == (0, 1)
    assert actions.purge_access_requests(at=NOW + 30 * DAY) == (1, 0)
    assert state(request_id) == "expired"
    assert [mail.address for mail in mails("access_request_expired")] == [ADDRESS]
    assert actions.purge_access_requests(at=NOW + 60 * DAY - DAY / 24) == (0, 0)
    assert actions.purge_access_requests(at=NOW + 60 * DAY) == (0, 1)
    assert not AccessRequest.objects.exists()


def test_a_provider_sees_its_own_requests_only(provider: build.Provider) -> None:
    request_id = confirmed(provider)
    other = build.provider().organisation_id
    assert access.requests_waiting(NOW, organisation_id=other) == []
    with pytest.raises(NotFound):
        access.access_request(request_id, NOW, organisation_id=other)
    assert access.access_request(request_id, NOW, organisation_id=provider.organisation_id).id == request_id
    assert not access.requests_decided(NOW)
