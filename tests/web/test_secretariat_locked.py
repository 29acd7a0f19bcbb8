"""Every locked account is found and opened on the secretariat's pages, whoever's it is; nobody is named on them."""

from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Role
from testamur.accounts.rules import LockReason
from testamur.extracts import actions as extracts_actions
from testamur.kernel.identifiers import printed
from tests import applying, build
from tests.build import NOW, Person

pytestmark = pytest.mark.django_db
CHECK = {"identity_check": "Counter visit 12"}


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def officer(staff: applying.Secretariat) -> Client:
    return build.signed_in(staff.officer)


def locked(person: Person) -> Person:
    accounts_actions.lock_account(person.id, reason=LockReason.REPORTED_BY_PERSON, by=person.id, at=NOW)
    return person


def address_of(account_id: UUID) -> str:
    return reverse("secretariat:unlock", args=[account_id])


def listed(browser: Client) -> str:
    page = browser.get(reverse("secretariat:locked")).content.decode()
    return page.partition("<tbody")[2].partition("</tbody>")[0]


def is_open(person: Person) -> bool:
    held = accounts_queries.account(person.id)
    return held.active and held.locked_at is None


def provider_officer() -> Person:
    return build.member(Role.PROVIDER_DATA_OFFICER, build.provider(name="Wattle Training Pty Ltd").organisation_id)


def test_whoever_reports_misuse_on_the_page_is_found_on_both_pages_and_opened_again(officer: Client) -> None:
    for person, roles in (
        (provider_officer(), "Provider data officer, Wattle Training Pty Ltd"),
        (build.student_account(), "not staff"),
    ):
        assert build.signed_in(person).post(reverse("report_misuse")).status_code == 302
        assert not is_open(person)
        rows = listed(officer)
        assert rows.count("without a case") == 1
        assert address_of(person.id) in rows
        assert roles in rows
        home = officer.get(reverse("secretariat:home")).content.decode()
        kind = home.partition(f'href="{reverse("secretariat:locked")}"')[2].partition("</tr>")[0]
        assert ">1<" in kind
        assert "Locked accounts: 1" in officer.get(reverse("secretariat:requests")).content.decode()
        answer = officer.post(address_of(person.id), {**CHECK, "email": person.email}, follow=True)
        assert "The account is open. Its person sets a new password." in answer.content.decode()
        assert is_open(person)
        assert accounts_queries.security_events_of(person.id)[0].kind == "unlocked"
        assert "No account is locked" in answer.content.decode()
        assert officer.get(address_of(person.id)).status_code == 404


def test_the_account_of_secretariat_staff_is_a_supervisors_to_open(
    officer: Client, staff: applying.Secretariat
) -> None:
    person = locked(build.member(Role.SUPERVISOR))
    rows = listed(officer)
    assert "Supervisor, Organisation" in rows
    assert "A supervisor opens it" in rows
    assert address_of(person.id) not in rows
    said = {**CHECK, "email": person.email}
    refused = officer.post(address_of(person.id), said)
    assert refused.status_code == 422
    assert "Only a supervisor opens it" in refused.content.decode()
    assert not is_open(person)
    assert accounts_queries.security_events_of(person.id)[0].kind == "unlock_refused"
    supervisor = build.signed_in(staff.supervisor)
    assert address_of(person.id) in listed(supervisor)
    assert supervisor.post(address_of(person.id), said).status_code == 302
    assert is_open(person)


def test_another_persons_address_opens_nothing_and_the_right_one_is_shown_to_nobody(
    officer: Client, staff: applying.Secretariat
) -> None:
    person, other = locked(provider_officer()), locked(build.student_account())
    for said in ({"email": other.email}, {"email": ""}, {"email": person.email, "identity_check": "  "}):
        answer = officer.post(address_of(person.id), CHECK | said)
        assert answer.status_code == 422
        assert not is_open(person)
    supervisor = build.signed_in(staff.supervisor)
    for browser in (officer, supervisor):
        told = listed(browser) + "".join(browser.get(address_of(one.id)).content.decode() for one in (person, other))
        for personal in (person.email, other.email, "Robin Example"):
            assert personal not in told
    assert officer.post(address_of(person.id), CHECK | {"email": f" {person.email.upper()} "}).status_code == 302
    assert (is_open(person), is_open(other)) == (True, False)


def test_an_account_with_cases_asks_for_the_fact_that_stands_in_them(
    tmp_path: Path, officer: Client, staff: applying.Secretariat
) -> None:
    person, number, _ = applying.ready(tmp_path, staff)
    extracts_actions.report_third_party_use(by=person.id, at=NOW)
    assert printed(number) in listed(officer)
    form = officer.get(address_of(person.id)).content.decode()
    assert 'name="fact"' in form
    assert 'name="email"' not in form
    assert officer.post(address_of(person.id), CHECK | {"email": person.email}).status_code == 422
    assert not is_open(person)
    said = CHECK | {"fact": "Seen in person with a passport"}
    assert "shows who they are again" in officer.post(address_of(person.id), said, follow=True).content.decode()
    assert is_open(person)


def test_an_applicant_without_a_case_is_opened_by_the_address(officer: Client) -> None:
    person = applying.applicant()
    extracts_actions.report_third_party_use(by=person.id, at=NOW)
    assert "without a case" in listed(officer)
    assert officer.post(address_of(person.id), CHECK | {"email": person.email}).status_code == 302
    assert is_open(person)


def test_who_reads_only_opens_nothing_and_a_former_member_is_listed_too(staff: applying.Secretariat) -> None:
    person = provider_officer()
    assert person.membership_id is not None
    accounts_actions.remove_member(person.membership_id, by=staff.supervisor.id, at=NOW)
    locked(person)
    auditor = build.signed_in(staff.auditor)
    assert "not staff" in listed(auditor)
    assert auditor.post(address_of(person.id), CHECK | {"email": person.email}).status_code == 403
    assert not is_open(person)
