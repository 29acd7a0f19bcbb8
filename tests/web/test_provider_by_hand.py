"""Entering certificates by hand through the real pages: saved, told by rule, changed, finished, declared by a second person."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen
from testamur.submissions.queries import by_hand as by_hand_queries
from testamur.web.provider.by_hand_forms import CertificateForm, cells_of, places_of, unit_name, units_sent
from tests import build, training
from tests.keyed import keyed
from tests.lodged import Lodging
from tests.typed import CLEAN, FAULTS, UNITS, as_file, planted, typed
from tests.web.test_look import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def officer(lodging: Lodging) -> Client:
    return build.signed_in(lodging.officer)


def begun(browser: Client) -> UUID:
    page = browser.get(reverse("provider:by_hand"))
    answer = browser.post(reverse("provider:by_hand"), {"key": key_in(page)})
    assert answer.status_code == 302
    return UUID(answer["Location"].split("/")[3])


def key_in(page: Any) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def add_url(number: UUID) -> str:
    return reverse("provider:by_hand_add", args=[number])


def sent(said: Mapping[str, str] = CLEAN, units: Any = UNITS, **more: str) -> dict[str, str]:
    """Return a form as a browser sends it."""
    empty = CertificateForm(units=max(1, len(units)))
    data = dict.fromkeys(empty.fields, "") | {"key": "k-1", **said}
    data |= {unit_name(place, name): text for place, unit in enumerate(units) for name, text in unit.items()}
    return data | (more or {"save": "yes"})


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(answer.content.decode()))


def held(lodging: Lodging, number: UUID) -> list[by_hand_queries.EnteredCertificate]:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_queries.entered_certificates(number, at=build.NOW)


def rules_in_file(lodging: Lodging, content: bytes) -> dict[str, set[str]]:
    """Return the rules that the worker's check of an uploaded file names, by severity."""
    number = lodging.opened({"certificates.csv": content}, format="certificates")
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        page = submissions_queries.findings(submissions_queries.submission(number), Chosen(), page=1, size=100)
    found: dict[str, set[str]] = {}
    for one in page.rows:
        found.setdefault(one.severity, set()).add(one.rule)
    return found


def rules_beside(page: str) -> tuple[set[str], set[str]]:
    """Return the rules that a form tells: those of errors, and those of warnings and notes."""
    errors = set(re.findall(r"Error: </span>([CD]\d\d) ", page))
    notes = set(re.findall(r'<span class="t-mono">([CD]\d\d)</span>', page))
    return errors, notes


def test_a_submission_begun_by_hand_leads_home_to_its_list_and_one_of_a_system_to_its_files(lodging, officer) -> None:
    typed_one = begun(officer)
    opened = keyed(lodging).post("/submissions", {"format": "certificates"}).json()["id"]
    page = officer.get(reverse("provider:home")).content.decode()
    tasks = page.partition("What needs doing")[2].partition("</ul>")[0]
    assert tasks.count("enter its certificates") == tasks.count("upload its files") == 1
    assert f'href="{reverse("provider:by_hand_list", args=[typed_one])}"' in tasks
    assert f'href="{reverse("provider:files", args=[opened])}"' in tasks


@pytest.mark.parametrize("fault", ["no_surname", "no_such_day", "gender_not_listed", "type_not_listed", "day_of_year",
                                   "testamur_without_program", "unit_not_achieved", "issued_to_a_child", "a_formula"])  # fmt: skip
def test_a_typed_fault_is_told_beside_its_field_under_the_rule_of_the_file(
    lodging: Lodging, officer: Client, fault: str
) -> None:
    cells, rule, _ = FAULTS[fault]
    said, units = planted(cells)
    number = begun(officer)
    answer = officer.post(add_url(number), sent(said, units))
    assert answer.status_code == 422
    errors, _ = rules_beside(answer.content.decode())
    assert errors == rules_in_file(lodging, as_file(said, units))["error"]
    assert rule in errors
    assert held(lodging, number) == []
    assert Page(answer.content.decode()).faults == []


def test_a_warning_is_saved_and_stands_beside_its_field_afterwards(lodging: Lodging, officer: Client) -> None:
    said, units = planted({"program_title": "", "usi": "BNGH7C75FM"})
    number = begun(officer)
    answer = officer.post(add_url(number), sent(said, units), follow=True)
    assert "Saved, with 2 warnings to look at. C10 Program title" in words(answer)
    assert "BNGH7C75FM" not in words(answer)
    (one,) = held(lodging, number)
    page = officer.get(reverse("provider:by_hand_edit", args=[number, one.mark]))
    errors, notes = rules_beside(page.content.decode())
    assert (errors, notes) == (set(), {"C10", "C17"})
    assert Page(page.content.decode()).faults == []


def test_a_clean_certificate_is_listed_and_can_be_changed_and_taken_out(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    officer.post(add_url(number), sent())
    officer.post(add_url(number), sent({**CLEAN, "number": "P-0002", "key": "k-2"}))
    page = officer.get(reverse("provider:by_hand_list", args=[number]))
    shown = words(page)
    assert "2 certificates, the one saved last first" in shown
    assert "Grace Nguyen" in shown
    assert "4 to 5" in shown, "its rows in the file"
    assert Page(page.content.decode()).faults == []
    first, second = held(lodging, number)
    edit = reverse("provider:by_hand_edit", args=[number, first.mark])
    assert 'value="P-0001"' in officer.get(edit).content.decode()
    answer = officer.post(edit, sent({**CLEAN, "language": "Vietnamese", "key": "k-3"}), follow=True)
    assert "Saved. The check found no error." in words(answer)
    assert officer.get(edit).status_code == 404, "it has another mark now"
    late = officer.post(edit, sent({**CLEAN, "language": "Arabic", "key": "k-4"}))
    assert late.status_code == 422
    assert "changed or taken out meanwhile" in words(late)
    assert 'value="Arabic"' in late.content.decode(), "nothing that was typed is lost"
    answer = officer.post(reverse("provider:by_hand_remove", args=[number, second.mark]), {"key": "r"}, follow=True)
    assert "1 certificate left" in words(answer)
    (left,) = held(lodging, number)
    assert left.typed.said["language"] == "Vietnamese"


def test_no_address_holds_anything_about_a_person(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    answer = officer.post(add_url(number), sent(then_another="yes"))
    addresses = [answer["Location"]]
    page = officer.get(answer["Location"]).content.decode()
    addresses += re.findall(r'(?:href|action)="([^"]+)"', page)
    addresses += re.findall(
        r'href="([^"]+)"', officer.get(reverse("provider:by_hand_list", args=[number])).content.decode()
    )
    assert any("/by-hand/" in one for one in addresses)
    for secret in ("Nguyen", "Grace", "P-0001", "S1", "1996"):
        assert [one for one in addresses if secret.lower() in one.lower().replace("us1", "")] == []
    assert 'value="BSB40215"' in page, "the program is taken over"
    assert "Nguyen" not in page, "the student is not"


def test_units_are_added_and_taken_out_without_scripts_and_nothing_is_saved_by_it(
    lodging: Lodging, officer: Client
) -> None:
    number = begun(officer)
    more = officer.post(add_url(number), sent(add_unit="yes")).content.decode()
    assert 'name="unit2_unit_code"' in more
    assert 'value="BSBWRT401"' in more
    assert 'value="Nguyen"' in more
    assert re.search(r'name="unit2_unit_code"[^>]*autofocus', more)
    fewer = officer.post(add_url(number), sent(remove_unit="0")).content.decode()
    assert "BSBWRT401" not in fewer
    assert 'name="unit0_unit_code" value="BSBCUS401"' in fewer
    assert 'name="unit1_unit_code"' not in fewer
    assert held(lodging, number) == []


def test_empty_units_between_others_do_not_move_findings(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    units = [UNITS[0], {}, {**UNITS[1], "unit_outcome": "30"}]
    answer = officer.post(add_url(number), sent(units=units))
    page = answer.content.decode()
    assert 'id="id_unit2_unit_outcome_error"' in page
    assert 'id="id_unit1_unit_outcome_error"' not in page


def test_a_faulty_certificate_is_kept_where_the_person_wants_it(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    said, units = planted({"surname": ""})
    refused = officer.post(add_url(number), sent(said, units))
    assert "Keep it with its errors" in words(refused)
    kept = officer.post(add_url(number), sent(said, units, keep_faulty="yes"), follow=True)
    assert "Kept with 1 error" in words(kept)
    assert "1 certificate has an error" in words(kept)
    (one,) = held(lodging, number)
    page = officer.get(reverse("provider:by_hand_edit", args=[number, one.mark])).content.decode()
    assert rules_beside(page)[0] == {"C05"}


def test_nothing_typed_is_refused_in_words(officer: Client) -> None:
    answer = officer.post(add_url(begun(officer)), sent({}, []))
    assert answer.status_code == 422
    assert "Nothing was entered" in words(answer)


def test_sending_the_form_twice_saves_once(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    for _ in range(2):
        assert officer.post(add_url(number), sent()).status_code == 302
    assert len(held(lodging, number)) == 1


def test_the_whole_submission_is_checked_declared_by_another_and_sealed(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    officer.post(add_url(number), sent())
    assert officer.post(reverse("provider:check", args=[number])).status_code == 302
    assert "Enter another certificate" not in words(officer.get(reverse("provider:by_hand_list", args=[number])))
    assert officer.post(add_url(number), sent({**CLEAN, "number": "P-0002", "key": "k-2"})).status_code == 422
    submissions_actions.check_submission(number, at=build.NOW)
    assert "No error is left" in words(officer.get(reverse("provider:by_hand_list", args=[number])))
    administrator = build.signed_in(lodging.administrator)
    listed = administrator.get(reverse("provider:by_hand_list", args=[number]))
    assert "Grace Nguyen" in words(listed)
    assert "Enter another" not in words(listed)
    key = key_in(administrator.get(reverse("provider:declare", args=[number])))
    answer = administrator.post(reverse("provider:declare", args=[number]), {"key": key, "agreed": "on"})
    assert answer.status_code == 302
    with tenancy.for_provider(lodging.provider.id):
        assert submissions_queries.submission(number).declared_by == lodging.administrator.id


def test_the_page_of_the_submission_leads_back_to_its_certificates(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    said, units = planted({"surname": ""})
    officer.post(add_url(number), sent(said, units, keep_faulty="yes"))
    lodging.checked(number)
    address = reverse("provider:by_hand_list", args=[number])
    assert address in officer.get(reverse("provider:submission", args=[number])).content.decode()
    uploaded = lodging.opened({"certificates.csv": as_file(CLEAN, UNITS)}, format="certificates")
    assert "by-hand" not in officer.get(reverse("provider:submission", args=[uploaded])).content.decode()


def test_another_provider_neither_sees_nor_reaches_what_is_entered(lodging: Lodging, officer: Client) -> None:
    number = begun(officer)
    officer.post(add_url(number), sent())
    (one,) = held(lodging, number)
    stranger = build.signed_in(Lodging(sector="vet").officer)
    for name, args in (("by_hand_list", []), ("by_hand_add", []), ("by_hand_edit", [one.mark])):
        address = reverse(f"provider:{name}", args=[number, *args])
        assert stranger.get(address).status_code == 404
    assert stranger.post(add_url(number), sent()).status_code == 404
    edit, remove = (reverse(f"provider:by_hand_{verb}", args=[number, one.mark]) for verb in ("edit", "remove"))
    assert stranger.post(edit, sent()).status_code == 404
    assert stranger.post(remove, {"key": "r"}).status_code == 404
    assert str(number) not in stranger.get(reverse("provider:by_hand")).content.decode()
    assert str(number) in officer.get(reverse("provider:by_hand")).content.decode()
    assert len(held(lodging, number)) == 1


def test_a_higher_education_provider_is_led_to_files(officer: Client) -> None:
    lodging = Lodging()
    browser = build.signed_in(lodging.officer)
    page = words(browser.get(reverse("provider:by_hand")))
    assert "by providers of vocational education" in page
    assert "Begin a new submission" not in page
    assert browser.post(reverse("provider:by_hand"), {"key": "k"}).status_code == 403
    assert "Begin a new submission" in words(officer.get(reverse("provider:by_hand")))


def test_a_submission_with_an_uploaded_file_says_why_it_takes_none(lodging: Lodging, officer: Client) -> None:
    number = lodging.opened({"certificates.csv": as_file(CLEAN, UNITS)}, format="certificates")
    answer = officer.get(reverse("provider:by_hand_list", args=[number]))
    assert answer.status_code == 403
    assert "holds a file that was uploaded" in words(answer)


def test_the_form_names_cells_as_it_reads_them() -> None:
    cells = cells_of(typed())
    form = CertificateForm({**cells, "key": "k"}, units=units_sent(cells))
    assert form.is_valid()
    assert form.typed() == typed()
    assert places_of({"unit1_unit_code": "X", "unit0_unit_code": " "}, 2) == [1]


# Codes that are offered -----------------------------------------------------------------------------------------------


def lodged(program: str, title: str) -> Lodging:
    """Seal a certificate of a provider of its own, with a program and a unit."""
    lodging = Lodging(sector="vet")
    said, units = planted({"program_code": program, "program_title": title, "unit_title": f"Unit of {title}"})
    content = as_file({**said, "completion_date": "01/02/2019"}, units)
    number = lodging.opened({"certificates.csv": content}, format="certificates")
    lodging.checked(number)
    lodging.declared(number)
    with tenancy.for_register():
        submissions_actions.accept_submission(number, by=build.member(Role.SUPERVISOR).id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    return lodging


def offered(browser: Client, **asked: str) -> list[str]:
    answer = browser.get(reverse("provider:codes"), asked)
    assert answer.status_code == 200
    return re.findall(r'data-code="([^"]*)"', answer.content.decode())


def test_codes_of_ones_own_and_of_several_providers_are_offered_and_no_others() -> None:
    mine = lodged("BSB40215", "Certificate IV in Business")
    for _ in range(3):
        lodged("BSB50215", "Diploma of Business")
    for _ in range(2):
        lodged("BSB99999", "Of two providers only")
    lodged("BSB77777", "What one provider wrote of Grace Nguyen")
    browser = build.signed_in(mine.officer)
    assert offered(browser, kind="course", q="bsb") == ["BSB40215", "BSB50215"]
    assert offered(browser, kind="course", q="certificate iv") == ["BSB40215"], "by a word of the title"
    assert offered(browser, kind="course", q="diploma") == [], "titles of others are not searched"
    assert offered(browser, kind="course", q="") == []
    assert offered(browser, kind="course", q="B") == ["BSB40215"], "one sign asks for one's own only"
    assert offered(browser, kind="course", q="BSB%") == []
    assert offered(browser, kind="unit", q="BSBC") == ["BSBCUS401"]
    assert offered(browser, kind="unit", q="zzorc20") == []
    training.load()
    assert offered(browser, kind="unit", q="zzorc20") == [f"ZZORC20{number}" for number in range(1, 7)]
    assert offered(browser, kind="unit", q="zzeki")[0].startswith("ZZEKIL"), "the national register comes first"
    assert offered(browser, kind="course", q="zzorc20") == [], "these are units"
    assert offered(browser, kind="course", q="orchard practice") == ["ZZA30118"], "by words of its title"
    assert browser.get(reverse("provider:codes"), {"kind": "person", "q": "x"}).status_code == 404
    page = browser.get(add_url(begun(browser))).content.decode()
    assert '<option value="BSB40215">' in page, "without scripts the box has a list of one's own"
    assert '<option value="BSB50215">' not in page
