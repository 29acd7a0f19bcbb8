"""The state's form and the collection year of NAT files are chosen, checked by, kept, and refused where files have none."""

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.checking import ReadAs
from testamur.submissions.models import Submission
from testamur.submissions.queries import SubmissionCard
from tests import build
from tests.lodged import Lodging
from tests.rules import nat_samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet").with_rto_code()


@pytest.fixture
def disguised(tmp_path) -> dict[str, bytes]:
    return nat_samples.bytes_of(nat_samples.vic_in_disguise(tmp_path / "vic"))


def card_of(lodging: Lodging, number: UUID) -> SubmissionCard:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number)


def chosen(lodging: Lodging, number: UUID, *, by: UUID | None = None, **said: object) -> SubmissionCard:
    """Choose, do the worker's part, and return the submission."""
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.choose_form(number, by=by or lodging.officer.id, at=build.NOW, **said)
    submissions_actions.check_submission(number, at=build.NOW)
    return card_of(lodging, number)


def found(lodging: Lodging, number: UUID) -> dict[str, int]:
    """Return how often each rule found something, by rule."""
    counted: dict[str, int] = {}
    for tally in card_of(lodging, number).tally.rules:
        counted[tally.rule] = counted.get(tally.rule, 0) + tally.count
    return counted


def test_a_victorian_set_read_as_national_loses_its_length_findings_once_its_state_is_chosen(lodging, disguised):
    number = lodging.opened(disguised, format="avetmiss8")
    lodging.checked(number)
    before = card_of(lodging, number)
    assert before.tally.read_as == ReadAs(None, 2024, None, 2024)
    assert found(lodging, number)["L-length"] > 100
    card = chosen(lodging, number, form_state="VIC")
    assert card.tally.read_as == ReadAs("VIC", 2024, None, 2024)
    assert "L-length" not in found(lodging, number)
    assert (card.form_state, card.form_chosen_by, card.state) == ("VIC", lodging.officer.id, "ready")
    with tenancy.for_provider(lodging.provider.id):
        notes = {step.verb: step.note for step in submissions_queries.steps_of(number)}
    assert notes["choose"] == "form of VIC"


def test_another_year_chosen_when_opening_changes_which_rows_lie_outside_of_it(lodging, tmp_path):
    files = nat_samples.bytes_of(nat_samples.clean(tmp_path))
    told = lodging.opened(files, format="avetmiss8")
    lodging.checked(told)
    assert not {"R05b", "R04b"} & set(found(lodging, told))
    other = lodging.opened(files, format="avetmiss8", collection_year=2011)
    lodging.checked(other)
    assert {"R05b", "R04b"} <= set(found(lodging, other))
    assert card_of(lodging, other).tally.read_as == ReadAs(None, 2011, None, 2024)
    with tenancy.for_provider(lodging.provider.id):
        (opened,) = (step for step in submissions_queries.steps_of(other) if step.verb == "open")
    assert opened.note == "collection year 2011"
    back = chosen(lodging, other)
    assert (back.collection_year, back.form_chosen_by, back.form_chosen_at) == (None, None, None)
    assert found(lodging, other) == found(lodging, told)


def test_what_was_chosen_stands_on_the_sealed_submission(disguised):
    lodging = Lodging().with_rto_code()
    number = lodging.sealed(disguised, format="avetmiss8", form_state="VIC", collection_year=2024)
    card = card_of(lodging, number)
    assert (card.state, card.form_state, card.collection_year) == ("sealed", "VIC", 2024)
    assert card.form_chosen_by == lodging.officer.id
    assert card.tally.read_as == ReadAs("VIC", 2024, None, 2024)


@pytest.mark.parametrize("said", [{"form_state": "VIC"}, {"collection_year": 2019}])
def test_a_format_without_states_forms_refuses_both(lodging, said):
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed, match="CQR data file") as refused:
        submissions_actions.open_submission(
            lodging.provider.id, format="cqr2", by=lodging.officer.id, at=build.NOW, **said
        )
    assert [finding.rule for finding in refused.value.findings] == ["SUB-13"]
    assert lodging.listed() == []
    number = lodging.opened({"cqr.txt": b"[VERSION200]\r\n"}, format="cqr2")
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed):
        submissions_actions.choose_form(number, by=lodging.officer.id, at=build.NOW, **said)


@pytest.mark.parametrize("said", [{"form_state": "vic"}, {"form_state": "NZ"}, {"collection_year": 24}])
def test_a_state_that_is_none_and_a_year_that_is_none_are_refused(lodging, said):
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed, match="or none"):
        submissions_actions.open_submission(
            lodging.provider.id, format="avetmiss8", by=lodging.officer.id, at=build.NOW, **said
        )


def test_saying_the_same_again_changes_nothing(lodging, disguised):
    number = lodging.opened(disguised, format="avetmiss8", form_state="VIC")
    lodging.checked(number)
    before = card_of(lodging, number)
    assert chosen(lodging, number, form_state="VIC") == before


def test_nothing_is_chosen_during_the_check_or_after_the_declaration(lodging, disguised):
    number = lodging.opened(disguised, format="avetmiss8")
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.request_check(number, by=lodging.officer.id, at=build.NOW)
        with pytest.raises(Conflict):
            submissions_actions.choose_form(number, form_state="VIC", by=lodging.officer.id, at=build.NOW)
    submissions_actions.check_submission(number, at=build.NOW)
    lodging.declared(number)
    with tenancy.for_provider(lodging.provider.id), pytest.raises(Conflict):
        submissions_actions.choose_form(number, form_state="VIC", by=lodging.officer.id, at=build.NOW)


def test_whoever_chose_has_prepared_it_and_does_not_declare_it(lodging, disguised):
    number = lodging.opened(disguised, format="avetmiss8")
    second = build.member(Role.PROVIDER_DATA_OFFICER, lodging.provider.organisation_id)
    both = lodging.as_both(second)
    chosen(lodging, number, by=both, form_state="VIC")
    with pytest.raises(NotAllowed) as refused:
        lodging.declared(number, by=both)
    assert [finding.rule for finding in refused.value.findings] == ["SUB-04"]
    with tenancy.for_provider(lodging.provider.id):
        assert both in submissions_queries.people_of(number)


def test_another_providers_submission_is_not_found_and_an_administrator_may_not_choose(lodging, disguised):
    number = lodging.opened(disguised, format="avetmiss8")
    other = Lodging(sector="vet")
    with tenancy.for_provider(other.provider.id), pytest.raises(NotFound):
        submissions_actions.choose_form(number, form_state="VIC", by=other.officer.id, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed):
        submissions_actions.choose_form(number, form_state="VIC", by=lodging.administrator.id, at=build.NOW)


def test_the_same_bytes_read_in_another_form_are_another_submission(disguised):
    lodging = Lodging().with_rto_code()
    lodging.sealed(disguised, format="avetmiss8")
    with pytest.raises(NotAllowed, match="part of the permanent record already"):
        lodging.opened(disguised, format="avetmiss8")
    lodging.opened(disguised, format="avetmiss8", form_state="VIC")


def test_the_database_keeps_no_choice_of_nobody(lodging):
    with tenancy.for_provider(lodging.provider.id):
        number = submissions_actions.open_submission(
            lodging.provider.id, format="avetmiss8", by=lodging.officer.id, at=build.NOW
        )
        with pytest.raises(IntegrityError, match="chosen_form_says_who_and_when"), transaction.atomic():
            Submission.objects.filter(pk=number).update(form_state="VIC")
