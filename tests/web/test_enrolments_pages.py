"""Pages about students in training, as a provider's staff use them without scripts."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from testamur.enrolments import actions, queries
from testamur.enrolments.queries import cards
from testamur.kernel import tenancy
from testamur.log.models import AccessEvent
from testamur.students import actions as students_actions
from tests import build, enrolling
from tests.enrolling import AT, PRODUCT, TITLE, UNITS, School
from tests.web.test_look import Page

pytestmark = pytest.mark.django_db
TYPED = {
    "student_id": "s-1", "family_name": "Nguyen", "given_name": "Grace", "product_code": PRODUCT, "product_title": TITLE,
    "product_kind": "qualification", "sector": "vet", "enrolled_on_0": "2", "enrolled_on_1": "2", "enrolled_on_2": "2026",
}  # fmt: skip


@pytest.fixture
def school() -> School:
    return enrolling.school()


@pytest.fixture
def officer(school: School) -> Client:
    return build.signed_in(school.officer)


def _page(browser: Client, name: str, *args: object, **query: str) -> str:
    answer = browser.get(reverse(f"provider:{name}", args=args), query)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert Page(html).faults == []
    return html


def _sent(browser: Client, name: str, *args: object, status: int = 302, **typed: Any) -> str:
    answer = browser.post(reverse(f"provider:{name}", args=args), typed)
    html = answer.content.decode()
    assert answer.status_code == status, html
    if status != 302:
        assert Page(html).faults == []
    return html


def test_a_student_is_enrolled_and_the_page_says_what_is_missing(school: School, officer: Client) -> None:
    assert "No enrolment fits" in _page(officer, "enrolments")
    assert "Personal information" in _page(officer, "enrol")
    wrong = _sent(officer, "enrol", status=422, **(TYPED | {"product_code": "no!", "usi": "ABC"}))
    assert "not one of capital letters" in wrong
    assert "can be no USI" in wrong
    _sent(officer, "enrol", **TYPED)
    with tenancy.for_provider(school.id):
        ((line,),) = [queries.enrolments(school.id, queries.Wanted())[1]]
    assert (line.local_id, line.name) == ("S-1", "Grace Nguyen")
    page = _page(officer, "enrolment", line.id)
    for words in ("Grace Nguyen", "Not given", "Missing", "Nothing owed", "None yet"):
        assert words in page
    assert "Grace Nguyen" in _page(officer, "enrolments", q="nguyen", state="enrolled")
    assert "Grace Nguyen" not in _page(officer, "enrolments", state="completed")


def test_a_class_is_typed_in_one_grid(school: School, officer: Client) -> None:
    one, two = (enrolling.enrolled(school, number) for number in ("S-1", "S-2"))
    where = {"product": PRODUCT, "unit": "BSBCRT311", "title": UNITS["BSBCRT311"]}
    assert "Students of the class" in _page(officer, "class_grid", **where)
    url = f"{reverse('provider:class_grid')}?product={PRODUCT}&unit=BSBCRT311&title=Think"
    late = officer.post(url, {f"outcome_{one}": "competent", f"day_{one}": "1/1/2030", "assessor": "Lee"})
    assert late.status_code == 422
    assert "lies in the future" in late.content.decode()
    typed = {
        f"outcome_{one}": "competent",
        f"outcome_{two}": "not-competent",
        "assessor": "Lee Osei",
        "day": "1/6/2026",
    }
    assert officer.post(url, typed).status_code == 302
    with tenancy.for_provider(school.id):
        facts = queries.facts_of([one, two], date(2026, 7, 1))
    assert {facts[one].units[0].outcome, facts[two].units[0].outcome} == {"competent", "not-competent"}
    assert facts[two].completed_on == date(2026, 6, 1)


def _day(name: str, day: int, month: int) -> dict[str, str]:
    return {f"{name}_0": str(day), f"{name}_1": str(month), f"{name}_2": "2026"}


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("commence", _day("commenced_on", 9, 2), "In training"),
    (
        "details",
        {"product_title": TITLE, "product_kind": "qualification", "stream": "Legal", "reason": "Slip"},
        "Legal",
    ),
    ("contract", {"number": "TC-7", "jurisdiction": "VIC"} | _day("contract_from", 1, 2), "TC-7, VIC"),
    ("fee", {"kind": "agreed", "amount": "$500", "reference": "A-1"} | _day("on", 2, 2), "$500.00 owed"),
    ("identity", {"check_kind": "workplace", "assessor": "Lee"} | _day("checked_on", 3, 3), "Attested"),
    ("withdraw", {"reason": "Another student"}, "(withdrawn)"),
    ("timely", {"reasons": "Two units are left."} | _day("timely_date", 31, 10), "31 October 2026"),
    ("identifier", {"usi": "BNGH7C75FN"}, "Waits for verification"),
    ("exit", {"exit_reason": "withdrew"} | _day("exited_on", 20, 5), "Left"),
    ("reopen", {"reason": "Came back"}, "In training"),
]


def test_each_form_does_its_one_thing_and_the_history_says_so(school: School, officer: Client) -> None:
    enrolment = enrolling.enrolled(school)
    for what, typed, shown in CHANGES:
        _page(officer, "change_enrolment", enrolment, what)
        _sent(officer, "change_enrolment", enrolment, what, **typed)
        assert shown in _page(officer, "enrolment", enrolment), what
    history = _page(officer, "enrolment_history", enrolment)
    for words in ("Training contract set TC-7", "Robin Example", "Came back", "USI replaced"):
        assert words in history
    assert "BNGH7C75FN" not in history


def test_units_are_recorded_on_their_own_page_and_in_the_grid(school: School, officer: Client) -> None:
    enrolment = enrolling.enrolled(school)
    unit = {
        "unit_code": "bsbcrt311",
        "unit_title": "Think",
        "outcome": "competent",
        "method": "rpl",
        "assessor": "Lee",
        "delivered_in": "zh",
    }
    _page(officer, "new_enrolment_unit", enrolment)
    _sent(officer, "new_enrolment_unit", enrolment, status=422, **unit)
    _sent(officer, "new_enrolment_unit", enrolment, **unit, **_day("decided_on", 1, 6))
    page = _page(officer, "enrolment", enrolment)
    assert "For BSBCRT311" in page, "the portfolio is missing"
    _page(officer, "enrolment_unit", enrolment, "BSBCRT311")
    _page(officer, "enrolment_outcomes", enrolment)
    changed = {"outcome_BSBCRT311": "withdrawn", "day_BSBCRT311": ""}
    assert "Give the reason" in _sent(officer, "enrolment_outcomes", enrolment, status=422, **changed)
    _sent(officer, "enrolment_outcomes", enrolment, reason="Enrolled in it by mistake", **changed)
    assert "Withdrawn" in _page(officer, "enrolment", enrolment)


def test_evidence_is_added_fetched_and_purged_by_the_administrator(school: School, officer: Client) -> None:
    enrolment = enrolling.completed(school)
    file = SimpleUploadedFile("grace nguyen.pdf", b"%PDF-1.7 a portfolio")
    _page(officer, "change_enrolment", enrolment, "evidence")
    _sent(officer, "change_enrolment", enrolment, "evidence", file=file, kind="assessment", label="Test paper")
    assert "Kept until 1 June 2028" in _page(officer, "enrolment", enrolment)
    with tenancy.for_provider(school.id):
        (held,) = cards.card(enrolment, on=date(2026, 7, 1)).evidence
    answer = officer.get(reverse("provider:evidence_file", args=[held.id]))
    assert answer.content == b"%PDF-1.7 a portfolio"
    assert "nguyen" not in answer["Content-Disposition"]
    assert "No evidence is due" in _page(officer, "evidence_due")
    administrator = build.signed_in(school.administrator)
    answer = administrator.post(reverse("provider:purge_evidence"), {"evidence": [str(held.id), "x"]}, follow=True)
    assert "Nothing was purged" in answer.content.decode()
    answer = administrator.post(reverse("provider:purge_evidence"), {"evidence": [str(held.id)]}, follow=True)
    assert "not due" in answer.content.decode()


def test_files_are_loaded_or_every_fault_is_listed(school: School, officer: Client) -> None:
    header = officer.get(reverse("provider:enrolment_template", args=["enrolments"])).content.decode().strip()
    cells = {"student_id": "S-1", "product_code": PRODUCT, "family_name": "Nguyen", "product_kind": "qualification",
             "product_title": TITLE, "enrolled_on": "2026-02-02"}  # fmt: skip
    row = ",".join(cells.get(name, "") for name in header.split(","))

    def file(text: str) -> SimpleUploadedFile:
        return SimpleUploadedFile("enrolments.csv", text.encode())

    _page(officer, "load_enrolments")
    wrong = _sent(
        officer, "load_enrolments", status=422, uploads=file(f"{header}\n{row.replace('2026-02-02', 'soon')}")
    )
    assert "1 findings; nothing was written" in wrong
    assert "It would be: 1 enrolments new" in _sent(
        officer, "load_enrolments", status=200, uploads=file(f"{header}\n{row}"), only_check="on"
    )
    _sent(officer, "load_enrolments", uploads=file(f"{header}\n{row}"))
    assert "Nguyen" in _page(officer, "enrolments")


def test_another_providers_enrolment_does_not_exist_here(school: School, officer: Client) -> None:
    other = enrolling.enrolled(enrolling.school())
    for name in ("enrolment", "enrolment_history", "enrolment_outcomes", "new_enrolment_unit"):
        assert officer.get(reverse(f"provider:{name}", args=[other])).status_code == 404
    assert officer.post(reverse("provider:change_enrolment", args=[other, "complete"])).status_code == 404


def test_an_administrator_reads_and_changes_nothing(school: School) -> None:
    enrolment = enrolling.enrolled(school)
    with tenancy.for_provider(school.id):
        looker = actions.Looker(school.id, school.administrator.id, "provider_administrator")
        actions.look_at_enrolment(enrolment, looker=looker, at=AT)
    browser = build.signed_in(school.administrator)
    assert "What you can do" not in _page(browser, "enrolment", enrolment)
    assert browser.get(reverse("provider:change_enrolment", args=[enrolment, "exit"])).status_code == 403


def test_a_student_reads_their_own_training_and_nobody_elses(school: School) -> None:
    mine, other = enrolling.completed(school), enrolling.enrolled(school, "S-2", product_code="CHC33021")
    person = build.student_account()
    browser = build.signed_in(person)
    assert "Nothing is shown here" in browser.get(reverse("student:training")).content.decode()
    with tenancy.for_provider(school.id):
        student = queries.facts_for(mine, date(2026, 7, 1)).student_id
        assert queries.facts_for(other, date(2026, 7, 1)).student_id != student
    number = students_actions.ensure_person(person.id, at=AT)
    students_actions.link_student(number, student, reason="The same person", by=build.OPERATOR, at=AT)
    page = browser.get(reverse("student:training")).content.decode()
    assert Page(page).faults == []
    assert "BSBCRT311" in page
    assert "CHC33021" not in page
    assert AccessEvent.objects.filter(person=number, purpose="own_record").count() == 1
