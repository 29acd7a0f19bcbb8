"""No log line holds a document's number or the secret of a link, whoever writes it."""

import logging
import re
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver

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
        ("%s: %s", ("Gone", "/account/invitation/UXOEA-SO6_HWB7/"), "Gone: /account/invitation/…"),
        ("%s: %s", ("Conflict", "/access/request/eqSMFl_V-k3J/"), "Conflict: /access/request/…"),
        ("%s: %s", ("Not Found", "/account/reset/5x-d0a1-9f/"), "Not Found: /account/reset/…"),
        ("%s: %s", ("Not Found", "/account/confirm/MQ:1wAbC/"), "Not Found: /account/confirm/…"),
        (
            "%s: %s",
            ("Not Found", "/student/record/extracts/P4SFFA9PWB9QP.pdf"),
            "Not Found: /student/record/extracts/…",
        ),
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


def _addresses(patterns: Iterable[Any], before: str = "/") -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every address of the site with the names of its parts that vary."""
    for one in patterns:
        here = before + str(one.pattern)
        names = frozenset(one.pattern.regex.groupindex)
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns, here)
        else:
            yield here, names


def test_no_address_with_the_secret_of_a_link_gets_into_a_line_whole() -> None:
    secret = [
        (address, names) for address, names in _addresses(get_resolver().url_patterns) if names & {"token", "key"}
    ]
    assert len(secret) >= 4
    for address, _ in secret:
        begins = re.split(r"[<(^]", address.replace("^", ""))[0]
        line = _line("%s: %s", "Unprocessable Entity", f"{begins}9x-SECRET/")
        assert "SECRET" not in line, address


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
