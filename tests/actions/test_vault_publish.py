import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from testamur.documents import actions, publish, queries, vault
from testamur.documents.models import DocumentStatus, IssuedDocument, StoredFile
from testamur.documents.render import MissingGlyph
from testamur.documents.verify import verify_document
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from tests.rules.documents_samples import AT, GOOD_USI, attachment, course, extract, number

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 5, 1, tzinfo=UTC)
SECOND = number("000000000001")


def issue(**changes):
    return publish.publish(extract(courses=(course(3),), **changes), by=7, at=AT)


def issue_second():
    value = attachment(SECOND)
    return issue(number=SECOND, proofs=value, verify_url=f"https://register.example/check/{SECOND}")


def test_a_published_extract_answers_by_number_and_hash_without_personal_data():
    found = issue()
    data = queries.issued_bytes(number())
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.kind, found.status, found.issued_on, found.superseded_by) == (
        "extract",
        "current",
        date(2026, 3, 14),
        None,
    )
    assert queries.find_issued("7kq2 m9xd-4htr3") == found
    assert queries.find_by_hash(found.sha256) == queries.find_by_hash(bytes.fromhex(found.sha256)) == found
    assert "Aroha" not in repr(found)
    assert queries.find_issued(SECOND) is None
    assert queries.find_issued("nonsense") is None
    assert queries.find_by_hash("00" * 32) is None
    assert queries.find_by_hash("zz") is None


def test_the_published_file_verifies():
    issue()
    report = verify_document(queries.issued_bytes(number()), at=LATER, trust=publish.organisation_seal().root_pem)
    assert report.ok


def test_publishing_again_changes_nothing():
    first = issue()
    assert issue() == first
    assert IssuedDocument.objects.count() == DocumentStatus.objects.count() == 1


def test_other_content_under_a_number_in_use_is_refused():
    issue()
    with pytest.raises(Conflict):
        issue(notes=("Another content.",))
    assert IssuedDocument.objects.count() == 1


def test_what_the_guard_finds_is_neither_sealed_nor_kept():
    with pytest.raises(NotAllowed, match="not sealed") as refusal:
        issue(issuer=replace(extract().issuer, name="Testamur Register"))
    assert {finding.rule for finding in refusal.value.findings} == {"CQR-10"}
    with pytest.raises(NotAllowed) as refusal:
        publish.publish(extract(notes=(f"Number {GOOD_USI[:5]} {GOOD_USI[5:]}",)), by=7, at=AT, identifiers=[GOOD_USI])
    assert {finding.rule for finding in refusal.value.findings} == {"USI-05"}
    assert GOOD_USI not in refusal.value.message
    with pytest.raises(MissingGlyph):
        issue(holder=replace(extract().holder, name="𰻝"))
    assert IssuedDocument.objects.count() == StoredFile.objects.count() == 0


def test_content_and_recipe_are_kept_for_a_rebuild():
    issue()
    row = IssuedDocument.objects.get()
    kept = json.loads(vault.read_bytes(settings.DOCUMENTS_DIR, bytes(row.content_sha256)))
    assert kept["content"]["number"] == number()
    assert kept["recipe"]["typst"]
    from testamur.documents.render import render

    assert queries.issued_bytes(number()).startswith(render("extract", kept["content"], day=row.issued_on))


def test_files_go_after_thirty_years_and_number_hash_and_status_stay(django_capture_on_commit_callbacks):
    found = issue()
    assert {row.delete_after for row in StoredFile.objects.all()} == {date(2056, 3, 14)}
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.remove_file(found.sha256)
    assert queries.find_issued(number()) == found
    with pytest.raises(NotFound):
        queries.issued_bytes(number())
    assert not vault.holds(settings.DOCUMENTS_DIR, bytes.fromhex(found.sha256))


def test_damaged_bytes_are_not_served():
    found = issue()
    name = found.sha256
    path = settings.DOCUMENTS_DIR / "sha256" / name[:2] / name[2:4] / name
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(vault.Damaged):
        queries.issued_bytes(number())


def test_a_superseded_extract_names_its_successor():
    issue()
    issue_second()
    changed = actions.record_status(number(), status="superseded", reason="corrected", at=LATER, superseded_by=SECOND)
    assert (changed.status, changed.superseded_by) == ("superseded", SECOND)
    assert queries.find_issued(SECOND).status == "current"
    assert DocumentStatus.objects.filter(document_id=number()).count() == 2


def test_a_withdrawn_extract_stays_withdrawn():
    issue()
    issue_second()
    actions.record_status(number(), status="withdrawn", reason="identity", at=LATER)
    for status, successor in (("superseded", SECOND), ("current", None), ("withdrawn", None)):
        with pytest.raises(Conflict):
            actions.record_status(number(), status=status, reason="x", at=LATER, superseded_by=successor)
    with pytest.raises(Conflict):
        actions.record_status(SECOND, status="superseded", reason="x", at=LATER, superseded_by=SECOND)
    with pytest.raises(Conflict):
        actions.record_status(SECOND, status="withdrawn", reason="x", at=LATER, superseded_by=number())
    with pytest.raises(NotFound):
        actions.record_status(number("000000000002"), status="withdrawn", reason="x", at=LATER)


@pytest.mark.parametrize("table", ["documents_issueddocument", "documents_documentstatus"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.django_db(databases=["default", "owner"])
def test_the_database_refuses_to_change_what_was_issued(table, statement):
    issue()
    column = "size" if table.endswith("issueddocument") else "reason"
    with pytest.raises(DatabaseError, match=r"permanent|denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))
    assert IssuedDocument.objects.count() == DocumentStatus.objects.count() == 1


def _bad_number():
    IssuedDocument.objects.create(
        number="7kq2m9xd4htr3",
        kind="extract",
        sha256=b"1" * 32,
        size=1,
        issued_on=date(2026, 3, 14),
        issued_at=AT,
        issued_by=1,
        content_sha256=b"2" * 32,
    )


def _bad_hash():
    StoredFile.objects.create(sha256=b"x", size=1, media_type="a/b", kind="k", stored_at=AT)


def _bad_state():
    DocumentStatus.objects.create(document_id=number(), status="lost", since=AT, reason="x")


@pytest.mark.parametrize(
    ("write", "constraint"),
    [
        (_bad_number, "document_number_form"),
        (_bad_hash, "stored_file_hash_is_sha256"),
        (_bad_state, "document_status_known"),
    ],
)
def test_the_database_holds_the_form_of_numbers_hashes_and_states(write, constraint):
    issue()
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        write()


def test_a_kept_file_is_prolonged_and_never_shortened():
    first = actions.keep_file([b"a", b"b"], media_type="text/plain", kind="k", at=AT, delete_after=date(2030, 1, 1))
    assert queries.find_file(first.sha256) == first
    assert b"".join(queries.file_pieces(first.sha256)) == b"ab"
    days = []
    for day in (date(2029, 1, 1), date(2031, 1, 1), None, date(2032, 1, 1)):
        kept = actions.keep_file([b"ab"], media_type="text/plain", kind="k", at=AT, delete_after=day)
        days.append(kept.delete_after)
    assert days == [date(2030, 1, 1), date(2031, 1, 1), None, None]
