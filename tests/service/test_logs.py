"""No log line holds a document's number, whoever writes it."""

import logging
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from testamur.service.logs import HideAddresses


def _line(message: str, *args: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, args, None)
    assert HideAddresses().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("message", "args", "expected"),
    [
        ("%s: %s", ("Not Found", "/check/7KQ2M9XD4HTR3/"), "Not Found: /check/…"),
        (
            "Forbidden (%s): %s",
            ("CSRF token missing.", "/check/7kq2-m9xd-4htr3"),
            "Forbidden (CSRF token missing.): /check/…",
        ),
        ("GET /check/7KQ2M9XD4HTR3.tlog-proof 405", (), "GET /check/… 405"),
        ("%s: %s", ("Not Found", "/providers/7/"), "Not Found: /providers/7/"),
    ],
)
def test_a_line_loses_the_number(message: str, args: tuple[object, ...], expected: str) -> None:
    assert _line(message, *args) == expected


def test_every_handler_of_the_site_wears_the_filter() -> None:
    assert all("hide_addresses" in handler["filters"] for handler in settings.LOGGING["handlers"].values())


@pytest.mark.django_db
def test_a_refused_method_is_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(HideAddresses())
    try:
        Client().delete("/check/7KQ2M9XD4HTR3/")
    finally:
        caplog.handler.filters.clear()
    assert "7KQ2" not in caplog.text


@pytest.mark.django_db
def test_what_somebody_typed_into_an_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(HideAddresses())
    try:
        Client().get("/students/grace-nguyen-27-08-1996/")
    finally:
        caplog.handler.filters.clear()
    assert "Not Found: an address that leads nowhere" in caplog.text
    assert "grace" not in caplog.text


@pytest.mark.parametrize(("leads", "kept"), [(None, False), (object(), True)])
def test_an_address_of_the_site_stays_in_the_line_and_another_does_not(leads: object, kept: bool) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "%s: %s", ("Not Found", "/typed/"), None)
    record.request = SimpleNamespace(path="/typed/", resolver_match=leads)
    assert HideAddresses().filter(record)
    assert ("/typed/" in record.getMessage()) is kept
