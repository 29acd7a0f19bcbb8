"""Enrolments by key: the same actions as on the pages, with bounds of their own."""

from typing import Any

import pytest

from testamur.accounts.roles import Scope
from testamur.log.models import AccessEvent
from tests import enrolling
from tests.enrolling import PRODUCT, TITLE
from tests.keyed import Keyed, keyed
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
STUDENT = {
    "student_id": "s-1", "family_name": "Nguyen", "given_name": "Grace", "birth_date": "2001-05-06",
    "product_code": PRODUCT, "product_kind": "qualification", "product_title": TITLE, "enrolled_on": "2026-02-02",
}  # fmt: skip
UNIT = {
    "unit_code": "BSBCRT311", "unit_title": "Think", "outcome": "competent", "decided_on": "2026-06-01", "assessor": "Lee",
}  # fmt: skip


@pytest.fixture
def system() -> Keyed:
    return keyed(Lodging(sector="vet"))


def _enrolled(system: Keyed, **changed: Any) -> str:
    answer = system.post("/enrolments", STUDENT | changed)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_a_system_enrols_records_and_reads_what_issuing_needs(system: Keyed) -> None:
    one = _enrolled(system)
    assert _enrolled(system) == one
    done = system.post("/enrolments/outcomes", {"outcomes": [UNIT | {"enrolment": one}]})
    assert (done.status_code, done.json()["new"]) == (200, 1)
    for path, body in (
        ("contract", {"number": "TC-1", "jurisdiction": "VIC", "contract_from": "2026-02-01"}),
        ("fees", {"kind": "agreed", "cents": 50_000, "on": "2026-02-02", "reference": "A-1"}),
        ("identity", {"check_kind": "workplace", "checked_on": "2026-03-03", "assessor": "Lee"}),
        ("timely-date", {"on": "2026-10-31", "reasons": "Two units are left."}),
        ("identifier", {"usi": "BNGH7C75FN"}),
    ):
        answer = system.post(f"/enrolments/{one}/{path}", body)
        assert (answer.status_code, answer.json()) == (200, {"changed": True}), path
    assert system.post(f"/enrolments/{one}/complete").status_code == 200
    read = system.get(f"/enrolments/{one}").json()
    assert read["completed_on"] == "2026-06-01"
    assert read["facts"]["fees"] == {"balance": 500.0, "cleared_on": None}
    assert (read["facts"]["usi"], read["facts"]["identity_attested"]) == ("pending", True)
    history = system.get(f"/enrolments/{one}/history")
    assert {"enrol", "complete", "identifier"} <= {change["verb"] for change in history.json()}
    assert "BNGH7C75FN" not in history.content.decode()
    assert AccessEvent.objects.filter(action="viewed").count() == 2


def test_refusals_name_rule_and_reason_and_nothing_is_half_done(system: Keyed) -> None:
    one = _enrolled(system)
    wrong = system.post("/enrolments", STUDENT | {"student_id": "s-2", "usi": "ABC"})
    assert (wrong.status_code, [rule["rule"] for rule in wrong.json()["rules"]]) == (403, ["USI-09"])
    late = system.post("/enrolments/outcomes", {"outcomes": [UNIT | {"enrolment": one, "decided_on": "2030-01-01"}]})
    assert late.status_code == 403
    assert system.get(f"/enrolments/{one}").json()["units"] == 0
    assert system.post(f"/enrolments/{one}/complete").status_code == 404, "there is no unit yet"
    assert system.post(f"/enrolments/{one}/commence", {"on": 20260202}).status_code == 422
    assert system.post("/enrolments", STUDENT | {"name": "x"}).status_code == 422


def test_lists_searches_and_files_by_key(system: Keyed) -> None:
    _enrolled(system)
    listed = system.get("/enrolments", state="enrolled", product=PRODUCT).json()
    assert (listed["total"], listed["enrolments"][0]["local_id"]) == (1, "S-1")
    assert "Nguyen" not in str(listed), "a list names nobody"
    assert system.post("/enrolments/search", {"typed": "nguyen"}).json()["total"] == 1
    header = b"student_id,product_code,kind,amount,on,reference\n"
    loaded = system.form("/enrolments/files", {"fees.csv": header + b"S-1,BSB30120,paid,ten,2026-02-02,R-1\n"}).json()
    assert (loaded["written"], loaded["findings"][0]["rule"]) == (False, "E06")
    loaded = system.form("/enrolments/files", {"fees.csv": header + b"S-1,BSB30120,paid,10,2026-02-02,R-1\n"}).json()
    assert (loaded["written"], loaded["counts"]["fees_new"]) == (True, 1)


def test_scope_and_provider_bound_a_key(system: Keyed) -> None:
    school = enrolling.school()
    other = enrolling.enrolled(school)
    assert system.get(f"/enrolments/{other}").status_code == 404
    assert system.post(f"/enrolments/{other}/reopen", {"reason": "x"}).status_code == 404
    reader = keyed(Lodging(sector="vet"), [Scope.READ_STUDENTS], name="Reader")
    assert reader.post("/enrolments", STUDENT).status_code == 403
