"""The register of providers as it is written: each act with its history, each refusal with nothing written."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.providers import actions, queries
from testamur.providers.actions import Contact, NewProvider, NewRegistration
from testamur.providers.models import (
    ClosureCase,
    Provider,
    ProviderChange,
    Registration,
    RegistrationMove,
)

pytestmark = pytest.mark.django_db

OFFICER = UUID("00000000-0000-4000-8000-000000000001")
SUPERVISOR = UUID("00000000-0000-4000-8000-000000000002")
AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
ON = date(2026, 3, 1)
WHO: Any = {"by": OFFICER, "at": AT}
ACT: Any = {**WHO, "on": ON}


def entry(**changes: Any) -> NewProvider:
    values: dict[str, Any] = {
        "legal_name": "Murrundi Institute of Higher Education Pty Ltd",
        "registration": NewRegistration("TEQSA", "he", date(2014, 7, 1), number="PRV12999"),
        "trading_names": ["Murrundi College"],
        "former_names": ["Upper Hunter Academy"],
        "abn": "51 824 753 556",
        "codes": {"teqsa": "prv12999", "cricos": "03999K"},
        "contact": Contact(email="records@murrundi.example", phone="02 5550 1234"),
    }
    return NewProvider(**{**values, **changes})


def registered(**changes: Any) -> tuple[int, int]:
    provider_id = actions.register_provider(entry(**changes), **ACT)
    return provider_id, Registration.objects.get(provider_id=provider_id).pk


def ceased(**changes: Any) -> tuple[int, int]:
    provider_id, registration_id = registered(**changes)
    notice: Any = {"authority": "Notice of the provider", "effective_date": date(2025, 3, 1)}
    actions.record_ceasing(registration_id, ceases_on=date(2025, 6, 30), **notice, **ACT)
    actions.record_ceased(registration_id, authority="Decision 12", effective_date=date(2025, 7, 1), **ACT)
    return provider_id, registration_id


def rules_of(refusal: pytest.ExceptionInfo[Any]) -> list[str]:
    return [finding.rule for finding in refusal.value.findings]


def test_a_provider_is_registered_with_everything_it_is_found_by() -> None:
    provider_id, _ = registered()
    card = queries.provider_card(provider_id, on=ON)
    assert (card.legal_name, card.abn_printed, card.status) == (entry().legal_name, "51 824 753 556", "registered")
    assert [(name.label, name.name) for name in card.names] == [
        ("Legal name", entry().legal_name),
        ("Trading name", "Murrundi College"),
        ("Former name", "Upper Hunter Academy"),
    ]
    assert [(code.label, code.value) for code in card.codes] == [
        ("CRICOS provider code", "03999K"),
        ("TEQSA provider id", "PRV12999"),
    ]
    (registration,) = card.registrations
    assert [(move.from_state, move.to_state) for move in registration.moves] == [("applicant", "registered")]
    assert queries.provider_of_organisation(card.organisation_id) == provider_id
    assert [change.what for change in queries.changes_of(provider_id)] == ["registered"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"legal_name": " "}, "TEQ-R2"),
        ({"trading_names": ["--"]}, "TEQ-R2"),
        ({"abn": "51 824 753 557"}, "TEQ-02"),
        ({"codes": {"teqsa": "12999"}}, "TEQ-R2"),
        ({"zone": "Sydney"}, "CAL-5"),
        ({"registration": NewRegistration("TEQSA", "vet", date(2014, 7, 1))}, "TEQ-R2"),
        ({"registration": NewRegistration("TEQSA", "he", date(2014, 7, 1), date(2014, 7, 1))}, "TEQ-R2"),
    ],
)
def test_an_entry_that_does_not_hold_writes_nothing(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        registered(**changes)
    assert rules_of(refusal) == [rule]
    assert not Provider.objects.exists()


def test_an_abn_and_a_code_belong_to_one_provider() -> None:
    registered(codes={"rto": "0000000051"}, registration=NewRegistration("TAC", "vet", date(2014, 7, 1)))
    with pytest.raises(NotAllowed) as refusal:
        registered(codes={"rto": "0051"}, registration=NewRegistration("TAC", "vet", date(2014, 7, 1)))
    assert [finding.column for finding in refusal.value.findings] == ["abn", "rto"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.create(
            organisation_id=Provider.objects.get().organisation_id, registered_by=OFFICER, registered_at=AT
        )


def test_an_unknown_regulator_or_provider_is_not_found() -> None:
    with pytest.raises(NotFound):
        registered(registration=NewRegistration("XYZ", "he", date(2014, 7, 1)))
    with pytest.raises(NotFound):
        actions.add_trading_name(987, name="Harbour", **WHO)
    with pytest.raises(NotFound):
        actions.record_suspended(987, effective_date=ON, authority="Decision", **ACT)


def test_a_notice_opens_the_closure_case_and_the_end_sets_its_clock() -> None:
    provider_id, registration_id = registered()
    notice: Any = {"authority": "Notice of the provider", "effective_date": date(2025, 3, 1)}
    actions.record_ceasing(registration_id, ceases_on=date(2025, 6, 30), **notice, **ACT)
    assert ClosureCase.objects.get().due_date == date(2025, 7, 30)
    actions.record_ceased(registration_id, authority="Decision 12", effective_date=date(2025, 7, 2), **ACT)
    case = ClosureCase.objects.get()
    assert (case.trigger_date, case.due_date, case.opened_by) == (date(2025, 7, 2), date(2025, 8, 1), OFFICER)
    (registration,) = queries.provider_card(provider_id, on=ON).registrations
    assert (registration.state, registration.registered_until) == ("ceased", date(2025, 7, 2))
    assert queries.status_for_extract(provider_id, "he", date(2025, 7, 1)) == "ceasing"
    assert queries.status_for_extract(provider_id, "he", date(2025, 7, 2)) == "ceased"
    assert queries.status_for_extract(provider_id, "vet", ON) == "unknown"


@pytest.mark.parametrize("verb", ["record_lapsed", "record_cancelled"])
def test_a_lapse_and_a_cancellation_open_the_case_themselves(verb: str) -> None:
    _, registration_id = registered()
    getattr(actions, verb)(registration_id, effective_date=date(2026, 2, 1), authority="Decision 9", **ACT)
    assert ClosureCase.objects.get(registration_id=registration_id).due_date == date(2026, 3, 3)


def test_a_late_record_of_a_lapse_does_not_lengthen_the_period() -> None:
    registration = NewRegistration("TEQSA", "he", date(2014, 7, 1), date(2021, 7, 1))
    _, registration_id = registered(registration=registration)
    actions.record_lapsed(registration_id, effective_date=date(2022, 1, 1), authority="Section 36", **ACT)
    assert Registration.objects.get().registered_until == date(2021, 7, 1)


def test_a_refused_move_writes_nothing() -> None:
    _, registration_id = registered()
    with pytest.raises(NotAllowed) as refusal:
        actions.record_ceased(registration_id, effective_date=ON, authority="Decision", **ACT)
    assert rules_of(refusal) == ["F1-STATE"]
    with pytest.raises(NotAllowed) as refusal:
        actions.record_suspended(registration_id, effective_date=ON, authority=" ", **ACT)
    assert rules_of(refusal) == ["F1-AUTHORITY"]
    assert RegistrationMove.objects.count() == 1
    assert Registration.objects.get().state == "registered"


def test_a_suspension_ends_with_reinstatement() -> None:
    provider_id, registration_id = registered()
    actions.record_suspended(registration_id, effective_date=date(2026, 1, 1), authority="Decision 3", **ACT)
    assert queries.status_for_extract(provider_id, "he", ON) == "suspended"
    actions.record_reinstated(registration_id, effective_date=date(2026, 2, 1), authority="Decision 4", **ACT)
    assert queries.status_for_extract(provider_id, "he", ON) == "registered"
    assert queries.status_for_extract(provider_id, "he", date(2026, 1, 31)) == "suspended"


def test_a_merger_names_another_provider() -> None:
    provider_id, registration_id = registered()
    successor, _ = registered(abn="", codes={}, legal_name="Harbour University College")
    merger: Any = {"effective_date": date(2026, 1, 1), "authority": "Deed of 1 December 2025"}
    with pytest.raises(Conflict):
        actions.record_merged(registration_id, successor_id=provider_id, records_accepted=True, **merger, **ACT)
    actions.record_merged(registration_id, successor_id=successor, records_accepted=True, **merger, **ACT)
    (registration,) = queries.provider_card(provider_id, on=ON).registrations
    assert (registration.successor_name, registration.records_accepted_by_successor) == (
        "Harbour University College",
        True,
    )
    assert queries.status_for_extract(provider_id, "he", ON) == "merged"


def test_a_successor_that_took_the_records_changes_the_answer() -> None:
    provider_id, registration_id = ceased()
    successor, live = registered(abn="", codes={}, legal_name="Harbour University College")
    actions.record_successor(registration_id, successor_id=successor, records_accepted=False, **WHO)
    assert queries.status_for_extract(provider_id, "he", ON) == "ceased"
    actions.record_successor(registration_id, successor_id=successor, records_accepted=True, **WHO)
    assert queries.status_for_extract(provider_id, "he", ON) == "merged"
    with pytest.raises(Conflict):
        actions.record_successor(live, successor_id=provider_id, records_accepted=True, **WHO)


def test_an_archive_waits_for_somebody_elses_signature() -> None:
    _, registration_id = ceased()
    archive: Any = {"effective_date": ON, "authority": "Closure case"}
    with pytest.raises(NotAllowed) as refusal:
        actions.archive_registration(registration_id, **archive, **ACT)
    assert rules_of(refusal) == ["F1-COVERAGE"]
    with pytest.raises(NotAllowed) as refusal:
        actions.sign_coverage(registration_id, note="2014 to 2025 held", **WHO)
    assert rules_of(refusal) == ["F2-OWN-CASE"]
    actions.sign_coverage(registration_id, note="2014 to 2025 held", by=SUPERVISOR, at=AT)
    actions.archive_registration(registration_id, **archive, **ACT)
    case = ClosureCase.objects.get()
    assert (case.coverage_signed_by, case.coverage_note, case.closed_at) == (SUPERVISOR, "2014 to 2025 held", AT)
    assert queries.closures_open() == []


def test_after_an_end_registration_makes_a_new_linked_record() -> None:
    earlier, _ = ceased()
    again = NewRegistration("TEQSA", "he", date(2026, 1, 1))
    with pytest.raises(NotAllowed) as refusal:
        actions.add_registration(earlier, again, **ACT)
    assert rules_of(refusal) == ["F1-AGAIN"]
    later, _ = registered(registration=again, codes={}, predecessor_id=earlier)
    assert queries.provider_card(earlier, on=ON).later_record_id == later
    assert queries.provider_card(later, on=ON).predecessor_name == entry().legal_name
    found = queries.find_provider_by_code("51 824 753 556")
    assert found is not None
    assert found.id == later
    with pytest.raises(NotAllowed):
        registered(registration=again, codes={}, predecessor_id=earlier)
    with pytest.raises(NotAllowed):
        registered(registration=again, codes={}, predecessor_id=later)


def test_a_second_sector_is_a_registration_of_its_own() -> None:
    provider_id, _ = ceased()
    actions.add_registration(provider_id, NewRegistration("ASQA", "vet", date(2016, 1, 1)), **ACT)
    assert queries.status_for_extract(provider_id, "vet", ON) == "registered"
    assert queries.status_for_extract(provider_id, "he", ON) == "ceased"
    assert not queries.has_ended(provider_id, ON)


def test_overlapping_registrations_are_refused_by_the_database() -> None:
    provider_id, _ = registered()
    with pytest.raises(Conflict):
        actions.add_registration(provider_id, NewRegistration("TEQSA", "he", date(2020, 1, 1)), **ACT)
    assert Registration.objects.count() == 1


def test_an_extension_lengthens_and_keeps_what_was() -> None:
    registration = NewRegistration("TEQSA", "he", date(2014, 7, 1), date(2027, 7, 1))
    provider_id, registration_id = registered(registration=registration)
    with pytest.raises(NotAllowed):
        actions.extend_registration(registration_id, until=date(2026, 7, 1), authority="Section 37A", **WHO)
    with pytest.raises(NotAllowed) as refusal:
        actions.extend_registration(registration_id, until=date(2028, 7, 1), authority="", **WHO)
    assert rules_of(refusal) == ["F1-AUTHORITY"]
    actions.extend_registration(registration_id, until=date(2028, 7, 1), authority="Section 37A", **WHO)
    assert Registration.objects.get().registered_until == date(2028, 7, 1)
    latest = queries.changes_of(provider_id)[0]
    assert (latest.before["until"], latest.after["until"]) == ("2027-07-01", "2028-07-01")


def test_a_renamed_provider_keeps_its_former_name() -> None:
    provider_id, _ = registered()
    actions.rename_provider(provider_id, name="Murrundi University", used_from=date(2020, 1, 1), **ACT)
    assert queries.provider(provider_id).legal_name == "Murrundi University"
    assert queries.legal_name_on(provider_id, date(2019, 12, 31)) == entry().legal_name
    assert queries.legal_name_on(provider_id, date(2020, 1, 1)) == "Murrundi University"
    assert ("Former legal name", entry().legal_name) in [
        (name.label, name.name) for name in queries.provider_card(provider_id, on=ON).names
    ]
    with pytest.raises(NotAllowed):
        actions.rename_provider(provider_id, name="Murrundi", used_from=date(2019, 1, 1), **ACT)
    with pytest.raises(NotAllowed):
        actions.rename_provider(provider_id, name="Murrundi", used_from=date(2026, 3, 2), **ACT)
    with pytest.raises(Conflict):
        actions.rename_provider(provider_id, name="Murrundi University", used_from=ON, **ACT)


def test_names_codes_and_contact_change_with_their_history() -> None:
    provider_id, _ = registered()
    actions.add_trading_name(provider_id, name="Murrundi Online", **WHO)
    actions.end_trading_name(provider_id, name="Murrundi College", used_until=ON, **ACT)
    actions.add_former_name(provider_id, name="Scone Academy", used_until=date(2010, 1, 1), **WHO)
    actions.add_code(provider_id, kind="rto", code="0000091460", **WHO)
    actions.change_contact(provider_id, contact=Contact(email="new@murrundi.example"), **WHO)
    card = queries.provider_card(provider_id, on=ON)
    assert ("Former trading name", "Murrundi College") in [(name.label, name.name) for name in card.names]
    assert card.contact.email == "new@murrundi.example"
    assert [change.what for change in queries.changes_of(provider_id)][::-1] == [
        "registered", "name added", "trading name ended", "name added", "code added", "contact changed",
    ]  # fmt: skip
    with pytest.raises(Conflict):
        actions.add_trading_name(provider_id, name="Murrundi Online", **WHO)
    with pytest.raises(Conflict):
        actions.add_code(provider_id, kind="rto", code="91460", **WHO)
    with pytest.raises(NotFound):
        actions.end_trading_name(provider_id, name="Murrundi College", used_until=ON, **ACT)


@pytest.mark.parametrize("table", ["providers_registrationmove", "providers_providerchange"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_histories_are_permanent_in_the_database(table: str, statement: str) -> None:
    registered()
    with pytest.raises(DatabaseError, match=r"permission denied|permanent"), transaction.atomic():
        connection.cursor().execute(statement.format(table))
    assert ProviderChange.objects.count() == 1


def test_a_merged_registration_cannot_lack_its_successor() -> None:
    registered()
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.update(state="merged")
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.update(state="asleep")
