"""Access is asked for, confirmed, decided and accepted on the pages; nothing tells who has an account (CQR-19)."""

import html
import logging
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import access
from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.models import AccessRequest
from testamur.accounts.roles import Role
from testamur.notices.models import OutgoingMail
from testamur.providers import actions as providers_actions
from tests import applying, build, providing

pytestmark = pytest.mark.django_db
ADDRESS = "robin.example@wattle.example.org"
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture(autouse=True)
def _no_counters() -> None:
    cache.clear()


@pytest.fixture
def provider() -> build.Provider:
    return build.provider(name="Wattle Training Pty Ltd")


def asked(provider: build.Provider, *, reader: Client | None = None, **said: Any) -> Any:
    form = {
        "name": "Robin Example",
        "email": ADDRESS,
        "role": "provider_data_officer",
        "reason": "I send our results; Lee Sample, principal, knows.",
    }
    return (reader or Client()).post(reverse("public:ask_access", args=[provider.id]), form | said)


def link_of(template: str = "access_request_confirm") -> str:
    """Return the path of the link in the latest mail."""
    mail = OutgoingMail.objects.filter(template=template).latest("queued_at")
    return str(mail.context["link"]).partition("localhost:8000")[2]


def confirmed(provider: build.Provider, **said: Any) -> AccessRequest:
    assert asked(provider, **said).status_code == 302
    Client().post(link_of(), {"verb": "confirm"})
    return AccessRequest.objects.latest("requested_at")


# Asking


def test_the_sign_in_page_leads_through_the_search_to_the_form(provider: build.Provider) -> None:
    reader = Client()
    assert reverse("public:access") in reader.get(reverse("account_login")).content.decode()
    hits = reader.get(reverse("public:access"), {"q": "wattle"}).content.decode()
    address = reverse("public:ask_access", args=[provider.id])
    assert address in hits
    page = reader.get(address).content.decode()
    assert "Who collects:" in page
    assert "Provider data officer" in page
    assert "No provider found" in reader.get(reverse("public:access"), {"q": "zzzz"}).content.decode()


def test_nobody_learns_from_an_answer_who_has_an_account(provider: build.Provider) -> None:
    build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id, email="staff.person@example.org")
    build.student_account(email="student.person@example.org")
    seen = set()
    for email in ("staff.person@example.org", "student.person@example.org", "nobody.known@example.org"):
        for _ in range(2):  # a repeated request answers the same too
            answer = asked(provider, email=email)
            page = Client().get(answer["Location"]).content.decode()
            seen.add((answer.status_code, answer["Location"], CSRF.sub("", page)))
    assert len(seen) == 1
    assert OutgoingMail.objects.filter(template="access_request_confirm").count() == 3


def test_a_shared_mailbox_is_refused_beside_its_field_with_what_to_do(provider: build.Provider) -> None:
    answer = asked(provider, email="reception@wattle.example.org")
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "one named person" in page
    assert "Enter the person's own work e-mail address." in page
    assert 'href="#id_email"' in page
    assert not OutgoingMail.objects.exists()


def test_what_is_missing_is_named(provider: build.Provider) -> None:
    page = asked(provider, name="", email="not-an-address", role="supervisor", reason="").content.decode()
    for field in ("id_name", "id_email", "id_role_0", "id_reason"):
        assert f'href="#{field}"' in page
    assert not AccessRequest.objects.exists()


def test_an_eleventh_request_within_an_hour_waits(provider: build.Provider) -> None:
    for number in range(10):
        assert asked(provider, email=f"person{number}.example@example.org").status_code == 302
    refused = asked(provider)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) <= 3600
    assert not AccessRequest.objects.filter(email=ADDRESS).exists()
    assert Client().get(reverse("public:ask_access", args=[provider.id])).status_code == 200


def test_a_provider_for_which_there_is_nothing_to_do_takes_no_request() -> None:
    closing = build.provider(closed=True)  # a closure case is open
    assert asked(closing).status_code == 302
    ended = build.provider(closed=True)
    held = providing.registration_of(ended.id)
    on = date(2026, 7, 1)
    providers_actions.sign_coverage(held, note="Nothing was received.", by=UUID(int=7), at=build.NOW)
    providers_actions.archive_registration(
        held, effective_date=on, authority="Decision 12", by=UUID(int=8), at=build.NOW, on=on
    )
    answer = asked(ended, email="other.person@example.org")
    assert "nothing to do here" in answer.content.decode()
    assert AccessRequest.objects.count() == 1


def test_opening_the_link_changes_nothing_and_confirming_does(
    provider: build.Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="django.request")
    asked(provider)
    link = link_of()
    for _ in range(2):
        answer = Client().get(link)
        assert "Did you ask for this?" in answer.content.decode()
    assert AccessRequest.objects.get().state == "requested"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"  # none at all would spoil the form's own check
    reader = Client()
    assert "Your address is confirmed" in reader.post(link, {"verb": "confirm"}, follow=True).content.decode()
    assert AccessRequest.objects.get().state == "email_confirmed"
    assert reader.post(link, {"verb": "confirm"}).status_code == 409
    assert Client().get(link[:-2] + "x/").status_code == 404
    assert link.split("/")[-2][:-1] not in caplog.text


def test_the_person_takes_it_back_on_the_page(provider: build.Provider) -> None:
    confirmed(provider)
    page = Client().post(link_of(), {"verb": "withdraw"}, follow=True).content.decode()
    assert "Taken back" in page
    assert "Take the request back" not in page


# The provider's administrator


def test_an_administrator_approves_and_the_person_signs_in_with_a_second_factor(provider: build.Provider) -> None:
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)
    row = confirmed(provider)
    desk = build.signed_in(administrator)
    home = desk.get(reverse("provider:home")).content.decode()
    assert "Decide on 1 request for access" in home
    queue = desk.get(link_of("access_request_waiting")).content.decode()
    address = reverse("provider:access_request", args=[row.id])
    assert address in queue
    assert ADDRESS in queue
    page = html.unescape(desk.get(address).content.decode())
    assert "Lee Sample, principal, knows." in page
    assert "Propose" not in page
    told = desk.post(address, {"verb": "approve"}, follow=True).content.decode()
    assert "The invitation is on its way" in told
    assert "Nobody waits for access" in told
    assert "Decide on 1 request" not in desk.get(reverse("provider:home")).content.decode()

    person = Client()
    person.post(link_of("invitation"), {"password1": build.PASSWORD, "password2": build.PASSWORD})
    account = accounts_queries.find_account(ADDRESS)
    assert account is not None
    (held,) = accounts_queries.memberships_of(account.id, timezone.now())
    assert held.role is Role.PROVIDER_DATA_OFFICER
    signed = Client()
    signed.post(reverse("account_login"), {"login": ADDRESS, "password": build.PASSWORD})
    assert signed.get(reverse("provider:home"))["Location"] == reverse("mfa_activate_totp")
    assert "Approved" in Client().get(link_of()).content.decode()


def test_declining_needs_a_reason_which_the_person_reads(provider: build.Provider) -> None:
    desk = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id))
    row = confirmed(provider)
    address = reverse("provider:access_request", args=[row.id])
    missing = desk.post(address, {"verb": "decline", "reason": " "})
    assert missing.status_code == 422
    assert 'href="#id_reason"' in missing.content.decode()
    assert desk.post(address, {"verb": "decline", "reason": "We do not know you."}).status_code == 302
    assert "We do not know you." in Client().get(link_of()).content.decode()
    assert "has ended" not in desk.get(address).content.decode()
    again = desk.post(address, {"verb": "approve"}, follow=True)
    row.refresh_from_db()
    assert row.state == "declined"
    assert "Approve and send" not in again.content.decode()


def test_another_providers_administrator_sees_and_decides_nothing(provider: build.Provider) -> None:
    row = confirmed(provider)
    stranger = build.provider()
    desk = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, stranger.organisation_id))
    assert ADDRESS not in desk.get(reverse("provider:access_requests")).content.decode()
    address = reverse("provider:access_request", args=[row.id])
    assert desk.get(address).status_code == 404
    assert desk.post(address, {"verb": "approve"}).status_code == 404
    row.refresh_from_db()
    assert row.state == "email_confirmed"


# The secretariat


def test_a_first_administrator_is_proposed_and_approved_on_the_pages(provider: build.Provider) -> None:
    staff = applying.secretariat()
    row = confirmed(provider, role="provider_administrator")
    address = reverse("secretariat:access_request", args=[row.id])
    officer = build.signed_in(staff.officer)
    work = officer.get(reverse("secretariat:home")).content.decode()
    kind = work.partition(f'href="{reverse("secretariat:access_requests")}"')[2].partition("</tr>")[0]
    assert ">1<" in kind
    page = officer.get(address).content.decode()
    assert "Propose to a supervisor" in page
    assert "Approve and send" not in page
    assert officer.post(address, {"verb": "approve"}).status_code == 403
    assert "You have proposed it" in officer.post(address, {"verb": "propose"}, follow=True).content.decode()
    assert officer.post(address, {"verb": "propose"}, follow=True).status_code == 200
    supervisor = build.signed_in(staff.supervisor)
    shown = supervisor.get(address).content.decode()
    assert "Proposed by Robin Example" in shown
    assert "Approve and send" in shown
    supervisor.post(address, {"verb": "approve"})
    row.refresh_from_db()
    assert (row.state, row.proposed_by, row.ended_by) == ("approved", staff.officer.id, staff.supervisor.id)


def test_the_secretariat_waits_for_the_providers_administrator_and_reads_the_answer(provider: build.Provider) -> None:
    staff = applying.secretariat()
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)
    row = confirmed(provider)
    officer = build.signed_in(staff.officer)
    address = reverse("secretariat:access_request", args=[row.id])
    page = html.unescape(officer.get(address).content.decode())
    assert "The provider's own administrator decides on this for 10 days." in page
    assert 'value="approve"' not in page
    assert officer.post(address, {"verb": "approve"}).status_code == 403
    work = officer.get(reverse("secretariat:home")).content.decode()
    assert "1 more with providers" in work
    accounts_actions.approve_access(row.id, link_for=build.link, by=administrator.id, at=timezone.now())
    read = officer.get(reverse("secretariat:access_requests")).content.decode()
    assert "Approved" in read
    assert "Robin Example" in read


def test_after_ten_days_the_secretariat_may_and_the_clock_says_so(provider: build.Provider) -> None:
    build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)
    row = confirmed(provider)
    AccessRequest.objects.update(confirmed_at=timezone.now() - timedelta(days=11))
    officer = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    page = officer.get(reverse("secretariat:access_request", args=[row.id])).content.decode()
    assert "Waits 11 days; the secretariat decides." in page
    assert 'value="approve"' in page


def test_an_auditor_reads_how_much_waits_and_never_who(provider: build.Provider) -> None:
    row = confirmed(provider)
    auditor = build.signed_in(build.member(Role.AUDITOR))
    page = auditor.get(reverse("secretariat:access_requests")).content.decode()
    waiting = page.partition("<main")[2]
    assert "Wattle Training Pty Ltd" in waiting
    assert ADDRESS not in waiting
    assert "Robin Example" not in waiting
    assert auditor.get(reverse("secretariat:access_request", args=[row.id])).status_code == 403
    assert access.requests_waiting(timezone.now())
