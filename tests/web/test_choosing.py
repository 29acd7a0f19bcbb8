"""The state's form and the collection year of NAT files on the pages and by key: chosen, shown, changed, refused elsewhere."""

from typing import get_args
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.submissions import actions as submissions_actions
from testamur.submissions.avetmiss.layout import STATES, YEARS
from testamur.submissions.formats import FORMATS
from testamur.web.provider.api import given
from tests import build
from tests.keyed import keyed
from tests.lodged import Lodging
from tests.rules import nat_samples
from tests.web.test_provider_formats import CQR, opened, send, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def officer(lodging: Lodging) -> Client:
    return build.signed_in(lodging.officer)


@pytest.fixture
def disguised(tmp_path, lodging) -> dict[str, bytes]:
    """Return a set in Victoria's form that looks national."""
    return nat_samples.bytes_of(nat_samples.vic_in_disguise(tmp_path / "vic", organisation=lodging.code))


def page_of(client: Client, name: str, number: UUID) -> str:
    return text(client.get(reverse(f"provider:{name}", args=[number])))


# Pages --------------------------------------------------------------------------------------------


def test_both_are_asked_for_only_where_a_format_has_them(officer):
    page = text(officer.get(reverse("provider:new")))
    assert 'class="govuk-details t-for-avetmiss8">' in page
    assert all(f'<option value="{state}">' in page for state in STATES)
    assert page.count('name="collection_year"') == 1
    college = text(build.signed_in(Lodging().officer).get(reverse("provider:new")))
    assert "form_state" not in college
    assert "collection_year" not in college


def test_what_is_chosen_at_the_upload_is_checked_by_and_shown_with_what_the_files_tell(lodging, officer, disguised):
    told = {"format": "avetmiss8", "form_state": "VIC", "collection_year": "2023"}
    number = opened(send(officer, disguised, **told))
    page = page_of(officer, "submission", number)
    assert "the form of VIC, chosen by" in page
    assert "; the files look like the national form" in page
    assert "2023, chosen by" in page
    assert "; the files tell 2024" in page
    assert page.count(reverse("provider:choose_form", args=[number])) == 2
    administrator = build.signed_in(lodging.administrator)
    assert reverse("provider:choose_form", args=[number]) not in page_of(administrator, "submission", number)


@pytest.mark.parametrize("said", [{"form_state": "VIC"}, {"collection_year": "2019"}])
def test_a_format_without_states_forms_refuses_both_at_the_upload(lodging, officer, said):
    answer = send(officer, {"cqr.txt": CQR}, format="cqr2", **said)
    page = text(answer)
    assert answer.status_code == 422
    assert "Files of “CQR data file 2.00” have no state’s form and no collection year" in page
    assert 't-for-avetmiss8"' not in page, "what was refused is not hidden"
    assert lodging.listed() == []


@pytest.mark.parametrize("said", [{"form_state": "NZ"}, {"collection_year": "19"}, {"collection_year": "soon"}])
def test_a_state_that_is_none_and_a_year_that_is_none_are_refused(lodging, officer, disguised, said):
    answer = send(officer, disguised, format="avetmiss8", **said)
    assert answer.status_code == 422
    assert "govuk-error-summary" in text(answer)
    assert lodging.listed() == []


def test_a_draft_is_read_in_another_form_once_it_is_changed(officer, disguised):
    number = opened(send(officer, disguised, format="avetmiss8"))
    place = reverse("provider:choose_form", args=[number])
    page = text(officer.get(place))
    assert "the national form, as the files look" in page
    assert "2024, in which most activities of the files ended" in page
    assert "choose that state&#x27;s form" in page_of(officer, "findings", number)
    assert officer.post(place, {"form_state": "VIC", "collection_year": "1889"}).status_code == 422
    assert officer.post(place, {"form_state": "VIC", "collection_year": ""}).status_code == 302
    assert "Wait until that is done" in text(officer.get(place))
    submissions_actions.check_submission(number, at=build.NOW)
    assert "the form of VIC, chosen by" in page_of(officer, "submission", number)
    assert "choose that state&#x27;s form" not in page_of(officer, "findings", number)
    assert "State’s form and year chosen" in page_of(officer, "submission", number)


def test_the_declaration_the_supervisor_and_the_receipt_are_told_what_was_chosen(lodging, officer, disguised):
    number = lodging.opened(disguised, format="avetmiss8", form_state="VIC")
    lodging.checked(number)
    administrator = build.signed_in(lodging.administrator)
    assert "the form of VIC, chosen by" in page_of(administrator, "declare", number)
    lodging.declared(number)
    supervisor = build.member(Role.SUPERVISOR)
    decided = text(build.signed_in(supervisor).get(reverse("secretariat:submission", args=[number])))
    assert "the form of VIC, chosen by" in decided
    with tenancy.for_register():
        submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    assert "the form of VIC, chosen by" in page_of(administrator, "receipt", number)
    closed = page_of(officer, "choose_form", number)
    assert "Nothing can be chosen any more: the submission is “sealed”." in closed
    receipt = keyed(lodging).get(f"/submissions/{number}/receipt").json()
    assert (receipt["form_state"], receipt["collection_year"]) == ("VIC", None)
    assert receipt["form_chosen_by"]
    assert receipt["read_as"] == {"state": "VIC", "year": 2024, "told_state": None, "told_year": 2024}


def test_a_submission_of_another_format_has_no_such_page(officer):
    number = opened(send(officer, {"cqr.txt": CQR}, format="cqr2"))
    assert officer.get(reverse("provider:choose_form", args=[number])).status_code == 404
    assert "Collection year" not in page_of(officer, "submission", number)


# By key -------------------------------------------------------------------------------------------


def test_a_system_chooses_both_reads_them_and_changes_them(lodging, disguised):
    system = keyed(lodging)
    made = system.post("/submissions", {"format": "avetmiss8", "form_state": "QLD", "collection_year": 2019}).json()
    assert (made["form_state"], made["collection_year"], made["read_as"]) == ("QLD", 2019, None)
    place = f"/submissions/{made['id']}"
    assert system.form(f"{place}/files", disguised).status_code in (200, 201)
    assert system.post(f"{place}/form", {"form_state": "VIC"}).status_code == 202
    submissions_actions.check_submission(made["id"], at=build.NOW)
    card = system.get(place).json()
    assert (card["form_state"], card["collection_year"], card["state"]) == ("VIC", None, "ready")
    assert card["read_as"] == {"state": "VIC", "year": 2024, "told_state": None, "told_year": 2024}
    assert card["form_chosen_by"]
    assert [step["note"] for step in system.get(f"{place}/steps").json() if step["verb"] == "choose"] == ["form of VIC"]


def test_a_system_is_refused_as_the_pages_refuse(lodging):
    system = keyed(lodging)
    answer = system.post("/submissions", {"format": "cqr2", "form_state": "VIC"})
    assert (answer.status_code, answer.json()["rules"][0]["rule"]) == (403, "SUB-13")
    for said in ({"form_state": "vic"}, {"collection_year": 24}, {"collection_year": "2019"}):
        assert system.post("/submissions", {"format": "avetmiss8", **said}).status_code == 422
    made = system.post("/submissions", {"format": "cqr2"}).json()
    assert system.post(f"/submissions/{made['id']}/form", {"collection_year": 2019}).status_code == 403
    assert system.post(f"/submissions/{made['id']}/form", {"year": 2019}).status_code == 422


def test_the_api_takes_the_states_and_years_that_the_format_has(lodging):
    assert get_args(given.StatesForm) == ("", *STATES)
    (bounds,) = (part for part in get_args(given.Year) if hasattr(part, "metadata"))
    assert sorted(getattr(one, "ge", None) or one.le for one in bounds.metadata) == [YEARS[0], YEARS[-1]]
    listed = {form["name"]: form["states"] for form in keyed(lodging).get("/formats").json()}
    assert listed == {name: list(form.states) for name, form in FORMATS.items()}
