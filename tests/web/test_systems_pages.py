"""An administrator makes, sees and revokes keys on the pages; a key is in one answer and nowhere else."""

import json
import logging
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts import systems
from testamur.accounts.models import SystemKey
from testamur.accounts.roles import Role, Scope
from tests import build
from tests.build import Person

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"testamur_[a-z0-9]{12}_[A-Za-z0-9_-]{43}")
SEND, DECLARE = "submissions:write", "submissions:declare"


@pytest.fixture
def provider() -> build.Provider:
    return build.provider(name="Wattle Training Pty Ltd")


@pytest.fixture
def administrator(provider: build.Provider) -> Person:
    return build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)


@pytest.fixture
def desk(administrator: Person) -> Client:
    return build.signed_in(administrator)


def asked(desk: Client, *scopes: str, system: str = "Student system", days: int = 90, key: str = "k1"):
    last = timezone.localdate() + timedelta(days=days)
    said = {"system": system, "scopes": scopes, "key": key}
    boxes = {"last_day_0": last.day, "last_day_1": last.month, "last_day_2": last.year}
    return desk.post(reverse("provider:new_key"), said | boxes)


def token_of(answer) -> str:
    (token,) = set(TOKEN.findall(answer.content.decode()))
    return token


def listed(desk: Client) -> str:
    return desk.get(reverse("provider:systems")).content.decode()


def places_of(secret: str) -> list[str]:
    """Return the tables of the database, and the sessions and cache, in which a text stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [secret])
            found += [table] if cursor.fetchone()[0] else []
    found += ["session" for one in Session.objects.all() if secret in json.dumps(one.get_decoded())]
    return found


def test_a_key_is_made_on_the_page_and_opens_what_it_says(desk: Client, provider: build.Provider) -> None:
    assert "No system has a key yet" in listed(desk)
    form = desk.get(reverse("provider:new_key")).content.decode()
    assert (
        "Open submissions, send files, fix cells, withdraw; enrol students and record outcomes (submissions:write)"
        in form
    )
    assert all(rule in form for rule in ("SYS-02", "SYS-03", "SYS-04"))
    answer = asked(desk, SEND, "submissions:read")
    assert answer.status_code == 200
    acting = systems.system_of(token_of(answer), timezone.now())
    assert acting is not None
    assert acting.organisation_id == provider.organisation_id
    assert acting.key.scopes == (Scope.READ_SUBMISSIONS, Scope.WRITE_SUBMISSIONS)
    rows = listed(desk)
    last = timezone.localdate() + timedelta(days=90)
    assert f"until the end of {last.day} {last:%B %Y}" in rows
    assert acting.key.prefix in rows
    for words in ("Student system", "Provider data officer", "Not used yet", "Robin Example", ">never<"):
        assert words in rows
    accounts_actions.note_key_use(acting.key.id, at=timezone.now())
    assert "In use" in listed(desk)


def test_the_page_leads_to_what_a_key_is_for(desk: Client) -> None:
    assert f'href="{reverse("api:docs")}"' in desk.get(reverse("provider:systems")).content.decode()


def test_the_key_is_in_the_one_answer_and_nowhere_else(desk: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = asked(desk, SEND)
    token = token_of(answer)
    secret = token.split("_", 2)[2]
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert secret not in answer.request["PATH_INFO"] + answer.request["QUERY_STRING"]
    for name in ("provider:systems", "provider:new_key", "mfa_index"):
        assert secret not in desk.get(reverse(name)).content.decode()
    assert secret not in caplog.text
    assert places_of(secret) == []


def test_a_secret_that_is_kept_is_found(desk: Client, provider: build.Provider) -> None:
    secret = token_of(asked(desk, SEND)).split("_", 2)[2]
    SystemKey.objects.update(revoke_reason=secret)
    assert places_of(secret) == ["accounts_systemkey"]


def test_the_form_sent_twice_makes_one_key_and_shows_it_once(desk: Client) -> None:
    assert TOKEN.search(asked(desk, SEND).content.decode())
    again = asked(desk, SEND)
    assert not TOKEN.search(again.content.decode())
    assert "shown once only" in again.content.decode()
    assert SystemKey.objects.count() == 1


@pytest.mark.parametrize(
    ("scopes", "days", "field", "rule"),
    [
        ((SEND, DECLARE), 90, "id_scopes_0", "SYS-02"),
        ((SEND,), 401, "id_last_day_0", "SYS-04"),
        ((SEND,), -2, "id_last_day_0", "SYS-04"),
    ],
)
def test_what_is_refused_stands_beside_its_field(desk: Client, scopes, days: int, field: str, rule: str) -> None:
    answer = asked(desk, *scopes, days=days)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f"({rule})" in page.partition("error-summary")[2].partition("</ul>")[0]
    assert not SystemKey.objects.exists()


def test_a_key_of_the_other_kind_is_another_administrators_to_make(desk: Client, provider: build.Provider) -> None:
    asked(desk, SEND)
    refused = asked(desk, DECLARE, system="Declaring system", key="k2")
    assert refused.status_code == 422
    assert "(SYS-03)" in refused.content.decode()
    second = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id))
    assert TOKEN.search(asked(second, DECLARE, system="Declaring system", key="k3").content.decode())


def test_a_key_without_scope_or_system_is_asked_for_again(desk: Client) -> None:
    page = asked(desk, system="").content.decode()
    assert "Choose at least one thing" in page
    assert "“System” is required" in page


def test_making_a_key_asks_for_the_second_factor_again(desk: Client) -> None:
    session = desk.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    answer = asked(desk, SEND)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    assert not SystemKey.objects.exists()
    assert listed(desk)  # reading does not ask


def test_revoking_asks_once_and_ends_the_key_at_once(desk: Client) -> None:
    token = token_of(asked(desk, SEND))
    key = SystemKey.objects.get()
    address = reverse("provider:revoke_key", args=[key.id])
    assert address in listed(desk)
    assert "Revoke this key?" in desk.get(address).content.decode()
    assert systems.system_of(token, timezone.now()) is not None
    told = desk.post(address, follow=True).content.decode()
    assert "opens nothing any more" in told
    assert "Revoked" in told
    assert address not in told
    assert systems.system_of(token, timezone.now()) is None
    assert "This key opens nothing" in desk.get(address).content.decode()


def test_another_providers_key_does_not_exist_here(desk: Client) -> None:
    asked(desk, SEND)
    key = SystemKey.objects.get()
    stranger = build.provider()
    other = build.signed_in(build.member(Role.PROVIDER_ADMINISTRATOR, stranger.organisation_id))
    assert key.prefix not in listed(other)
    for answer in (
        other.get(reverse("provider:revoke_key", args=[key.id])),
        other.post(reverse("provider:revoke_key", args=[key.id])),
    ):
        assert answer.status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


# The secretariat


def test_the_secretariat_reads_keys_and_a_supervisor_revokes_with_a_reason(
    desk: Client, provider: build.Provider
) -> None:
    token = token_of(asked(desk, SEND))
    key = SystemKey.objects.get()
    page, address = (
        reverse("secretariat:systems", args=[provider.id]),
        reverse("secretariat:revoke_key", args=[provider.id, key.id]),
    )
    auditor = build.signed_in(build.member(Role.AUDITOR))
    read = auditor.get(page).content.decode()
    assert key.prefix in read
    assert address not in read
    assert page in auditor.get(reverse("secretariat:provider", args=[provider.id])).content.decode()
    supervisor = build.signed_in(build.member(Role.SUPERVISOR))
    assert address in supervisor.get(page).content.decode()
    assert supervisor.post(address, {"reason": " "}).status_code == 422
    assert systems.system_of(token, timezone.now()) is not None
    supervisor.post(address, {"reason": "The key stood in a public archive."})
    assert systems.system_of(token, timezone.now()) is None
    assert "The key stood in a public archive." in listed(desk)
    other = reverse("secretariat:revoke_key", args=[build.provider().id, key.id])
    assert supervisor.get(other).status_code == 404
