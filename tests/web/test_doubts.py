"""The queue of doubtful records on the pages: the regulator asks, the provider answers, the regulator decides."""

import pytest
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.submissions.queries import doubting as doubts
from tests import build
from tests.actions.test_doubts import GRACE, LEE, sealed
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db


def doubtful() -> tuple[Lodging, doubts.DoubtCard]:
    """Return a provider with one doubtful record."""
    lodging = Lodging(sector="vet")
    sealed(lodging, GRACE)
    sealed(lodging, LEE.replace("P-0002", "P-0001"))
    with tenancy.for_register():
        (card,) = doubts.doubts_waiting()
    return lodging, card


def state_of(card: doubts.DoubtCard) -> str:
    """Return how far a record is cleared up."""
    with tenancy.for_register():
        return doubts.doubt(card.id).state


def test_a_doubtful_record_goes_from_the_queue_to_the_provider_and_back_to_a_decision() -> None:
    lodging, card = doubtful()
    officer = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    assert "Doubtful records" in officer.get(reverse("secretariat:home")).content.decode()
    queue = officer.get(reverse("secretariat:doubts")).content.decode()
    page = reverse("secretariat:doubt", args=[card.id])
    assert page in queue
    assert "D01" in queue
    shown = officer.get(page).content.decode()
    assert "Okafor" not in shown
    opened = officer.post(reverse("secretariat:open_doubt", args=[card.id])).content.decode()
    assert "Lee Okafor" in opened
    assert "P-0001" in opened
    ask = reverse("secretariat:ask_doubt", args=[card.id])
    assert officer.post(ask, {"question": " "}).status_code == 422
    assert officer.post(ask, {"question": "Which student bears it?"}).status_code == 302
    assert state_of(card) == "asked"

    provider = build.signed_in(lodging.officer)
    assert "Answer 1 question of the regulator" in provider.get(reverse("provider:home")).content.decode()
    listed = provider.get(reverse("provider:questions")).content.decode()
    question = reverse("provider:question", args=[card.id])
    assert question in listed
    assert "Which student bears it?" in provider.get(question).content.decode()
    assert provider.post(question, {"answer": ""}).status_code == 422
    assert provider.post(question, {"answer": "Both do."}).status_code == 302
    assert "The regulator has asked nothing" not in provider.get(reverse("provider:questions")).content.decode()
    other = build.signed_in(Lodging(sector="vet").officer)
    assert other.get(question).status_code == 404

    officer = build.signed_in(build.member(Role.SUPERVISOR))
    assert "Both do." in officer.get(page).content.decode()
    decide = reverse("secretariat:decide_doubt", args=[card.id])
    assert officer.post(decide, {"verb": "explain"}).status_code == 422
    assert officer.post(decide, {"verb": "explain", "reason": "A fault of the printer."}).status_code == 302
    assert state_of(card) == "explained"
    assert "No record waits" in officer.get(reverse("secretariat:doubts")).content.decode()


def test_an_auditor_sees_how_much_waits_and_no_way_to_a_record() -> None:
    _, card = doubtful()
    auditor = build.signed_in(build.member(Role.AUDITOR))
    queue = auditor.get(reverse("secretariat:doubts")).content.decode()
    assert "D01" in queue
    assert reverse("secretariat:doubt", args=[card.id]) not in queue


def test_a_question_that_was_never_asked_is_no_page_of_the_provider() -> None:
    lodging, card = doubtful()
    assert build.signed_in(lodging.officer).get(reverse("provider:question", args=[card.id])).status_code == 404
