"""Pages about USIs: masked for everybody, in the clear once for whom F.2 names, and loud where answers are made up."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.log import queries as log_queries
from testamur.students import actions as students_actions
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import fake
from testamur.students.usi import queries as usi_queries
from tests import build, lodged
from tests import verifying as world
from tests.build import NOW, OPERATOR

pytestmark = pytest.mark.django_db

NUMBERS = ["PCVA64XU3D", "ZTCP6RPU6M", "KLP2ZP6NCW", "W2NBT2FW66"]
CASE = {"purpose": "complaint", "case": "CMP-2026-014"}
REASON = "The student says that the number is another person's."


@pytest.fixture
def lodging(monkeypatch: pytest.MonkeyPatch, settings: Any) -> lodged.Lodging:
    world.use(monkeypatch, settings, fake.FakeRegistry())
    made = world.lodging(NUMBERS, given_name="Grayce")
    usi_actions.verify_usis(at=timezone.now())
    return made


@pytest.fixture
def student_id(lodging: lodged.Lodging) -> int:
    return world.student_of(lodging.provider.id, "Nguyen")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def clear_in(answer: Any) -> list[str]:
    """Return the numbers that an answer shows in the clear, anywhere in it."""
    whole = text_of(answer) + str(answer.headers) + str(answer.wsgi_request.get_full_path())
    return [number for number in NUMBERS if number in whole.upper()]


def stale(browser: Client) -> None:
    """Let the session's sign-in be an hour old."""
    session = browser.session
    records = [{**one, "at": one["at"] - 3600} for one in session["account_authentication_methods"]]
    session["account_authentication_methods"] = records
    session.save()


# The provider


def test_a_provider_sees_who_needs_work_masked_and_what_to_do(lodging: lodged.Lodging, student_id: int) -> None:
    answer = build.signed_in(lodging.officer).get(reverse("provider:identifiers"))
    text = text_of(answer)
    assert clear_in(answer) == []
    assert all(
        words in text for words in ("••••••••3D", "••••••••66", "first name", "Made-up answers", "S1001", "S1004")
    )
    assert "S1002" not in text
    with tenancy.for_register():
        (event,) = log_queries.access_events(students=[student_id])
    assert (event.role, event.action, event.purpose) == ("provider_data_officer", "viewed", "submission")


def test_the_picture_leads_to_each_state_and_the_table_holds_its_counts(lodging: lodged.Lodging) -> None:
    browser = build.signed_in(lodging.administrator)
    text = text_of(browser.get(reverse("provider:identifiers")))
    assert "?state=verified" in text
    assert "Verify again" not in text, "an administrator does not prepare data"
    verified = browser.get(reverse("provider:identifiers"), {"state": "verified"})
    assert clear_in(verified) == []
    assert "S1002" in text_of(verified)
    assert "S1001" not in text_of(verified)
    assert browser.get(reverse("provider:identifiers"), {"state": "x", "page": "9"}).status_code == 200


def test_an_officer_has_them_verified_again(lodging: lodged.Lodging) -> None:
    browser = build.signed_in(lodging.officer)
    answer = browser.post(reverse("provider:verify_identifiers"), follow=True)
    assert "2 USIs are being verified again" in text_of(answer)
    assert world.states(lodging.provider.id) == ["pending", "verified", "verified", "pending"]


def test_without_a_connection_pages_say_that_numbers_wait(lodging: lodged.Lodging, settings: Any) -> None:
    settings.USI_REGISTRY = "off"
    browser = build.signed_in(lodging.officer)
    assert "Numbers wait" in text_of(browser.get(reverse("provider:identifiers")))
    answer = browser.post(reverse("provider:verify_identifiers"), follow=True)
    assert "not connected to the USI Registry" in text_of(answer)
    assert world.states(lodging.provider.id) == ["mismatch", "verified", "verified", "deactivated"]


def test_another_provider_sees_nothing_of_them(lodging: lodged.Lodging) -> None:
    other = lodged.Lodging()
    text = text_of(build.signed_in(other.officer).get(reverse("provider:identifiers")))
    assert "S1001" not in text
    assert "0 numbers held" in text


# The secretariat


def test_an_officer_counts_first_and_opens_students_in_a_case_only(lodging: lodged.Lodging, student_id: int) -> None:
    browser = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    page = reverse("secretariat:identifiers", args=[lodging.provider.id])
    assert "S1001" not in text_of(browser.get(page))
    refused = browser.post(page, {"purpose": "complaint", "case": ""})
    assert (refused.status_code, "S1001" in text_of(refused)) == (422, False)
    assert log_queries.access_events(students=[student_id]) == []
    opened = browser.post(page, CASE)
    assert clear_in(opened) == []
    assert "••••••••3D" in text_of(opened)
    (event,) = log_queries.access_events(students=[student_id])
    assert (event.role, event.case, event.purpose) == ("secretariat_officer", "CMP-2026-014", "complaint")
    one = browser.post(page, {**CASE, "local_id": "s1002"})
    assert "S1002" in text_of(one)
    assert "S1001" not in text_of(one)
    assert reverse("secretariat:identifier", args=[student_id]) not in text_of(opened)


def test_a_supervisor_sees_a_number_once_with_reason_and_fresh_second_factor(
    lodging: lodged.Lodging, student_id: int
) -> None:
    browser = build.signed_in(build.member(Role.SUPERVISOR))
    page = reverse("secretariat:identifier", args=[student_id])
    assert clear_in(browser.get(page)) == []
    refused = browser.post(page, {**CASE, "reason": ""})
    assert (refused.status_code, clear_in(refused)) == (422, [])
    shown = browser.post(page, {**CASE, "reason": REASON})
    assert clear_in(shown) == ["PCVA64XU3D"]
    assert "no-store" in shown["Cache-Control"]
    assert clear_in(browser.get(page)) == []
    with tenancy.for_register():
        assert len(usi_queries.reveals_of([student_id])) == 1


def test_without_a_fresh_second_factor_nothing_is_shown(lodging: lodged.Lodging, student_id: int) -> None:
    browser = build.signed_in(build.member(Role.SUPERVISOR))
    stale(browser)
    page = reverse("secretariat:identifier", args=[student_id])
    again: list[Callable[[], Any]] = [
        lambda: browser.get(page),
        lambda: browser.post(page, {**CASE, "reason": REASON}),
    ]
    for ask in again:
        answer = ask()
        assert (answer.status_code, answer["Location"]) == (
            302, f"{reverse('mfa_reauthenticate')}?next={quote(page, safe='')}",
        )  # fmt: skip
    with tenancy.for_register():
        assert usi_queries.reveals_of([student_id]) == []


# The student


def test_a_student_sees_their_own_masked_then_clear_and_who_else_saw_it(
    lodging: lodged.Lodging, student_id: int
) -> None:
    account = build.student_account()
    person = students_actions.ensure_person(account.id, at=NOW)
    students_actions.link_student(person, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    why = usi_actions.Why("complaint", REASON, CASE["case"])
    usi_actions.reveal(student_id, why, by=build.member(Role.SUPERVISOR).id, at=NOW, on=NOW.date())
    browser = build.signed_in(account)
    page = browser.get(reverse("student:identifiers"))
    text = text_of(page)
    assert clear_in(page) == []
    assert all(words in text for words in ("••••••••3D", "A secretariat supervisor", "CMP-2026-014", "Made-up answers"))
    assert REASON not in text
    show = reverse("student:show_identifier", args=[student_id])
    assert clear_in(browser.post(show)) == ["PCVA64XU3D"]
    assert clear_in(browser.get(reverse("student:identifiers"))) == []
    read = text_of(browser.get(reverse("student:access"))).lower()
    assert "answer a complaint" in read
    assert "saw your usi in the clear" in read
    assert browser.post(reverse("student:show_identifier", args=[student_id + 1])).status_code == 404
    stale(browser)
    assert browser.post(show)["Location"].startswith(reverse("account_reauthenticate"))


def test_a_student_without_a_record_sees_that_there_is_none() -> None:
    browser = build.signed_in(build.student_account())
    assert "No provider lodged a USI of yours" in text_of(browser.get(reverse("student:identifiers")))
    assert browser.post(reverse("student:show_identifier", args=[1])).status_code == 404


def test_the_guard_of_masked_pages_catches_a_number(lodging: lodged.Lodging) -> None:
    answer = build.signed_in(lodging.officer).get(reverse("provider:identifiers"), {"state": "x", "q": "pcva64xu3d"})
    assert clear_in(answer) == ["PCVA64XU3D"], "a number in an address is found"
