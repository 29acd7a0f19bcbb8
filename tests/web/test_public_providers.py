"""What anyone is told about a provider: the search, the page of each kind of provider, the list of closed ones."""

import csv
import io
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from testamur.kernel import tenancy
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.actions import Contact
from testamur.providers.models import RegulatorProfile
from testamur.register.models import Holding
from tests import providing
from tests.build import NOW

pytestmark = pytest.mark.django_db


def holding(provider_id: int, *, since: date | None = date(2015, 1, 1), until: date | None = date(2025, 1, 1)) -> None:
    """Note a sealed submission of a provider; the whole way of a file to it is tests/actions' matter."""
    with tenancy.for_register():
        Holding.objects.create(
            provider_id=provider_id,
            format="teqsa",
            submission=uuid4(),
            period_from=since,
            period_until=until,
            students=120,
            records=900,
            sealed_date=date(2026, 1, 5),
        )


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(f"public:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_start_page_has_one_search_and_its_doors(client: Client) -> None:
    body = page(client, "home")
    assert body.count('type="search"') == 1
    assert reverse("public:closed") in body
    assert body.count("<h1") == 1


def test_a_trading_name_shows_the_legal_name_and_what_matched(client: Client) -> None:
    providing.operating("Murrundi Institute Pty Ltd", trading_names=["Hunter Business School"])
    body = page(client, "providers", q="hunter busness school")
    assert "Murrundi Institute Pty Ltd" in body
    assert "Trading name: Hunter Business School" in body
    assert "Spelt like it" in body
    assert "Operating" in body


def test_htmx_gets_the_hits_alone(client: Client) -> None:
    providing.operating("Murrundi Institute")
    response = client.get(reverse("public:providers"), {"q": "murrundi"}, headers={"HX-Request": "true"})
    body = response.content.decode()
    assert "Murrundi Institute" in body
    assert "<html" not in body
    assert "HX-Request" in response["Vary"]
    assert "1 provider found" in body


@pytest.mark.parametrize("typed", ["zzzqqq", "51 824 753 557", "<script>alert(1)</script>", "a\x00b", "x" * 5000])
def test_nothing_found_gives_advice_and_never_the_text_as_markup(client: Client, typed: str) -> None:
    providing.operating("Murrundi Institute")
    body = page(client, "providers", q=typed)
    assert "No provider found" in body
    assert "<script>alert" not in body
    assert ("the check of its digits fails" in body) == (typed == "51 824 753 557")


def test_an_operating_provider_answers_with_its_contact_details(client: Client) -> None:
    made = providing.operating(
        "Harbour University", contact=Contact(email="records@harbour.example", phone="02 5550 1234")
    )
    holding(made.id)
    body = page(client, "provider", made.id)
    assert "This provider still operates" in body
    assert "records@harbour.example" in body
    assert "Apply for my records" not in body


def test_a_closing_provider_still_answers_itself(client: Client) -> None:
    made = providing.operating("Harbour University")
    held = providing.registration_of(made.id)
    providers_actions.record_ceasing(
        held,
        effective_date=date(2026, 6, 1),
        ceases_on=date(2027, 1, 1),
        authority="Notice",
        by=providing.REGISTRAR,
        at=NOW,
        on=NOW.date(),
    )
    body = page(client, "provider", made.id)
    assert "is closing and still operates" in body
    assert "Apply for my records" not in body


def test_a_closed_provider_with_holdings_offers_the_application(client: Client) -> None:
    made = providing.closed("Murrundi Institute")
    holding(made.id)
    body = page(client, "provider", made.id)
    assert "Apply for my records" in body
    assert f"?provider={made.id}" in body


def test_a_closed_provider_without_holdings_gives_guidance(client: Client) -> None:
    made = providing.closed("Murrundi Institute")
    body = page(client, "provider", made.id)
    assert "Apply for my records" not in body
    assert "says nothing about whether you studied there" in body
    assert "university overseas" in body
    assert "enquiries@teqsa.gov.au" in body


def test_a_vocational_provider_without_holdings_sends_to_its_regulator(client: Client) -> None:
    made = providing.closed("Swan River Training", sector="vet")
    body = page(client, "provider", made.id)
    assert "Australian Skills Quality Authority" in body
    assert "Apply for my records" not in body


def test_a_vocational_provider_that_lodged_its_records_is_answered_here(client: Client) -> None:
    made = providing.closed("Swan River Training", sector="vet")
    holding(made.id)
    body = page(client, "provider", made.id)
    assert f"?provider={made.id}" in body
    assert "Apply for my records" in body


def test_a_regulator_that_answers_itself_is_named_whatever_is_held(client: Client) -> None:
    made = providing.closed("Swan River Training", sector="vet")
    holding(made.id)
    RegulatorProfile.objects.filter(pk="ASQA").update(serves_closed_records_here=False)
    body = page(client, "provider", made.id)
    assert "Apply for my records" not in body
    assert "Australian Skills Quality Authority" in body


def test_a_provider_that_was_taken_over_names_its_successor(client: Client) -> None:
    made = providing.closed("Murrundi Institute")
    heir = providing.operating("Harbour University")
    held = providing.registration_of(made.id)
    providers_actions.record_successor(
        held, successor_id=heir.id, records_accepted=True, by=providing.REGISTRAR, at=NOW
    )
    body = page(client, "provider", made.id)
    assert reverse("public:provider", args=[heir.id]) in body
    assert "An officer finds out" in body
    assert "Taken over" in body


def test_a_note_of_the_secretariat_and_who_recorded_stay_inside(client: Client) -> None:
    made = providing.operating("Harbour University", note="complaint pending")
    body = page(client, "provider", made.id)
    assert "complaint pending" not in body
    assert str(providing.REGISTRAR) not in body


def test_an_unknown_provider_is_not_found(client: Client) -> None:
    assert client.get(reverse("public:provider", args=[4711])).status_code == 404


def test_the_public_list_holds_closed_providers_with_holdings_only(client: Client) -> None:
    held = providing.closed("=Murrundi Institute", trading_names=["Hunter School"], abn="51824753556")
    holding(held.id)
    providing.closed("Nothing Lodged College")
    holding(providing.operating("Harbour University").id)
    body = page(client, "closed")
    assert "Murrundi Institute" in body
    assert "2015 to 2024" in body
    assert "Nothing Lodged College" not in body
    assert "Harbour University" not in body
    response = client.get(reverse("public:closed_csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[1:] == [["'=Murrundi Institute", "Hunter School", "51824753556", "", "2025-07-01", "2015", "2024"]]


def test_an_empty_list_says_so(client: Client) -> None:
    assert "No records of a closed provider are held yet" in page(client, "closed")


def test_the_information_page_names_every_regulators_basis_and_contact(client: Client) -> None:
    body = page(client, "information")
    for regulator in providers_queries.regulators():
        assert regulator.name in body
        assert regulator.basis in body
        assert regulator.contact_url in body
    assert "(08) 9441 1910" in body


@pytest.mark.parametrize("name", ["home", "providers", "closed", "closed_csv", "information"])
def test_public_pages_set_no_cookie_and_refuse_writes(client: Client, name: str) -> None:
    address = reverse(f"public:{name}")
    assert not client.get(address).cookies
    assert client.post(address).status_code == 405
