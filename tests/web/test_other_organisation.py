"""Files of another organisation: the declarer confirms them in a sentence, on the page and by key, and the regulator sees it."""

from pathlib import Path
from uuid import UUID

import pytest
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.providers import actions as providers_actions
from testamur.service.synthetic import avetmiss
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import SubmissionCard
from testamur.submissions.queries import doubting as doubts
from tests import build
from tests.keyed import declaring
from tests.lodged import Lodging
from tests.rules import nat_samples

pytestmark = pytest.mark.django_db
OTHER = "99123"


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Return a clean set of NAT files of another organisation."""
    avetmiss.write_bundle(tmp_path, students=6, activities_per_student=3, seed=3, organisation=OTHER)
    return nat_samples.bytes_of(tmp_path)


def checked(lodging: Lodging, files: dict[str, bytes]) -> UUID:
    number = lodging.opened(files, format="avetmiss8")
    lodging.checked(number)
    return number


def card_of(lodging: Lodging, number: UUID) -> SubmissionCard:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number)


def sentence_of(lodging: Lodging, number: UUID) -> str:
    whose = card_of(lodging, number).tally.other_organisation
    assert whose is not None
    assert (whose.named, whose.own) == ((OTHER,), (lodging.code,))
    return whose.sentence


def test_without_the_tick_the_page_refuses_and_with_it_the_sentence_is_kept(
    lodging: Lodging, files: dict[str, bytes]
) -> None:
    number = checked(lodging, files)
    sentence = sentence_of(lodging, number)
    browser, address = build.signed_in(lodging.administrator), reverse("provider:declare", args=[number])
    page = browser.get(address).content.decode()
    assert "name another organisation and none of your RTO codes" in page
    assert f"organisation {OTHER}" in page
    assert lodging.code in page
    refused = browser.post(address, {"key": "k", "agreed": "on"})
    assert refused.status_code == 422
    assert "Tick the box if the sentence is true" in refused.content.decode()
    assert card_of(lodging, number).state == "ready"
    assert browser.post(address, {"key": "k", "agreed": "on", "confirmed": "on"}).status_code == 302
    card = card_of(lodging, number)
    assert (card.state, card.confirmation) == ("submitted", sentence)
    supervisor = build.signed_in(build.member(Role.SUPERVISOR))
    decides = supervisor.get(reverse("secretariat:submission", args=[number])).content.decode()
    assert "Confirmed by the declarer" in decides


def test_without_the_sentence_nothing_is_declared_by_key(lodging: Lodging, files: dict[str, bytes]) -> None:
    number = checked(lodging, files)
    second, place = declaring(lodging), f"/submissions/{number}"
    text = second.get(f"{place}/declaration").json()
    assert text["confirmation"] == sentence_of(lodging, number)
    body = {"declaration": text["declaration"]}
    for said in (body, {**body, "confirmation": "Yes."}):
        refused = second.post(f"{place}/declare", said)
        assert refused.status_code == 403
        assert [one["rule"] for one in refused.json()["rules"]] == ["SUB-14"]
    declared = second.post(f"{place}/declare", {**body, "confirmation": text["confirmation"]})
    assert (declared.status_code, declared.json()["confirmation"]) == (200, text["confirmation"])


def test_a_set_that_was_confirmed_and_sealed_waits_for_the_regulator_by_file(
    lodging: Lodging, files: dict[str, bytes]
) -> None:
    number = checked(lodging, files)
    with pytest.raises(NotAllowed):
        lodging.declared(number)
    lodging.declared(number, confirmation=sentence_of(lodging, number))
    supervisor = build.member(Role.SUPERVISOR)
    submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW, wake=False)
    submissions_actions.seal_submission(number, at=build.NOW)
    with tenancy.for_register():
        waiting = doubts.doubts_waiting(rule="D05")
    assert {(card.file, card.row, card.student_id) for card in waiting} == {
        (f"NAT{file}.txt", 1, None) for file in ("00010", "00020", "00120", "00130")
    }
    officer = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    listed = officer.get(reverse("secretariat:doubts"), {"rule": "D05"}).content.decode()
    assert "Files that name another organisation" in listed
    shown = officer.get(reverse("secretariat:doubt", args=[waiting[0].id])).content.decode()
    assert "names another organisation" in shown


def test_a_declaration_that_is_sent_back_takes_the_sentence_with_it(lodging: Lodging, files: dict[str, bytes]) -> None:
    number = checked(lodging, files)
    lodging.declared(number, confirmation=sentence_of(lodging, number))
    supervisor = build.member(Role.SUPERVISOR)
    submissions_actions.return_submission(number, reason="Whose are they?", by=supervisor.id, at=build.NOW)
    assert card_of(lodging, number).confirmation == ""


def test_a_code_that_the_secretariat_records_makes_the_files_the_providers_own(
    lodging: Lodging, files: dict[str, bytes]
) -> None:
    providers_actions.add_code(lodging.provider.id, kind="rto", code=OTHER, by=build.OPERATOR, at=build.NOW)
    number = checked(lodging, files)
    assert card_of(lodging, number).tally.other_organisation is None
    page = build.signed_in(lodging.administrator).get(reverse("provider:declare", args=[number])).content.decode()
    assert "confirmed" not in page
    lodging.declared(number, confirmation="not asked for")
    assert card_of(lodging, number).confirmation == ""
