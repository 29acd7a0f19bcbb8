"""Finding providers: one box over every name, ABN and code, tolerant of slips; lists that do not grow in statements."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testamur.kernel.errors import NotFound
from testamur.providers import actions, queries
from testamur.providers.actions import NewProvider, NewRegistration

pytestmark = pytest.mark.django_db

OFFICER = UUID("00000000-0000-4000-8000-000000000001")
AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
ON = date(2026, 3, 1)
ACT: Any = {"by": OFFICER, "at": AT, "on": ON}


def registered(name: str, **changes: Any) -> int:
    values: dict[str, Any] = {"registration": NewRegistration("TEQSA", "he", date(2014, 7, 1))}
    return actions.register_provider(NewProvider(legal_name=name, **{**values, **changes}), **ACT)


def closed(name: str, **changes: Any) -> int:
    provider_id = registered(name, **changes)
    (registration,) = queries.provider_card(provider_id, on=ON).registrations
    act: Any = {"effective_date": date(2025, 7, 1), "authority": "Decision 12", **ACT}
    actions.record_cancelled(registration.id, **act)
    return provider_id


@pytest.fixture
def some() -> dict[str, int]:
    """Four providers with every kind of name and number."""
    vet = NewRegistration("TAC", "vet", date(2010, 1, 1))
    return {
        "murrundi": registered(
            "Murrundi Institute of Higher Education Pty Ltd",
            trading_names=["Hunter Business School"],
            former_names=["Upper Hunter Academy"],
            abn="51824753556",
            codes={"teqsa": "PRV12999", "cricos": "03999K"},
        ),
        "melbourne": registered("Melbourne College of Business and Technology", abn="53004085616"),
        "perth": registered("Swan River Training", registration=vet, codes={"rto": "0051"}, abn="83914571673"),
        "gone": closed("Coolangatta School of Théology & Arts"),
    }


@pytest.mark.parametrize(
    ("typed", "which", "label", "text"),
    [
        ("Murrundi Institute", "murrundi", "Legal name", "Murrundi Institute of Higher Education Pty Ltd"),
        ("hunter business school", "murrundi", "Trading name", "Hunter Business School"),
        ("upper hunter", "murrundi", "Former name", "Upper Hunter Academy"),
        ("51 824 753 556", "murrundi", "ABN", "51 824 753 556"),
        ("ABN 51 824 753 556", "murrundi", "ABN", "51 824 753 556"),
        ("518247", "murrundi", "ABN", "51 824 753 556"),
        ("prv12999", "murrundi", "TEQSA provider id", "PRV12999"),
        ("03999k", "murrundi", "CRICOS provider code", "03999K"),
        ("0000000051", "perth", "RTO code", "0051"),
        ("coolangatta school of theology and arts", "gone", "Legal name", "Coolangatta School of Théology & Arts"),
        ("higher education", "murrundi", "Legal name", "Murrundi Institute of Higher Education Pty Ltd"),
    ],
)
def test_every_name_and_number_finds_its_provider(
    some: dict[str, int], typed: str, which: str, label: str, text: str
) -> None:
    first = queries.search_providers(typed, on=ON)[0]
    assert first.provider_id == some[which]
    assert (first.match.label, first.match.text, first.match.exact) == (label, text, True)


@pytest.mark.parametrize(
    ("typed", "which"),
    [
        ("Murundi Institute", "murrundi"),
        ("Melborne Colege of Busness", "melbourne"),
        ("melbourne collage buisness technology", "melbourne"),
        ("Huntr Buisness Scool", "murrundi"),
        ("swan rivr trainng", "perth"),
        ("Coolongatta Scool Theologie", "gone"),
    ],
)
def test_slips_of_spelling_still_find_it(some: dict[str, int], typed: str, which: str) -> None:
    first = queries.search_providers(typed, on=ON)[0]
    assert first.provider_id == some[which]
    assert not first.match.exact


@pytest.mark.parametrize(
    "typed", ["", " ", "x", "%", "__", "zzzzqq", "Quantum Cookery Parlour", "12345678901", "a\x00b", "🦘🦘"]
)
def test_what_no_provider_is_called_finds_none(some: dict[str, int], typed: str) -> None:
    assert queries.search_providers(typed, on=ON) == []


def test_a_hit_shows_the_legal_name_and_the_status(some: dict[str, int]) -> None:
    (hit,) = queries.search_providers("upper hunter academy", on=ON)
    assert (hit.legal_name, hit.status, hit.sectors) == (
        "Murrundi Institute of Higher Education Pty Ltd",
        "registered",
        ("he",),
    )
    (gone,) = queries.search_providers("coolangatta", on=ON)
    assert gone.status == "ceased"


def test_a_provider_stands_once_in_the_answer(some: dict[str, int]) -> None:
    actions.add_trading_name(some["murrundi"], name="Murrundi", by=OFFICER, at=AT)
    actions.add_trading_name(some["murrundi"], name="Murrundi Online", by=OFFICER, at=AT)
    hits = queries.search_providers("murrundi", on=ON)
    assert [hit.provider_id for hit in hits] == [some["murrundi"]]
    assert hits[0].match.text == "Murrundi"
    assert len(queries.search_providers("e", on=ON)) == 0


def test_the_answer_keeps_to_its_limit(some: dict[str, int]) -> None:
    for number in range(6):
        registered(f"Campus Number {number}")
    assert len(queries.search_providers("campus number", on=ON, limit=4)) == 4


@pytest.mark.parametrize("typed", ["51", "0051", "0000000051", "83 914 571 673"])
def test_a_code_means_one_provider(some: dict[str, int], typed: str) -> None:
    found = queries.find_provider_by_code(typed)
    assert (found.legal_name if found else None) == (None if typed == "51" else "Swan River Training")


@pytest.mark.parametrize("typed", ["", "99999", "PRV00000", "Swan River Training", "51 824 753 557"])
def test_an_unknown_code_means_none(some: dict[str, int], typed: str) -> None:
    assert queries.find_provider_by_code(typed) is None


def test_a_provider_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.provider(5)
    with pytest.raises(NotFound):
        queries.provider_card(5, on=ON)
    with pytest.raises(NotFound):
        queries.legal_name_on(5, ON)
    with pytest.raises(NotFound):
        queries.regulator("XYZ")
    assert queries.provider_of_organisation(uuid4()) is None


def test_only_ended_providers_stand_in_the_public_list(some: dict[str, int]) -> None:
    (ceased,) = queries.ceased_providers(on=ON)
    assert (ceased.line.id, ceased.ended_on, ceased.line.status) == (some["gone"], date(2025, 7, 1), "ceased")
    assert queries.ceased_providers(on=date(2025, 6, 30)) == []


def test_providers_are_listed_by_their_present_legal_name(some: dict[str, int]) -> None:
    actions.rename_provider(some["perth"], name="Albany Training", used_from=date(2020, 1, 1), **ACT)
    lines = queries.provider_lines(queries.provider_ids(), on=ON)
    assert [line.id for line in lines] == [some[key] for key in ("perth", "gone", "melbourne", "murrundi")]
    assert lines[-1].codes == ("03999K", "PRV12999")


def test_the_closures_are_in_order_of_their_days(some: dict[str, int]) -> None:
    later = closed("Aardvark Academy")
    assert [(due.provider_id, due.opened_at, due.due_date, due.signed) for due in queries.closures_open()] == [
        (some["gone"], ACT["at"], date(2025, 7, 31), False),
        (later, ACT["at"], date(2025, 7, 31), False),
    ]


@pytest.mark.parametrize("read", ["provider_lines", "ceased_providers", "search", "closures_open"])
def test_more_providers_take_no_more_statements(some: dict[str, int], read: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            if read == "search":
                queries.search_providers("school", on=ON)
            elif read == "closures_open":
                queries.closures_open()
            elif read == "provider_lines":
                queries.provider_lines(queries.provider_ids(), on=ON)
            else:
                queries.ceased_providers(on=ON)
        return len(captured)

    before = statements()
    for number in range(5):
        closed(f"School of Number {number}")
    assert statements() == before


def test_the_regulators_ship_with_their_basis_and_contact() -> None:
    held = {regulator.code: regulator for regulator in queries.regulators()}
    assert set(held) == {"TAC", "ASQA", "VRQA", "TEQSA"}
    assert all(regulator.basis and regulator.for_students and regulator.for_employers for regulator in held.values())
    assert held["TEQSA"].contact_email == "enquiries@teqsa.gov.au"
    assert not held["TAC"].may_issue_credentials_for_closed_provider
    assert held["ASQA"].may_issue_credentials_for_closed_provider
    assert all(regulator.identity_scan_retention_days == 0 for regulator in held.values())
