"""Passkeys beside the authenticator app: adding, signing in, naming, removing, and every reply that must be refused."""

import html
import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts import rules
from testamur.accounts.roles import Role
from testamur.kernel.errors import NotFound
from testamur.web import signin_passkeys
from tests import build
from tests.softkey import SoftKey

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost:8000"


@pytest.fixture(autouse=True)
def no_earlier_tries() -> None:
    cache.clear()


def options_of(page: Any) -> dict[str, Any]:
    """Return what a page asks of the browser."""
    text = page.content.decode()
    found = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', text)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


def errors_in(page: Any) -> str:
    return " ".join(re.findall(r'<div class="govuk-error-summary".*?</ul>', page.content.decode(), re.DOTALL))


def add(browser: Client, key: SoftKey, name: str = "blue key", **said: Any) -> Any:
    options = options_of(browser.get(reverse("mfa_add_webauthn")))
    reply = key.add(options, origin=said.pop("origin", ORIGIN), **said)
    return browser.post(reverse("mfa_add_webauthn"), {"name": name, "credential": json.dumps(reply)})


def enrolled(key: SoftKey, role: Role = Role.SUPERVISOR) -> tuple[build.Person, Client]:
    """Return a member of staff whose only second factor is a passkey, and the browser in which it was added."""
    person = build.member(role, second_factor=False)
    browser = build.signed_in(person)
    assert add(browser, key)["Location"] == reverse("mfa_view_recovery_codes")
    return person, browser


def after_password(person: build.Person) -> tuple[Client, dict[str, Any]]:
    """Return a browser that stands before the second factor, and what its page asks."""
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": person.email, "password": build.PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    return browser, options_of(browser.get(reverse("mfa_authenticate")))


def give(browser: Client, reply: Any) -> Any:
    return browser.post(reverse("mfa_authenticate"), {"credential": json.dumps(reply)})


def signed_in_id(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


# Adding and signing in


def test_staff_enrol_a_passkey_as_their_second_factor_and_sign_in_with_it() -> None:
    key = SoftKey()
    person, browser = enrolled(key)
    assert browser.get(reverse("members")).status_code == 200, "the passkey counts for the session that added it"
    window, options = after_password(person)
    assert options["publicKey"]["rpId"] == "localhost"
    assert window.get(reverse("members")).status_code == 302, "the password alone opens nothing"
    answer = give(window, key.use(options, origin=ORIGIN))
    assert answer["Location"] == reverse("home")
    assert window.get(reverse("members")).status_code == 200
    page = window.get(reverse("mfa_list_webauthn")).content.decode()
    assert "blue key" in page
    assert "Last used" in page
    kinds = [event.kind for event in accounts_queries.security_events_of(person.id)]
    assert rules.SecurityKind.FACTOR_ADDED in kinds


def test_the_private_half_never_arrives_and_a_passkey_without_a_name_gets_one() -> None:
    person = build.member(Role.AUDITOR, second_factor=False)
    browser = build.signed_in(person)
    add(browser, SoftKey(), name="")
    add(browser, SoftKey(), name="")
    assert [one.name for one in accounts_queries.factors_of(person.id)] == ["Passkey 1", "Passkey 2"]


def test_a_passkey_stands_beside_the_app_and_either_opens_the_account() -> None:
    person = build.member(Role.SUPERVISOR)
    key = SoftKey()
    assert add(build.signed_in(person), key)["Location"] in (reverse("mfa_index"), reverse("mfa_view_recovery_codes"))
    window, options = after_password(person)
    assert give(window, key.use(options, origin=ORIGIN)).status_code == 302
    cache.clear()
    other, _ = after_password(person)
    assert other.post(reverse("mfa_authenticate"), {"code": build.totp_code()}).status_code == 302
    assert signed_in_id(window) == signed_in_id(other) == str(person.id)


def test_a_recovery_code_opens_an_account_whose_passkey_is_lost() -> None:
    person, browser = enrolled(SoftKey())
    codes = re.findall(r"<li>([0-9a-f ]{8,})</li>", browser.get(reverse("mfa_view_recovery_codes")).content.decode())
    window, _ = after_password(person)
    page = window.get(reverse("mfa_authenticate")).content.decode()
    assert "Or enter a recovery code" in page
    assert window.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert signed_in_id(window) == str(person.id)


def test_a_session_without_the_factor_is_asked_for_the_passkey() -> None:
    person = build.member(Role.SUPERVISOR, second_factor=False)
    old, key = build.signed_in(person), SoftKey()
    add(build.signed_in(person), key)
    answer = old.get(reverse("members"))
    assert answer["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))
    wrong = key.use(options_of(old.get(answer["Location"])), origin="https://elsewhere.example")
    assert "not accepted" in errors_in(old.post(answer["Location"], {"credential": json.dumps(wrong)}))
    right = key.use(options_of(old.get(answer["Location"])), origin=ORIGIN)
    form = {"credential": json.dumps(right), "next": reverse("members")}
    assert old.post(answer["Location"], form)["Location"] == reverse("members")
    assert old.get(reverse("members")).status_code == 200


def test_a_passkey_alone_opens_nothing() -> None:
    person, _ = enrolled(SoftKey())
    window = Client()
    assert window.get(reverse("mfa_authenticate")).status_code == 302
    assert window.post(reverse("mfa_authenticate"), {"credential": "{}"}).status_code == 302
    assert signed_in_id(window) is None
    assert window.get("/account/factor/passkeys/login/").status_code == 404, person


# Naming and removing


def test_a_passkey_is_renamed_and_removed_and_the_last_one_is_named_as_such() -> None:
    person, browser = enrolled(SoftKey())
    (held,) = accounts_queries.factors_of(person.id)
    browser.post(reverse("mfa_edit_webauthn", args=[held.id]), {"name": "<b>desk</b>"})
    page = browser.get(reverse("mfa_list_webauthn")).content.decode()
    assert "&lt;b&gt;desk&lt;/b&gt;" in page
    too_long = browser.post(reverse("mfa_edit_webauthn", args=[held.id]), {"name": "x" * 61})
    assert too_long.status_code == 200
    remove = reverse("mfa_remove_webauthn", args=[held.id])
    assert "last second factor" in browser.get(remove).content.decode()
    assert browser.post(remove)["Location"] == reverse("mfa_list_webauthn")
    assert not accounts_queries.has_second_factor(person.id)
    assert browser.get(reverse("members"))["Location"] == reverse("mfa_activate_totp")


def test_nobody_names_or_removes_the_passkey_of_another() -> None:
    person, _ = enrolled(SoftKey())
    (held,) = accounts_queries.factors_of(person.id)
    other = build.signed_in(build.member(Role.SUPERVISOR))
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert other.post(reverse(name, args=[held.id]), {"name": "mine"}).status_code == 404
    assert accounts_queries.factors_of(person.id)[0].name == "blue key"


# What is refused


@pytest.mark.parametrize(
    "fault",
    [
        {"origin": "http://localhost:9000"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://evil.localhost:8000"},
        {"crossOrigin": True},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"type": "webauthn.create"},
        {"rp": "elsewhere.example"},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
    ],
    ids=lambda fault: "-".join(f"{name}" for name in fault),
)
def test_a_reply_with_one_fault_opens_nothing(fault: dict[str, Any]) -> None:
    key = SoftKey()
    person, _ = enrolled(key)
    window, options = after_password(person)
    page = give(window, key.use(options, **({"origin": ORIGIN} | fault)))
    assert "not accepted" in errors_in(page)
    assert signed_in_id(window) is None
    assert give(window, key.use(options_of(page), origin=ORIGIN)).status_code == 302, "the fault alone was refused"


@pytest.mark.parametrize(
    "fault",
    [{"origin": "http://localhost:9000"}, {"crossOrigin": True}, {"challenge": "AAAA"}, {"rp": "elsewhere.example"}],
    ids=lambda fault: "-".join(f"{name}" for name in fault),
)
def test_a_passkey_made_elsewhere_is_not_added(fault: dict[str, Any]) -> None:
    person = build.member(Role.SUPERVISOR, second_factor=False)
    page = add(build.signed_in(person), SoftKey(), **fault)
    assert "was not added" in errors_in(page)
    assert accounts_queries.factors_of(person.id) == ()


def test_an_answer_is_good_once() -> None:
    key = SoftKey()
    person, _ = enrolled(key)
    window, options = after_password(person)
    reply = key.use(options, origin=ORIGIN)
    assert give(window, reply).status_code == 302
    again, fresh = after_password(person)
    assert fresh["publicKey"]["challenge"] != options["publicKey"]["challenge"]
    assert "not accepted" in errors_in(give(again, reply))
    assert signed_in_id(again) is None


def test_a_passkey_of_another_account_opens_nothing() -> None:
    key = SoftKey()
    enrolled(key)
    person, _ = enrolled(SoftKey())
    window, options = after_password(person)
    assert "not accepted" in errors_in(give(window, key.use(options, origin=ORIGIN)))


@pytest.mark.parametrize("reply", [None, 1, [], "x", {}, {"id": 1}, {"response": {}, "id": "AA", "rawId": "AA"}])
def test_a_reply_that_cannot_be_read_is_refused_like_a_wrong_one(reply: Any) -> None:
    person, browser = enrolled(SoftKey())
    window, options = after_password(person)
    assert give(window, reply).status_code == 200
    cut = SoftKey().use(options, origin=ORIGIN)
    cut["response"]["authenticatorData"] = "AAAA"
    assert give(window, cut).status_code == 200
    form = {"name": "x", "credential": json.dumps(reply)}
    assert browser.post(reverse("mfa_add_webauthn"), form).status_code == 200
    assert len(accounts_queries.factors_of(person.id)) == 1


@pytest.mark.parametrize("reply", ["{", '{"a": NaN}', "[" * 5000, "[" * 50_000])
def test_what_is_no_json_is_refused(reply: str) -> None:
    person, _ = enrolled(SoftKey())
    window, _ = after_password(person)
    assert window.post(reverse("mfa_authenticate"), {"credential": reply}).status_code == 200


def test_a_copied_passkey_is_refused_and_its_owner_is_told() -> None:
    key = SoftKey()
    person, _ = enrolled(key)
    copy = SoftKey(count=key.count, key=key.key, id=key.id)
    for _ in range(2):
        window, options = after_password(person)
        assert give(window, key.use(options, origin=ORIGIN)).status_code == 302
        cache.clear()
    window, options = after_password(person)
    page = give(window, copy.use(options, origin=ORIGIN))
    assert "counter ran backwards" in errors_in(page)
    assert signed_in_id(window) is None
    assert accounts_queries.security_events_of(person.id)[0].kind == rules.SecurityKind.FACTOR_REFUSED
    cache.clear()
    window, options = after_password(person)
    assert give(window, key.use(options, origin=ORIGIN)).status_code == 302, "the refusal left the kept counter alone"


@pytest.mark.parametrize(
    ("stored", "shown", "good"), [(0, 0, True), (0, 1, True), (1, 1, False), (5, 4, False), (5, 0, False), (5, 9, True)]
)
def test_a_counter_runs_on_or_was_never_kept(stored: int, shown: int, good: bool) -> None:
    assert rules.has_counter_run_on(stored=stored, shown=shown) is good


def test_a_passkey_that_keeps_no_count_works_again_and_again() -> None:
    key = SoftKey(count=None)
    person, _ = enrolled(key)
    for _ in range(2):
        window, options = after_password(person)
        assert give(window, key.use(options, origin=ORIGIN)).status_code == 302
        cache.clear()


def test_a_use_of_a_passkey_that_is_not_the_accounts_is_no_use() -> None:
    person, _ = enrolled(SoftKey())
    (held,) = accounts_queries.factors_of(person.id)
    with pytest.raises(NotFound):
        accounts_actions.note_passkey_use(build.student_account().id, held.id, shown=9, at=build.NOW)
    assert "sign_count" not in Authenticator.objects.get(pk=held.id).data


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://register.example/", "https://register.example"),
        ("https://Register.example:443", "https://register.example"),
        ("https://register.example:8443", "https://register.example:8443"),
    ],
)
def test_the_origin_is_that_of_the_public_address(address: str, origin: str) -> None:
    with override_settings(PUBLIC_URL=address):
        assert signin_passkeys.origin() == origin


def test_another_host_in_a_request_changes_nothing_about_whom_a_passkey_is_for() -> None:
    person = build.member(Role.SUPERVISOR, second_factor=False)
    browser = build.signed_in(person, client=Client(headers={"host": "127.0.0.1"}))
    assert options_of(browser.get(reverse("mfa_add_webauthn")))["publicKey"]["rp"]["id"] == "localhost"
