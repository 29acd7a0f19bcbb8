"""The secretariat's pages of the register of providers, walked as an officer, a supervisor and an auditor."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from testamur.accounts.roles import OrganisationKind, Role
from testamur.providers import queries as providers_queries
from testamur.providers.models import ClosureCase, Provider, Registration, RegistrationMove
from tests import build, providing

pytestmark = pytest.mark.django_db


def dated(name: str, day: date) -> dict[str, str]:
    """Return a date as the three boxes send it."""
    return {f"{name}_0": str(day.day), f"{name}_1": str(day.month), f"{name}_2": str(day.year)}


def entry(**changes: str) -> dict[str, str]:
    return {
        "legal_name": "Murrundi Institute Pty Ltd",
        "trading_names": "Hunter Business School\nMurrundi Online",
        "former_names": "",
        "abn": "51 824 753 556",
        "teqsa": "prv12999",
        "rto": "",
        "cricos": "",
        "regulator": "TEQSA",
        "sector": "he",
        "number": "",
        **dated("registered_from", date(2014, 7, 1)),
        "authority": "",
        "contact_email": "records@murrundi.example",
        "zone": "Australia/Perth",
        "once": str(uuid4()),
        **changes,
    }


@pytest.fixture
def regulator() -> Any:
    return build.organisation(OrganisationKind.REGULATOR, name="Regulator")


@pytest.fixture
def officer(regulator: Any) -> Client:
    return build.signed_in(build.member(Role.SECRETARIAT_OFFICER, regulator))


@pytest.fixture
def supervisor(regulator: Any) -> Client:
    return build.signed_in(build.member(Role.SUPERVISOR, regulator))


@pytest.fixture
def auditor(regulator: Any) -> Client:
    return build.signed_in(build.member(Role.AUDITOR, regulator))


def send(browser: Client, page: str, /, *args: Any, **data: str) -> Any:
    return browser.post(reverse(f"secretariat:{page}", args=args), data)


def body(browser: Client, name: str, *args: Any, **query: str) -> str:
    response = browser.get(reverse(f"secretariat:{name}", args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_an_officer_registers_a_provider(officer: Client) -> None:
    assert "Legal name" in body(officer, "register")
    response = send(officer, "register", **entry())
    provider_id = Provider.objects.get().pk
    assert (response.status_code, response["Location"]) == (302, reverse("secretariat:provider", args=[provider_id]))
    shown = body(officer, "provider", provider_id)
    for text in ("Murrundi Institute Pty Ltd", "Hunter Business School", "51 824 753 556", "PRV12999", "Robin Example"):
        assert text in shown
    assert "Invite or remove people" in shown


def test_the_same_form_sent_twice_registers_once(officer: Client) -> None:
    form = entry(abn="", teqsa="")
    first, second = send(officer, "register", **form), send(officer, "register", **form)
    assert first["Location"] == second["Location"]
    assert Provider.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"abn": "51 824 753 557"}, "the check of its digits fails"),
        ({"teqsa": "12999"}, "PRV and five digits"),
        ({"legal_name": "  "}, "This field is required"),
        ({"legal_name": "—"}, "at least one letter or digit"),
        ({"sector": "vet"}, "does not register providers in this sector"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"registered_from_1": "13"}, "Enter a real date"),
        (dated("registered_until", date(2010, 1, 1)), "must lie after the beginning"),
        ({"contact_email": "nobody"}, "Enter a valid email address"),
        ({"predecessor": "4711"}, "There is no such provider"),
    ],
)
def test_a_faulty_entry_is_told_at_its_field_and_nothing_is_written(
    officer: Client, change: dict[str, str], message: str
) -> None:
    response = send(officer, "register", **entry(**change))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Provider.objects.exists()


def test_the_way_from_notice_to_archive(officer: Client, supervisor: Client) -> None:
    send(officer, "register", **entry())
    registration = Registration.objects.get()
    notice = {**dated("effective_date", date(2026, 2, 1)), "authority": "Letter of 1 February"}
    refused = send(officer, "move", registration.pk, "record_ceased", **notice)
    assert refused.status_code == 422
    assert "not possible while the registration is registered" in refused.content.decode()
    send(officer, "move", registration.pk, "record_ceasing", **notice, **dated("ceases_on", date(2026, 6, 1)))
    assert "Murrundi" in body(officer, "home")
    end = {**dated("effective_date", date(2026, 6, 30)), "authority": "Decision 12"}
    assert send(officer, "move", registration.pk, "record_ceased", **end).status_code == 302
    assert ClosureCase.objects.get().due_date == date(2026, 7, 30)
    assert "Sign the coverage map" in body(supervisor, "provider", registration.provider_id)
    assert "Sign the coverage map" not in body(officer, "provider", registration.provider_id)
    assert send(officer, "coverage", registration.pk, note="all", agree="on").status_code == 403
    unsigned = send(supervisor, "archive", registration.pk, **end)
    assert unsigned.status_code == 422
    assert "coverage map is not signed" in unsigned.content.decode()
    assert send(supervisor, "coverage", registration.pk, note="2014 to 2026", agree="on").status_code == 302
    assert send(supervisor, "archive", registration.pk, **end).status_code == 302
    assert Registration.objects.get().state == "archived"
    assert "No closure case is open" in body(officer, "home")


def test_whoever_opened_the_case_does_not_sign_it(supervisor: Client) -> None:
    send(supervisor, "register", **entry())
    registration = Registration.objects.get()
    send(
        supervisor,
        "move",
        registration.pk,
        "record_cancelled",
        **dated("effective_date", date(2026, 6, 1)),
        authority="Decision 9",
    )
    refused = send(supervisor, "coverage", registration.pk, note="all", agree="on")
    assert refused.status_code == 422
    assert "Somebody else has to sign" in refused.content.decode()


def test_a_suspension_a_merger_and_a_successor_are_recorded(officer: Client) -> None:
    heir = providing.operating("Harbour University", codes={"teqsa": "PRV10001"})
    made = providing.operating("Murrundi Institute")
    held = providing.registration_of(made.id)
    act = {**dated("effective_date", date(2026, 6, 1)), "authority": "Decision 3"}
    assert send(officer, "move", held, "record_suspended", **act).status_code == 302
    assert send(officer, "move", held, "record_reinstated", **act).status_code == 302
    unknown = send(officer, "move", held, "record_merged", **act, successor="PRV99999")
    assert unknown.status_code == 422
    assert "No provider in this register has this code" in unknown.content.decode()
    assert send(officer, "move", held, "record_merged", **act, successor="prv10001").status_code == 302
    assert send(officer, "successor", held, successor="PRV10001", records_accepted="on").status_code == 302
    (registration,) = providers_queries.provider_card(made.id, on=date(2026, 7, 1)).registrations
    assert (registration.successor_id, registration.records_accepted_by_successor) == (heir.id, True)


def test_names_codes_contact_and_registrations_are_added(officer: Client) -> None:
    made = providing.operating("Murrundi Institute", trading_names=["Hunter School"])
    day = dated("day", date(2026, 1, 1))
    for kind, name, more in (
        ("legal", "Murrundi University", day),
        ("trading", "Murrundi Online", {}),
        ("ended", "Hunter School", day),
        ("former", "Scone Academy", {}),
    ):
        assert send(officer, "provider_name", made.id, kind=kind, name=name, **more).status_code == 302
    assert send(officer, "provider_name", made.id, kind="legal", name="Other").status_code == 422
    assert send(officer, "provider_name", made.id, kind="ended", name="Nobody's", **day).status_code == 422
    assert send(officer, "provider_code", made.id, kind="rto", code="51234").status_code == 302
    assert send(officer, "provider_code", made.id, kind="rto", code="51234").status_code == 422
    assert send(officer, "provider_contact", made.id, contact_phone="02 5550 9999").status_code == 302
    vet = {"regulator": "ASQA", "sector": "vet", **dated("registered_from", date(2020, 1, 1))}
    assert send(officer, "add_registration", made.id, **vet).status_code == 302
    assert send(officer, "add_registration", made.id, **vet).status_code == 422
    card = providers_queries.provider_card(made.id, on=date(2026, 7, 1))
    assert (card.legal_name, card.contact.phone, card.sectors) == ("Murrundi University", "02 5550 9999", ("he", "vet"))
    shown = body(officer, "provider", made.id)
    for text in ("Former trading name", "Scone Academy", "51234", "02 5550 9999"):
        assert text in shown


def test_an_extension_is_recorded(officer: Client) -> None:
    send(officer, "register", **entry(**dated("registered_until", date(2027, 7, 1))))
    registration = Registration.objects.get()
    late = {**dated("until", date(2029, 7, 1)), "authority": "Section 37A"}
    assert send(officer, "extend", registration.pk, **late).status_code == 302
    assert send(officer, "extend", registration.pk, **late).status_code == 422
    assert Registration.objects.get().registered_until == date(2029, 7, 1)


def test_after_the_end_a_new_record_is_registered_and_linked(officer: Client) -> None:
    earlier = providing.closed("Murrundi Institute")
    assert f"?earlier={earlier.id}" in body(officer, "provider", earlier.id)
    assert "A new record after" in body(officer, "register", earlier=str(earlier.id))
    assert send(officer, "register", **entry(predecessor=str(earlier.id))).status_code == 302
    later = Provider.objects.get(predecessor=earlier.id)
    assert reverse("secretariat:provider", args=[earlier.id]) in body(officer, "provider", later.pk)
    assert "Register it again" not in body(officer, "provider", earlier.id)


def test_the_list_is_searched_and_filtered(officer: Client) -> None:
    providing.operating("Harbour University", trading_names=["Wharf College"])
    providing.closed("Murrundi Institute")
    every = body(officer, "providers")
    assert "Harbour University" in every
    assert "Murrundi Institute" in every
    found = body(officer, "providers", q="warf colege")
    assert "Harbour University" in found
    assert "Murrundi Institute" not in found
    shut = body(officer, "providers", status="ceased")
    assert "Harbour University" not in shut
    assert "Murrundi Institute" in shut
    assert "No provider fits" in body(officer, "providers", q="zzzqqq")
    assert "Harbour University" in body(officer, "providers", page="nonsense", status="odd")


def test_an_auditor_reads_and_changes_nothing(auditor: Client) -> None:
    made = providing.closed("Murrundi Institute")
    held = providing.registration_of(made.id)
    shown = body(auditor, "provider", made.id)
    assert "Recorded by the operator" in shown
    for link in (
        "Record a name",
        "Record a code",
        "Invite or remove people",
        "Name the successor",
        "Add a registration",
    ):
        assert link not in shown
    before = RegistrationMove.objects.count()
    assert send(auditor, "register", **entry()).status_code == 403
    assert send(auditor, "move", held, "record_lapsed", authority="x").status_code == 403
    assert (RegistrationMove.objects.count(), Provider.objects.count()) == (before, 1)


def test_what_does_not_exist_is_not_found(officer: Client) -> None:
    made = providing.operating()
    held = providing.registration_of(made.id)
    for name, args in (("provider", [4711]), ("move", [4711, "record_ceased"]), ("move", [held, "archive"])):
        assert officer.get(reverse(f"secretariat:{name}", args=args)).status_code == 404


def test_a_name_with_markup_is_shown_as_text(officer: Client) -> None:
    made = providing.operating("<b>Bold & Co</b>")
    assert "<b>Bold" not in body(officer, "provider", made.id)
    assert "<b>Bold" not in body(officer, "providers")
