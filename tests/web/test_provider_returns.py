"""A provider's two people file and declare a nil return on the pages, and the receipt names its leaf."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role
from testamur.submissions.queries import due
from tests import build, providing
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)


def test_two_people_file_and_declare_a_nil_return() -> None:
    provider = build.provider(sector="vet")
    officer = build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id)
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)
    registration = providing.registration_of(provider.id)
    address = reverse("provider:nil", args=[registration, FIRST.isoformat()])

    browser = build.signed_in(officer)
    listed = browser.get(reverse("provider:returns")).content.decode()
    assert "January to June 2026" in listed
    assert address in listed
    answer = browser.post(address, {"key": "k1"})
    (card,) = due.nil_returns_of(provider.id)
    assert "Declare the nil return for January to June 2026" in browser.get(reverse("provider:home")).content.decode()
    page = reverse("provider:nil_return", args=[card.id])
    assert answer["Location"] == page
    assert "You filed it." in browser.get(page).content.decode()
    refused = browser.post(page, {"key": "k2", "agreed": "on"})
    assert refused.status_code == 403
    assert "no role" in refused.content.decode()

    other = build.signed_in(administrator)
    assert other.post(page, {"key": "k3"}).status_code == 422  # the box was not ticked
    assert other.post(page, {"key": "k3", "agreed": "on"}).status_code == 302
    receipt = other.get(page).content.decode()
    assert "nil-return, version 1" in receipt
    assert "Place in the log" in receipt
    assert "Nil return" in other.get(reverse("provider:returns")).content.decode()
    assert browser.post(reverse("provider:withdraw_nil", args=[card.id])).status_code == 409


def test_a_period_that_is_not_over_says_why_and_an_address_that_is_none_does_not_exist() -> None:
    provider = build.provider(sector="vet")
    browser = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id))
    registration = providing.registration_of(provider.id)
    (running,) = [
        one for one in due.periods_of(provider.id, at=timezone.now()) if one.window.since <= one.on < one.window.until
    ]
    address = reverse("provider:nil", args=[registration, running.window.since.isoformat()])
    assert "is not over yet" in browser.get(address).content.decode()
    refused = browser.post(address, {"key": "k1"})
    assert refused.status_code == 422
    assert due.nil_returns_of(provider.id) == []
    assert browser.get(reverse("provider:nil", args=[registration, "tomorrow"])).status_code == 404


def test_the_start_page_names_what_is_due_and_the_years_of_what_is_held() -> None:
    lodging = Lodging()
    lodging.sealed()
    browser = build.signed_in(lodging.officer)
    page = browser.get(reverse("provider:home")).content.decode()
    now = timezone.now()
    asked = [one for one in due.periods_of(lodging.provider.id, at=now) if one.standing in ("due_soon", "overdue")]
    told = [one for one in asked if f"Lodge for {one.window.label}" in page]
    assert told == [one for one in asked if not one.registration.ended]
    provider = providing.operating(sector="vet", since=date(2020, 1, 1))
    other = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id))
    page = other.get(reverse("provider:home")).content.decode()
    asked = [one for one in due.periods_of(provider.id, at=now) if one.standing in ("due_soon", "overdue")]
    assert all(f"Lodge for {one.window.label}, due" in page for one in asked)
    assert page.count("Lodge for ") == len(asked)
