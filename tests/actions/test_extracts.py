"""From details to a certified extract, and every branch that the rulebook names (TEQ-03…12, CQR-09, F.1)."""

from pathlib import Path

import pytest
from django.conf import settings

from testamur.documents import queries as documents_queries
from testamur.documents.verify import verify_document
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries
from testamur.extracts.models import CaseNote
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.log import keys
from testamur.log import queries as log_queries
from testamur.notices.models import OutgoingMail
from testamur.register import queries as register_queries
from testamur.students import queries as students_queries
from testamur.students.linkage import leaves as link_leaves
from tests import applying
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


def test_an_exact_match_is_proposed_confirmed_certified_and_collected(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    person = applying.identified(staff)
    number = applying.applied(person, applying.closed_provider(tmp_path))
    person_id = students_queries.person_of_account(person.id)
    assert person_id is not None

    with tenancy.for_person(person_id):
        assert queries.request(number).state == "found"
        assert students_queries.students_of_person(person_id) == []

    extract = extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert extract is not None

    record = extracts_actions.read_own_record(by=person.id, at=NOW)
    assert [card.local_id for card in record.cards] == ["S1"]
    assert len(record.versions) == 4

    served = extracts_actions.download_extract(extract, by=person.id, at=NOW)
    assert served == documents_queries.issued_bytes(extract)
    with tenancy.for_person(person_id):
        assert queries.request(number).state == "collected"

    log_actions.seal(at=NOW)
    proof = queries.own_proof(extract)
    assert proof is not None
    trusted = [key.text for key in keys.trusted_keys(settings.KEYS_DIR)]
    report = verify_document(served, at=NOW, proof=proof.encode(), log_keys=trusted)
    assert {check.name for check in report.checks if check.ok} >= {"record proofs", "own proof"}, report
    assert OutgoingMail.objects.filter(template="records_ready").count() == 1


def test_the_audit_holds_with_the_leaf_of_an_issue_and_misses_it_without(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    applying.ready(tmp_path, staff)
    log_actions.seal(at=NOW)
    with tenancy.for_register():
        records = [*register_queries.recomputed_leaves(), *link_leaves.recomputed_leaves()]
        issues = list(queries.recomputed_leaves())
    whole = log_queries.verify_everything(iter([*records, *issues]))
    assert [check.name for check in whole if not check.ok] == []
    without = {check.name: check for check in log_queries.verify_everything(iter(records))}
    assert not without["record"].ok
    assert "no row for this leaf" in without["record"].detail


def test_a_note_sent_twice_stands_in_the_case_once(tmp_path: Path, staff: applying.Secretariat) -> None:
    _, number, _ = applying.ready(tmp_path, staff)
    before = notes_of(number)
    for text in ("The transcripts agree.", " The transcripts agree. ", "One is missing.", "The transcripts agree."):
        extracts_actions.add_note(number, text, by=staff.officer.id, at=NOW)
    new = notes_of(number)[len(before) :]
    assert new == ["The transcripts agree.", "One is missing.", "The transcripts agree."]


def notes_of(number: str) -> list[str]:
    with tenancy.for_register():
        return list(CaseNote.objects.filter(request_id=number).order_by("pk").values_list("text", flat=True))
