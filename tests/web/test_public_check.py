"""Checking a document by number and by file: each answer, each planted fault, and nothing about a person."""

import hashlib
import html
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from testamur.documents import actions as documents_actions
from testamur.documents import queries as documents_queries
from testamur.kernel.identifiers import ALPHABET, printed
from testamur.log import actions as log_actions
from testamur.web.public import limits
from tests.issuing import SECOND, UNKNOWN, certified, issue
from tests.rules.documents_samples import AT, number

pytestmark = pytest.mark.django_db


def by_number(client: Client, typed: str) -> str:
    response = client.get(reverse("public:check"), {"number": typed})
    assert response.status_code == 200
    return response.content.decode()


def by_file(client: Client, typed: str) -> str:
    response = client.post(reverse("public:check"), {"sha256": typed})
    assert response.status_code == 200
    return response.content.decode()


def verdict(body: str) -> str:
    """Return the headline of the answer, empty where there is none."""
    found = re.search(r'class="t-verdict__title">([^<]*)<', body)
    return html.unescape(found.group(1)) if found else ""


def title(body: str) -> str:
    found = re.search(r"<title>([^<]*)</title>", body)
    assert found
    return found.group(1)


# Answers ------------------------------------------------------------------------------------------------------------


def test_the_page_asks_for_a_number_or_a_file_and_answers_nothing(client: Client) -> None:
    body = client.get(reverse("public:check")).content.decode()
    assert verdict(body) == ""
    assert 'data-testamur="hash"' in body
    assert all(command in body for command in ("sha256sum", "shasum -a 256", "certutil -hashfile"))
    assert "Error:" not in title(body)


@pytest.mark.parametrize("typed", ["7KQ2-M9XD-4HTR3", "7kq2m9xd4htr3", " 7KQ2 m9xd – 4htr3 ", "7KQ2M9XD4HTR3"])
def test_a_current_document_is_found_however_its_number_is_typed(client: Client, typed: str) -> None:
    issue()
    body = by_number(client, typed)
    assert verdict(body) == "Authentic and current"
    assert "Certified extract of records" in body
    assert "14 March 2026" in body


def test_a_superseded_document_says_so_and_not_by_which(client: Client) -> None:
    found, newer = issue(), issue(SECOND)
    documents_actions.record_status(
        found.number, status="superseded", reason="newer extract", at=AT, superseded_by=newer.number
    )
    for body in (by_number(client, found.number), by_file(client, found.sha256)):
        assert verdict(body) == "Authentic, but superseded"
        assert "newer" in body
        assert newer.number not in body
        assert printed(newer.number) not in body
        assert newer.sha256 not in body
    assert verdict(by_number(client, newer.number)) == "Authentic and current"


def test_a_withdrawn_document_is_not_to_be_relied_on(client: Client) -> None:
    found = issue()
    documents_actions.record_status(found.number, status="withdrawn", reason="issued in error", at=AT)
    for body in (by_number(client, found.number), by_file(client, found.sha256)):
        assert verdict(body) == "Withdrawn"
        assert "Do not rely on it" in body
        assert "issued in error" not in body


def test_a_number_that_was_never_issued_is_not_ours(client: Client) -> None:
    issue()
    body = by_number(client, UNKNOWN)
    assert verdict(body) == "Not ours"
    assert "Authentic and current" not in body


def test_every_single_wrong_character_says_check_the_number(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PER_MINUTE", 10_000)
    right = issue().number
    for place in range(len(right)):
        other = ALPHABET[(ALPHABET.index(right[place]) + 7) % 32]
        body = by_number(client, right[:place] + other + right[place + 1 :])
        assert "Check the number" in body
        assert verdict(body) == ""
        assert title(body).startswith("Error:")


@pytest.mark.parametrize("typed", ["", "7KQ2", "<script>alert(1)</script>", "7KQ2\x00M9XD", "U" * 13, "7" * 61])
def test_what_can_be_no_number_is_asked_for_again(client: Client, typed: str) -> None:
    body = by_number(client, typed)
    assert verdict(body) == ""
    assert "<script>alert" not in body
    assert 'class="govuk-error-summary' in body


def test_the_address_of_the_qr_code_answers_the_same(client: Client) -> None:
    found = issue()
    response = client.get(f"/check/{found.number}", follow=True)
    assert verdict(response.content.decode()) == "Authentic and current"
    assert verdict(client.get(f"/check/{UNKNOWN}/").content.decode()) == "Not ours"
    mistyped = client.get(f"/check/{found.number[:-1]}{'0' if found.number[-1] != '0' else '1'}/")
    assert "Check the number" in mistyped.content.decode()


# By file ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "printed_as",
    ["{}", "{}  document.pdf", "SHA256 (document.pdf) = {}", "  {}\n", "SHA256 hash of deed.pdf:\n{}\nCertUtil: done"],
)
def test_the_fingerprint_of_an_issued_file_is_found_as_tools_print_it(client: Client, printed_as: str) -> None:
    found = issue()
    data = documents_queries.issued_bytes(found.number)
    body = by_file(client, printed_as.format(hashlib.sha256(data).hexdigest().upper()))
    assert verdict(body) == "Authentic and current"
    assert "byte for byte" in body


def test_a_file_with_one_changed_byte_and_somebody_elses_file_are_not_ours(client: Client) -> None:
    found = issue()
    data = documents_queries.issued_bytes(found.number)
    changed = data[:500] + bytes((data[500] ^ 1,)) + data[501:]
    for other in (changed, b"another document", b""):
        body = by_file(client, hashlib.sha256(other).hexdigest())
        assert verdict(body) == "Not ours"
        assert found.number not in body


def test_a_file_that_the_register_keeps_but_did_not_issue_is_not_ours(client: Client) -> None:
    kept = documents_actions.keep_file([b"a provider's own PDF"], media_type="application/pdf", kind="lodged", at=AT)
    assert verdict(by_file(client, kept.sha256)) == "Not ours"


@pytest.mark.parametrize("typed", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "a" * 501, "\x00"])
def test_what_is_no_fingerprint_is_asked_for_again(client: Client, typed: str) -> None:
    body = by_file(client, typed)
    assert verdict(body) == ""
    assert 'class="govuk-error-summary' in body


def test_a_fingerprint_by_post_needs_the_page_s_own_form() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("public:check"), {"sha256": "a" * 64}).status_code == 403


# Nothing about anybody ------------------------------------------------------------------------------------------------


def test_no_answer_holds_anything_about_the_person_and_no_title_the_number(client: Client, tmp_path: Path) -> None:
    found = certified(tmp_path)
    log_actions.seal(at=AT)
    bodies = [by_number(client, found.number), by_file(client, found.sha256), by_number(client, UNKNOWN)]
    assert "Proof in the public log" in bodies[0]
    documents_actions.record_status(found.number, status="withdrawn", reason="issued in error", at=AT)
    bodies += [by_number(client, found.number), by_file(client, found.sha256)]
    assert [verdict(body) for body in bodies[2:]] == ["Not ours", "Withdrawn", "Withdrawn"]
    for body in bodies:
        assert personal_in(body, found.personal) == []
        assert found.number not in title(body)
        assert printed(found.number) not in title(body)
    for planted in found.personal:
        assert personal_in(bodies[0].replace("</main>", f"<p>{planted}</p></main>"), found.personal) == [planted]


def personal_in(body: str, personal: Sequence[str]) -> list[str]:
    """Return which of a person's data stand in a page as words of their own; a signature may hold any letters by chance."""
    body = re.sub(r"<pre.*?</pre>", "", body, flags=re.S)
    return [text for text in personal if re.search(rf"\b{re.escape(text)}\b", body)]


def test_the_number_of_a_case_answers_exactly_as_an_unknown_one(client: Client, tmp_path: Path) -> None:
    case = certified(tmp_path).case
    unknown, known = by_number(client, UNKNOWN), by_number(client, case)
    assert _without_what_differs(unknown, UNKNOWN) == _without_what_differs(known, case)
    assert _statements(client, UNKNOWN) == _statements(client, case)


def _without_what_differs(body: str, typed: str) -> str:
    """Return a page without the number in its box, the form's token and the moment."""
    body = body.replace(typed, "")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    return re.sub(r"Checked [^<·]*", "", body)


def _statements(client: Client, typed: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        by_number(client, typed)
    return len(captured)


def test_no_line_of_the_log_holds_the_number(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    found = issue()
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(limits, "PER_MINUTE", 3)
    for _ in range(4):
        client.get(f"/check/{found.number}/")
    client.get(f"/check/{found.number}.tlog-proof")
    assert not [record for record in caplog.records if found.number in record.getMessage()]


def test_a_refused_page_without_our_guard_would_be_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The planted fault of the test above: Django writes the address of a refused request to another page of the site."""
    caplog.set_level(logging.DEBUG)
    assert client.get(reverse("text", args=[number()])).status_code == 404
    assert [record for record in caplog.records if number() in record.getMessage()]


def test_answers_stay_out_of_caches_and_search_engines(client: Client) -> None:
    issue()
    response = client.get(f"/check/{number()}/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


# The limit ----------------------------------------------------------------------------------------------------------


def test_an_address_that_looks_too_often_is_told_when_to_come_back(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "PER_MINUTE", 3)
    monkeypatch.setattr(limits, "_WINDOW", 10**10)
    issue()
    for typed in (number(), UNKNOWN, "nonsense"):
        by_number(client, typed)
    for refused in (
        client.get(reverse("public:check"), {"number": number()}),
        client.post(reverse("public:check"), {"sha256": "a" * 64}),
        client.get(f"/check/{number()}/"),
        client.get(f"/check/{number()}.tlog-proof"),
    ):
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert "Too many look-ups" in refused.content.decode()
        assert verdict(refused.content.decode()) == ""
    assert client.get(reverse("public:check")).status_code == 200
    other = client.get(f"/check/{number()}/", REMOTE_ADDR="203.0.113.9")
    assert verdict(other.content.decode()) == "Authentic and current"


def test_the_limit_ends_with_its_minute() -> None:
    request = RequestFactory().get("/check/")
    waits = [limits.seconds_to_wait(request, now=6_000_000_030.0) for _ in range(limits.PER_MINUTE + 1)]
    assert waits == [0] * limits.PER_MINUTE + [30]
    assert limits.seconds_to_wait(request, now=6_000_000_060.0) == 0


def test_the_counter_keeps_no_address() -> None:
    limits.seconds_to_wait(RequestFactory().get("/check/", REMOTE_ADDR="203.0.113.77"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM accounts_counter")
        rows = str(cursor.fetchall())
    assert "look:" in rows
    assert "203.0.113.77" not in rows
