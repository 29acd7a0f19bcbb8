"""A supervisor decides on declared submissions through the real pages; nobody else does, and nobody decides twice."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.notices import actions as notices_actions
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import SubmissionCard
from tests import build, lodged
from tests.lodged import Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db
REASON = "The transcripts of 2016 are missing. Upload them, too."


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet", name="Wattle Training Pty Ltd")


@pytest.fixture
def number(lodging: Lodging) -> UUID:
    """Return a declared submission that waits for a supervisor, with a warning left in it."""
    warned = {
        lodged.RECORDS: csv_of("studentrecords", [student(1)]),
        lodged.RESULTS: csv_of("studentresults", [unit(1, "ITC102"), unit(1, "ITC201", mark="105")]),
    }
    found = lodging.opened(warned)
    lodging.checked(found)
    lodging.declared(found)
    return found


@pytest.fixture
def person() -> build.Person:
    return build.member(Role.SUPERVISOR)


@pytest.fixture
def supervisor(person: build.Person) -> Client:
    return build.signed_in(person)


def card(number: UUID) -> SubmissionCard:
    with tenancy.for_register():
        return submissions_queries.submission(number)


def verbs(number: UUID) -> list[str]:
    """Return what was done to a submission, the oldest first."""
    with tenancy.for_register():
        return [step.verb for step in reversed(submissions_queries.steps_of(number))]


def page(browser: Client, number: UUID) -> str:
    answer = browser.get(reverse("secretariat:submission", args=[number]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def key_in(browser: Client, number: UUID, verb: str) -> str:
    """Return the key hidden in one form of the page."""
    form = page(browser, number).partition(reverse(f"secretariat:{verb}_submission", args=[number]))[2]
    found = re.search(r'name="key" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def decide(browser: Client, number: UUID, verb: str, **fields: str) -> Any:
    """Send one form of a decision and follow it."""
    return browser.post(reverse(f"secretariat:{verb}_submission", args=[number]), fields, follow=True)


def posted() -> list[Any]:
    """Send what waits and return the mails that went out."""
    mail.outbox.clear()
    notices_actions.send_pending(at=timezone.now())
    return mail.outbox


# Reading


def test_the_list_and_the_page_say_what_a_decision_needs(supervisor: Client, number: UUID, lodging: Lodging) -> None:
    listed = supervisor.get(reverse("secretariat:submissions")).content.decode()
    assert "Wattle Training Pty Ltd" in listed
    assert reverse("secretariat:submission", args=[number]) in listed
    shown = page(supervisor, number)
    told = card(number)
    for words in (
        "Wattle Training Pty Ltd",
        "Declared by",
        told.tally.files[0].sha256,
        "What the check found",
        "What was declared",
        told.rule_version,
    ):
        assert words in shown
    remaining = [rule for rule in told.tally.rules if rule.severity != "error"]
    assert remaining, "the planted files must leave something to look at"
    for found in remaining:
        assert found.rule in shown


def test_no_student_stands_on_the_pages(supervisor: Client, number: UUID) -> None:
    told = page(supervisor, number) + supervisor.get(reverse("secretariat:submissions")).content.decode()
    for personal in (student(1)["surname"], student(1)["given_name"], student(1)["birth_date"], "S1001"):
        assert personal not in told


def test_what_nobody_declared_is_not_the_regulators_to_see(supervisor: Client, lodging: Lodging) -> None:
    draft = lodging.opened()
    for verb, said in (("accept", {"agreed": "on"}), ("return", {"reason": REASON})):
        assert decide(supervisor, draft, verb, key="one", **said).status_code == 404
    assert supervisor.get(reverse("secretariat:submission", args=[draft])).status_code == 404
    assert card(draft).state == "uploaded"


# Deciding


def test_a_supervisor_accepts_and_it_is_sealed(supervisor: Client, number: UUID) -> None:
    key = key_in(supervisor, number, "accept")
    answer = decide(supervisor, number, "accept", key=key, agreed="on")
    assert "Accepted. The register seals it now" in answer.content.decode()
    assert card(number).state == "accepted"
    assert "No submission waits" in answer.content.decode()
    submissions_actions.seal_submission(number, at=timezone.now())
    assert card(number).state == "sealed"
    assert "Sealed" in page(supervisor, number)


def test_an_acceptance_without_the_tick_and_a_return_without_a_reason_are_asked_again(
    supervisor: Client, number: UUID
) -> None:
    for verb, said, words in (
        ("accept", {}, "Tick the box to accept the submission"),
        ("return", {"reason": "  "}, "Say why the submission goes back"),
        ("return", {"reason": "x" * 301}, "Say it in at most 300 characters"),
    ):
        answer = decide(supervisor, number, verb, key="one", **said)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert card(number).state == "submitted"


def test_a_return_reaches_the_provider_with_its_reason(supervisor: Client, number: UUID, lodging: Lodging) -> None:
    posted()
    decide(supervisor, number, "return", key=key_in(supervisor, number, "return"), reason=REASON)
    assert (card(number).state, card(number).declared_by) == ("ready", None)
    mails = posted()
    assert {message.to[0] for message in mails} == {lodging.officer.email, lodging.administrator.email}
    address = reverse("provider:submission", args=[number])
    for message in mails:
        assert message.subject == "A submission has been sent back"
        assert address in message.body
        assert "transcripts" not in message.subject + message.body
    for one in (lodging.officer, lodging.administrator):
        assert REASON in build.signed_in(one).get(address).content.decode()
    assert "With the provider" in page(supervisor, number)


def test_the_same_form_twice_decides_once(supervisor: Client, number: UUID, lodging: Lodging) -> None:
    posted()
    key = key_in(supervisor, number, "return")
    for _ in range(2):
        answer = decide(supervisor, number, "return", key=key, reason=REASON)
        assert "Sent back." in answer.content.decode()
    assert verbs(number).count("return") == 1
    assert len(posted()) == 2
    lodging.declared(number)
    key = key_in(supervisor, number, "accept")
    for _ in range(2):
        assert "Accepted." in decide(supervisor, number, "accept", key=key, agreed="on").content.decode()
    assert verbs(number).count("accept") == 1


def test_a_key_with_another_reason_is_refused(supervisor: Client, number: UUID) -> None:
    decide(supervisor, number, "return", key="one", reason=REASON)
    answer = decide(supervisor, number, "return", key="one", reason="Something else")
    assert "Your decision changed nothing" in answer.content.decode()
    assert verbs(number).count("return") == 1


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [("accept", "return", "accepted this submission on"), ("accept", "accept", "accepted this submission on"),
     ("return", "accept", "sent this submission back on"), ("return", "return", "sent this submission back on")],
)  # fmt: skip
def test_a_second_decision_says_who_decided_already(
    supervisor: Client, number: UUID, first: str, second: str, words: str
) -> None:
    other = build.signed_in(build.member(Role.SUPERVISOR))
    said = {"accept": {"agreed": "on"}, "return": {"reason": REASON}}
    keys = key_in(other, number, first), key_in(supervisor, number, second)
    decide(other, number, first, key=keys[0], **said[first])
    before, state = verbs(number), card(number).state
    posted()
    told = decide(supervisor, number, second, key=keys[1], **said[second]).content.decode()
    assert re.search(rf"Robin Example {words}[^.]+\. Your decision changed nothing\.", told)
    assert (verbs(number), card(number).state, posted()) == (before, state, [])


def test_what_the_provider_withdrew_is_not_decided_on(supervisor: Client, number: UUID, lodging: Lodging) -> None:
    key = key_in(supervisor, number, "accept")
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.withdraw_submission(number, by=lodging.officer.id, at=timezone.now())
    told = decide(supervisor, number, "accept", key=key, agreed="on").content.decode()
    assert "withdrew this submission on" in told
    assert "Withdrawn by the provider" in told
    assert card(number).state == "withdrawn"


# Who may


@pytest.mark.parametrize("role", [Role.SECRETARIAT_OFFICER, Role.AUDITOR, Role.PROVIDER_ADMINISTRATOR])
def test_a_planted_wrong_role_decides_nothing(role: Role, number: UUID, lodging: Lodging) -> None:
    where = lodging.provider.organisation_id if role is Role.PROVIDER_ADMINISTRATOR else None
    browser = build.signed_in(build.member(role, where))
    before = verbs(number)
    for verb, said in (("accept", {"agreed": "on"}), ("return", {"reason": REASON})):
        assert decide(browser, number, verb, key="one", **said).status_code == 403
    assert browser.get(reverse("secretariat:submission", args=[number])).status_code == 403
    assert verbs(number) == before


def test_a_supervisor_who_declared_it_does_not_accept_it(lodging: Lodging) -> None:
    regulator = build.member(Role.SUPERVISOR)
    invited = accounts_actions.invite_member(
        email=regulator.email, name="Robin Example", organisation_id=lodging.provider.organisation_id,
        role=Role.PROVIDER_ADMINISTRATOR, link_for=build.link, by=None, at=build.NOW,
    )  # fmt: skip
    accounts_actions.accept_invitation(invited.token, by=regulator.id, at=build.NOW)
    number = lodging.opened()
    lodging.checked(number)
    lodging.declared(number, by=regulator.id)
    browser = build.signed_in(regulator)
    browser.post(reverse("choose_membership"), {"membership": str(regulator.membership_id)})
    shown = page(browser, number)
    assert "Another supervisor does" in shown
    assert "Accept and seal" not in shown
    told = decide(browser, number, "accept", key="one", agreed="on").content.decode()
    assert "you cannot accept it" in told
    assert card(number).state == "submitted"
