"""The demo's world: made by the real actions, all or nothing, only into an empty database; and its pages."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from testamur.accounts import access, systems
from testamur.accounts import queries as accounts_queries
from testamur.documents import queries as documents_queries
from testamur.extracts import queries as extracts_queries
from testamur.issuance import queries as issuance_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.providers import queries as providers_queries
from testamur.providers import rules as providers_rules
from testamur.register import queries as register_queries
from testamur.service import mailsink, world
from testamur.service.world import people, providers
from testamur.students import queries as students_queries
from testamur.students.usi import queries as usi_queries
from testamur.submissions import queries as submissions_queries
from testamur.submissions.coverage import Status
from testamur.submissions.queries import doubting, due
from testamur.submissions.queries.coverage import coverage_of
from testamur.submissions.years import Standing
from testamur.training.queries import copies as training_copies
from testamur.training.queries import scope as training_scope
from tests import build, certifying

AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
STUDENTS = 12


def load(folder: Path) -> list[str]:
    """Load a small world and return what was said."""
    said: list[str] = []
    world.load(folder, at=AT, say=said.append, students=STUDENTS)
    return said


@pytest.mark.django_db
def test_the_world_is_loaded_once_with_everything_that_it_promises(tmp_path: Path) -> None:
    assert not world.is_loaded()
    assert len(load(tmp_path)) == 9
    assert world.is_loaded()
    assert training_scope.in_scope_on(["90142"], "ZZA30118", AT.date()) is not None
    assert training_copies.snapshot_age(AT.date()) == 0
    assert len(training_copies.watched_reviews()) == 2
    standings = {}
    for name in (providers.RTO, providers.HIGHER, providers.CEASING, providers.CLOSED, providers.WITHOUT_HOLDINGS):
        hit = providers_queries.search_providers(name, on=AT.date())[0]
        assert hit.legal_name == name
        standings[name] = (hit.status, register_queries.has_holdings(hit.provider_id))
    assert list(standings.values()) == [
        ("registered", False),
        ("registered", False),
        ("ceasing", True),
        ("ceased", True),
        ("ceased", False),
    ]
    closed = providers_queries.search_providers(providers.CLOSED_NAME, on=AT.date())[0]
    with tenancy.for_provider(closed.provider_id):
        cards = submissions_queries.submissions_of(closed.provider_id)
        assert {card.state for card in cards} == {"sealed", "needs_fix"}
    (holding,) = register_queries.holdings(closed.provider_id)
    assert holding.students == STUDENTS
    for one in people.EVERYBODY:
        account = accounts_queries.find_account(one.email)
        assert account is not None
        assert accounts_queries.has_second_factor(account.id) == bool(one.secret)


@pytest.mark.django_db
def test_the_training_organisations_hold_and_owe_what_the_demo_says(tmp_path: Path, settings: Any) -> None:
    certifying.use(settings)
    load(tmp_path)
    closed, operating = (
        providers_queries.search_providers(name, on=AT.date())[0].provider_id
        for name in (providers.TRAINING, providers.RTO)
    )
    assert {one.format for one in register_queries.holdings(closed)} == {"cqr2", "avetmiss8", "certificates"}
    with tenancy.for_provider(operating):
        (waiting,) = submissions_queries.submissions_of(operating)
        documents = issuance_queries.counts(operating)
    assert (documents["issued"], documents["prepared"]) == (3, 1)
    assert (waiting.format, waiting.state) == ("avetmiss8", "needs_fix")
    (nil,) = due.nil_returns_of(operating)
    assert nil.state == "declared"
    later = due.periods_of(operating, at=AT + timedelta(days=60))
    assert [one.window.since for one in later if one.standing is Standing.OVERDUE] == [date(2026, 1, 1)]
    with tenancy.for_register():
        assert {one.rule for one in doubting.doubt_counts()} == {"D01", "D02", "D03"}
        counts = usi_queries.state_counts(closed).by_state
    assert counts["verified"] > 0
    assert sum(counts.values()) > counts["verified"]


@pytest.mark.django_db
def test_a_ceasing_provider_lacks_years_and_the_desks_have_something_to_do(tmp_path: Path) -> None:
    load(tmp_path)
    ceasing, operating = (
        providers_queries.search_providers(name, on=AT.date())[0].provider_id
        for name in (providers.CEASING, providers.RTO)
    )
    coverage = coverage_of(ceasing, at=AT)
    held = {window.since.year for window in coverage.windows if coverage.answer(window) is Status.HELD}
    assert held == {2014, 2015, 2016, 2017}
    assert {window.since.year for window in coverage.waiting} >= {2013, 2018, 2025}
    organisation = providers_queries.provider(operating).organisation_id
    (asked,) = access.requests_waiting(AT, organisation_id=organisation)
    assert asked.name == "Noor Abernathy"
    (key,) = systems.keys_of(organisation)
    assert (key.last_used_at, key.usable(AT)) == (AT, True)


@pytest.mark.django_db
def test_the_students_stand_where_the_demo_says(tmp_path: Path) -> None:
    load(tmp_path)
    states = {}
    for one in people.STUDENTS:
        account = accounts_queries.find_account(one.email)
        assert account is not None
        person = students_queries.person_of_account(account.id)
        if person is None:
            states[one.key] = "none"
            continue
        with tenancy.for_person(person):
            (request,) = extracts_queries.requests_of(person)
            states[one.key] = request.state
            extracts = extracts_queries.extracts_of(person)
        assert [documents_queries.issued(extract.number).status for extract in extracts] == ["current"] * len(extracts)
    assert states == {"verified": "ready", "pending": "identity_pending", "fresh": "none", "vocational": "ready"}


@pytest.mark.django_db
def test_a_world_that_breaks_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(world.cases, "open_all", broken)
    with pytest.raises(RuntimeError, match="planted"):
        load(tmp_path)
    assert not world.is_loaded()
    assert accounts_queries.find_account(people.OFFICER.email) is None


@pytest.mark.django_db
def test_a_database_with_other_data_is_refused() -> None:
    build.student_account()
    with pytest.raises(Conflict, match="not the demo's"):
        world.is_loaded()


def test_made_up_abns_pass_the_check_of_their_digits() -> None:
    for body in range(1, 400):
        assert providers_rules.parse_abn(providers.made_up_abn(body)) is not None


def test_secrets_are_the_same_in_every_demo_and_differ_between_people() -> None:
    secrets = {one.secret for one in people.EVERYBODY if one.secret}
    staff = (
        people.PROVIDER_STAFF,
        people.RTO_STAFF,
        people.TRAINING_STAFF,
        people.CEASING_STAFF,
        people.SECRETARIAT_STAFF,
    )
    assert len(secrets) == sum(map(len, staff))
    assert all(one.code.isdigit() and len(one.code) == 6 for one in people.EVERYBODY if one.secret)
    assert people.VERIFIED.secret == people.VERIFIED.code == ""


# Pages


def keep(folder: Path, subject: str) -> None:
    """Put a mail into a sink."""
    content = f"Subject: {subject}\r\nTo: mai@example.org\r\n\r\nOpen http://localhost/x/ & wait.\r\n".encode()
    mailsink.Sink(folder).keep("register@testamur.example", ["mai@example.org"], content, at=AT)


@pytest.mark.django_db
@pytest.mark.urls("tests.service.demo_urls")
def test_the_demo_shows_log_ins_and_mail(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MAIL_SINK_DIR = tmp_path
    keep(tmp_path, "Your records are ready")
    page = client.get("/demo/").content.decode()
    assert all(one.email in page for one in people.EVERYBODY)
    assert people.PASSWORD in page
    assert "Your records are ready" in page
    mail = client.get("/demo/mail/1/").content.decode()
    assert '<a href="http://localhost/x/"' in mail
    assert "&amp; wait" in mail
    assert client.get("/demo/mail/2/").status_code == 404
    assert client.get("/demo/style/").status_code == 200


@pytest.mark.django_db
@pytest.mark.urls("tests.service.demo_urls")
def test_without_a_sink_there_is_no_mail(client: Client, settings: Any) -> None:
    settings.MAIL_SINK_DIR = None
    assert "No mail yet" in client.get("/demo/").content.decode()
    assert client.get("/demo/mail/1/").status_code == 404


@pytest.mark.django_db
def test_a_site_that_is_no_demo_has_no_such_pages(client: Client) -> None:
    assert client.get("/demo/").status_code == 404
