"""Refusals become pages with their own words; each view reads the database on behalf of whoever acts."""

import pytest
from django.db import connection
from django.test import Client

from testamur.accounts.roles import Role
from testamur.notices import queries as notices_queries
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.planted_urls")]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("not-allowed", 403, "Ask a supervisor."),
        ("not-found", 404, "Look at the list."),
        ("conflict", 409, "Open the page again."),
        ("denied", 403, "cannot open this page"),
        ("suspicious", 400, "could not be read"),
    ],
)
def test_a_refusal_is_a_page(name: str, status: int, words: str) -> None:
    response = Client().get(f"/planted/fail/{name}/")
    assert response.status_code == status
    text = response.content.decode()
    assert words in text
    assert "inner words" not in text
    assert "no-store" in response["Cache-Control"]


def test_a_fault_of_ours_tells_nothing_of_itself() -> None:
    response = Client(raise_request_exception=False).get("/planted/fail/fault/")
    assert response.status_code == 500
    assert "inner words" not in response.content.decode()
    assert "could not finish" in response.content.decode()


def test_an_unknown_address_is_a_page() -> None:
    response = Client().get("/no/such/place/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


@pytest.mark.urls("testamur.service.urls")
def test_an_address_that_takes_forms_only_is_a_page_too() -> None:
    staff = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    response = staff.get("/secretariat/doubts/1/ask/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Nothing to show here" in response.content.decode()
    assert Client().delete("/check/")["Allow"]


def test_provider_staff_read_their_own_providers_rows_only() -> None:
    provider = build.provider(name="Harbour Institute Pty Ltd")
    browser = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id))
    told = browser.get("/planted/provider/").json()
    assert told["settings"] == [str(provider.id), "", ""]
    assert (told["role"], told["organisation"]) == ("provider_data_officer", "Harbour Institute Pty Ltd")


def test_the_setting_is_gone_when_the_view_has_returned() -> None:
    provider = build.provider()
    browser = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id))
    browser.get("/planted/provider/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('testamur.provider_id', true), '')")
        assert cursor.fetchone() == ("",)


def test_the_secretariat_has_no_scope_outside_a_case() -> None:
    browser = build.signed_in(build.member(Role.SUPERVISOR))
    assert [value or "" for value in browser.get("/planted/secretariat/").json()["settings"]] == ["", "", ""]


def test_a_student_without_a_confirmed_person_reads_nobodys_rows() -> None:
    browser = build.signed_in(build.student_account())
    told = browser.get("/planted/student/").json()
    assert told["role"] == "student"
    assert [value or "" for value in told["settings"]] == ["", "", ""]


def test_staff_of_an_organisation_that_is_no_provider_yet_are_told_so_and_can_sign_out() -> None:
    browser = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER))
    response = browser.get("/planted/provider/")
    assert response.status_code == 403
    assert "not joined to a provider" in response.content.decode()
    assert browser.post("/account/sign-out/").status_code == 302
    assert browser.get("/planted/provider/").status_code == 302


def test_pages_behind_a_sign_in_stay_out_of_caches() -> None:
    browser = build.signed_in(build.student_account())
    assert "no-store" in browser.get("/planted/student/")["Cache-Control"]


def test_a_collecting_page_has_its_notice_and_notes_who_sent_the_form() -> None:
    person = build.student_account()
    browser = build.signed_in(person)
    assert b"when you sign in" in browser.get("/planted/collecting/").content
    assert "sign-in" not in notices_queries.shown_to(person.id)
    browser.post("/planted/collecting/")
    assert notices_queries.shown_to(person.id)["sign-in"][0] == "1"
