"""Registering, signing in, the second factor, invitations, locks and the choice of role, through the real pages."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Role
from testamur.accounts.rules import LockReason
from testamur.extracts import queries as extracts_queries
from testamur.kernel import tenancy
from testamur.kernel.identifiers import printed
from testamur.notices import actions as notices_actions
from testamur.notices import queries as notices_queries
from tests import applying, build

pytestmark = pytest.mark.django_db
ADDRESS = "sam.former@example.org"


@pytest.fixture(autouse=True)
def no_earlier_tries() -> None:
    cache.clear()


def posted() -> list[Any]:
    """Send what waits and return the mails that went out."""
    mail.outbox.clear()
    notices_actions.send_pending(at=timezone.now())
    return mail.outbox


def path_in(message: Any) -> str:
    """Return the path of the first link in a mail."""
    found = re.search(r"http://localhost:8000(/account/\S+)", message.body)
    assert found is not None
    return found[1]


def register(browser: Client, address: str = ADDRESS) -> Any:
    form = {"email": address, "password1": build.PASSWORD, "password2": build.PASSWORD}
    return browser.post(reverse("account_signup"), form)


def sign_in(browser: Client, address: str, password: str = build.PASSWORD) -> Any:
    return browser.post(reverse("account_login"), {"login": address, "password": password})


def user_id(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


# Registering


def test_a_student_registers_confirms_and_is_told_what_comes_next() -> None:
    browser = Client()
    page = browser.get(reverse("account_signup")).content.decode()
    assert "What we collect when you register" in page
    assert register(browser)["Location"] == reverse("account_email_verification_sent")
    (message,) = posted()
    assert message.subject == "Confirm your e-mail address"
    assert sign_in(Client(), ADDRESS)["Location"] == reverse("account_email_verification_sent")
    link = path_in(message)
    assert ADDRESS in browser.get(link).content.decode()
    found = accounts_queries.find_account(ADDRESS)
    assert found is not None
    assert not found.email_confirmed, "opening the link must not confirm; mail scanners open links"
    browser.post(link)
    assert accounts_queries.account(found.id).email_confirmed
    assert "student-registration" in notices_queries.shown_to(found.id)
    assert "Your address is confirmed" in [each.subject.partition(":")[0] for each in posted()]
    again = Client()
    assert sign_in(again, ADDRESS)["Location"] == reverse("home")
    assert user_id(again) == str(found.id)


def test_a_known_address_looks_like_a_new_one_and_only_its_owner_learns_of_it() -> None:
    build.student_account(email=ADDRESS)
    first, second = Client(), Client()
    assert register(first)["Location"] == register(second, "new.person@example.org")["Location"]
    subjects = {message.to[0]: message.subject for message in posted()}
    assert subjects == {
        ADDRESS: "You already have an account",
        "new.person@example.org": "Confirm your e-mail address",
    }


def test_a_short_or_common_password_is_refused() -> None:
    for password in ("short", "password1234"):
        form = {"email": ADDRESS, "password1": password, "password2": password}
        assert Client().post(reverse("account_signup"), form).status_code == 200
    assert accounts_queries.find_account(ADDRESS) is None


# Sessions


def test_signing_in_changes_the_session_so_that_a_planted_one_is_worthless() -> None:
    person = build.student_account()
    browser = Client()
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = "yes"
    session.save()
    browser.cookies["sessionid"] = session.session_key
    before = session.session_key
    sign_in(browser, person.email)
    assert user_id(browser) == str(person.id)
    assert browser.session.session_key != before


def test_a_locked_account_is_signed_out_at_its_next_request_and_stays_out() -> None:
    person = build.student_account()
    browser = build.signed_in(person)
    assert browser.get(reverse("mfa_index")).status_code == 200
    accounts_actions.lock_account(person.id, reason=LockReason.CONFIRMED_USE_BY_ANOTHER, by=None, at=timezone.now())
    assert reverse("account_login") in browser.get(reverse("mfa_index"))["Location"]
    assert user_id(browser) is None
    assert user_id(sign_in_again(person)) is None
    accounts_actions.unlock_account(person.id, identity_check="case 4", by=None, at=timezone.now())
    assert user_id(browser) is None
    assert user_id(sign_in_again(person)) is None, "the old password must stay void after the unlocking"


def sign_in_again(person: build.Person) -> Client:
    browser = Client()
    sign_in(browser, person.email)
    return browser


def test_a_person_locks_their_own_account_from_the_security_page() -> None:
    person = build.student_account()
    browser = build.signed_in(person)
    assert "Somebody else used my account" in browser.get(reverse("mfa_index")).content.decode()
    answer = browser.post(reverse("report_misuse"), follow=True)
    assert "This account is locked" in answer.content.decode()
    assert accounts_queries.account(person.id).locked_at is not None


def test_the_security_page_locks_the_applications_and_the_confirmed_identity_too(tmp_path: Path) -> None:
    staff = applying.secretariat()
    person, number, _ = applying.ready(tmp_path, staff)
    _, other, _ = applying.ready(tmp_path, staff)
    with tenancy.for_register():
        person_id = extracts_queries.request(number).person_id
        assert extracts_queries.identity_standing(person_id, on=build.NOW.date()) == "verified"
    browser = build.signed_in(person)
    assert reverse("account_inactive") in browser.post(reverse("report_misuse"))["Location"]
    assert reverse("account_login") in browser.get(reverse("student:record"))["Location"]
    with tenancy.for_register():
        assert extracts_queries.request(number).state == "locked"
        assert extracts_queries.request(other).state == "ready", "nobody else's application is locked"
        assert extracts_queries.identity_standing(person_id, on=build.NOW.date()) == "none"
    page = build.signed_in(staff.officer).get(reverse("secretariat:locked")).content.decode()
    assert printed(number) in page


def test_staff_without_applications_lock_their_account_from_the_same_page() -> None:
    person = build.member(Role.SUPERVISOR)
    browser = build.signed_in(person)
    browser.post(reverse("report_misuse"))
    assert accounts_queries.account(person.id).locked_at is not None
    assert reverse("account_login") in browser.get(reverse("secretariat:home"))["Location"]


def test_too_many_wrong_passwords_are_paused() -> None:
    person = build.student_account()
    answers = [sign_in(Client(), person.email, "wrong horse wrong staple").content.decode() for _ in range(12)]
    assert "Too many" in answers[-1]
    browser = Client()
    sign_in(browser, person.email)
    assert user_id(browser) is None


def test_a_new_password_by_mail_ends_other_sessions_and_is_told() -> None:
    person = build.student_account()
    other = build.signed_in(person)
    browser = Client()
    posted()
    browser.post(reverse("account_reset_password"), {"email": person.email})
    (message,) = posted()
    assert message.subject == "Choose a new password"
    form_page = browser.get(path_in(message), follow=True)
    new = "another harbour battery lamp"
    browser.post(form_page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert [each.subject for each in posted()] == ["A change to the security of your account"]
    assert browser.get(path_in(message), follow=True).context["token_fail"], "the link works once"
    assert other.get(reverse("mfa_index")).status_code == 302
    fresh = Client()
    sign_in(fresh, person.email, new)
    assert user_id(fresh) == str(person.id)


def test_a_link_in_a_mail_leads_to_the_public_address_whatever_the_request_claims() -> None:
    person = build.student_account()
    posted()
    Client(headers={"host": "127.0.0.1"}).post(reverse("account_reset_password"), {"email": person.email})
    (message,) = posted()
    assert "127.0.0.1" not in message.body
    assert path_in(message)


# The second factor


def test_staff_without_a_second_factor_reach_nothing_until_they_enrol(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    person = build.member(Role.SUPERVISOR, second_factor=False)
    browser = build.signed_in(person)
    for name in ("home", "members"):
        assert browser.get(reverse(name))["Location"] == reverse("mfa_activate_totp")
    page = browser.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    secret = re.search(r'id="totp-secret">([A-Z2-7]+)<', text)
    assert secret is not None
    assert "data:" not in re.sub(r"data-", "", text), "the CSP allows pictures of our own address only"
    picture = browser.get(reverse("totp_picture"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")
    refused = browser.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert refused.status_code == 200
    assert not accounts_queries.has_second_factor(person.id)
    before = browser.session.session_key
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("mfa_activate_totp"), {"code": build.totp_code(secret[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert browser.session.session_key != before
    codes = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(re.findall(r"<li>[0-9a-f ]{8,}</li>", codes)) == 10
    assert browser.get(reverse("members")).status_code == 200
    assert {each.subject for each in posted()} >= {"A change to the security of your account"}


def test_a_password_alone_opens_nothing_for_staff() -> None:
    person = build.member(Role.SUPERVISOR)
    browser = Client()
    assert sign_in(browser, person.email)["Location"] == reverse("mfa_authenticate")
    assert user_id(browser) is None
    assert reverse("account_login") in browser.get(reverse("members"))["Location"]
    assert browser.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert user_id(browser) is None
    assert browser.post(reverse("mfa_authenticate"), {"code": build.totp_code()}).status_code == 302
    assert browser.get(reverse("members")).status_code == 200


def test_a_session_from_before_the_enrolment_gets_nothing_until_it_gives_the_factor() -> None:
    person = build.member(Role.SUPERVISOR, second_factor=False)
    old = build.signed_in(person)
    accounts_actions.enrol_second_factor(person.id, secret=build.SECRET, at=build.NOW)
    answer = old.get(reverse("members"))
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    page = old.post(answer["Location"], {"code": build.totp_code(), "next": reverse("members")})
    assert page["Location"] == reverse("members")
    assert old.get(reverse("members")).status_code == 200


def test_the_secret_of_a_second_factor_is_encrypted_in_the_database() -> None:
    person = build.member(Role.AUDITOR)
    stored = Authenticator.objects.get(user_id=person.id, type="totp").data["secret"]
    assert build.SECRET not in stored


# Invitations and roles


def invite(organisation_id: Any, email: str, role: Role = Role.PROVIDER_ADMINISTRATOR) -> str:
    invited = accounts_actions.invite_member(
        email=email,
        name="Kim Lee",
        organisation_id=organisation_id,
        role=role,
        link_for=build.link,
        by=None,
        at=timezone.now(),
    )
    return reverse("invitation", args=[invited.token])


def test_an_invited_person_makes_an_account_and_is_sent_to_the_second_factor() -> None:
    provider = build.provider(name="Harbour Institute Pty Ltd")
    path = invite(provider.organisation_id, "kim.lee@example.org")
    browser = Client()
    page = browser.get(path).content.decode()
    assert "Harbour Institute Pty Ltd" in page
    assert "What we collect about staff" in page
    assert browser.post(path, {"password1": build.PASSWORD, "password2": "something else here"}).status_code == 200
    form = {"password1": build.PASSWORD, "password2": build.PASSWORD}
    assert browser.post(path, form)["Location"] == reverse("account_login")
    sign_in(browser, "kim.lee@example.org")
    assert browser.get(reverse("home"))["Location"] == reverse("mfa_activate_totp")
    assert "cannot be used" in Client().get(path).content.decode()


def test_an_existing_account_must_sign_in_and_another_cannot_accept() -> None:
    organisation = build.organisation()
    person = build.student_account(email="kim.lee@example.org")
    path = invite(organisation, "kim.lee@example.org")
    assert "Sign in with it" in Client().get(path).content.decode()
    Client().post(path, {"password1": build.PASSWORD, "password2": build.PASSWORD})
    build.signed_in(build.student_account()).post(path)
    assert accounts_queries.memberships_of(person.id, timezone.now()) == ()
    build.signed_in(person).post(path)
    assert len(accounts_queries.memberships_of(person.id, timezone.now())) == 1


def test_somebody_with_two_roles_chooses_and_acts_in_the_chosen_one_only() -> None:
    first, second = build.provider(name="First Institute"), build.provider(name="Second Institute")
    person = build.member(Role.PROVIDER_ADMINISTRATOR, first.organisation_id)
    other = accounts_actions.invite_member(
        email=person.email,
        name="Robin",
        organisation_id=second.organisation_id,
        role=Role.PROVIDER_ADMINISTRATOR,
        link_for=build.link,
        by=None,
        at=build.NOW,
    )
    accounts_actions.accept_invitation(other.token, by=person.id, at=build.NOW)
    browser = build.signed_in(person)
    answer = browser.get(reverse("members"))
    assert answer["Location"].startswith(reverse("choose_membership"))
    wanted = next(
        held
        for held in accounts_queries.memberships_of(person.id, timezone.now())
        if held.organisation_name == "Second Institute"
    )
    choice = {"membership": str(wanted.id), "next": "https://elsewhere.example.org/"}
    assert browser.post(reverse("choose_membership"), choice)["Location"] == reverse("home")
    assert "Members of Second Institute" in browser.get(reverse("members")).content.decode()
    stranger = build.member(Role.PROVIDER_ADMINISTRATOR, build.provider().organisation_id)
    forged = {"membership": str(stranger.membership_id)}
    assert browser.post(reverse("choose_membership"), forged).status_code == 200
    assert "Members of Second Institute" in browser.get(reverse("members")).content.decode()


def test_an_administrator_does_not_learn_that_another_organisation_exists() -> None:
    mine, theirs = build.provider(), build.provider(name="Quiet Institute")
    browser = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, mine.organisation_id))
    answer = browser.get(reverse("members_of", args=[theirs.organisation_id]))
    assert answer.status_code == 404
    assert "Quiet" not in answer.content.decode()
    target = build.member(Role.PROVIDER_DATA_OFFICER, theirs.organisation_id)
    assert browser.post(reverse("remove_member", args=[target.membership_id])).status_code == 403
    assert len(accounts_queries.members_of(theirs.organisation_id, timezone.now())) == 1


def test_an_administrator_invites_and_removes_their_own_staff() -> None:
    provider = build.provider()
    browser = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id))
    form = {"name": "Kim Lee", "email": "info@institute.example.org", "role": "provider_data_officer"}
    assert "shared mailbox" in browser.post(reverse("members"), form).content.decode()
    browser.post(reverse("members"), {**form, "email": "kim.lee@institute.example.org"})
    assert "kim.lee@institute.example.org" in [message.to[0] for message in posted() if "invited" in message.subject]
    shown = browser.get(reverse("members")).content.decode()
    (key,) = re.findall(r'name="key" value="([^"]+)"', shown)
    for _ in range(2):
        browser.post(reverse("members"), {**form, "email": "sam.lee@institute.example.org", "key": key})
    assert [message.to[0] for message in posted()].count("sam.lee@institute.example.org") == 1
    person = build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id)
    victim = build.signed_in(person)
    assert browser.post(reverse("remove_member", args=[person.membership_id])).status_code == 302
    assert accounts_queries.memberships_of(person.id, timezone.now() + timedelta(seconds=1)) == ()
    assert victim.get(reverse("members")).status_code == 403
