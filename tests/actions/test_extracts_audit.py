"""What the public check answers from is held against the log too: a document changed, slipped in or taken away is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from testamur.extracts import queries
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.register import queries as register_queries
from testamur.students.linkage import leaves as link_leaves
from tests import applying
from tests.build import NOW

NEVER_ISSUED = "0" * 13
COLUMNS = "size, issued_on, issued_at, issued_by, content_sha256"
SLIP_IN = (
    f"INSERT INTO documents_issueddocument (number, kind, sha256, {COLUMNS}) "
    f"SELECT '{NEVER_ISSUED}', kind, sha256(sha256), {COLUMNS} FROM documents_issueddocument"
)


@pytest.fixture
def owner(committed_db: Any, tmp_path: Path) -> Callable[[str], None]:
    """Issue one extract; return what the database's owner can do to it."""
    applying.ready(tmp_path, applying.secretariat())
    log_actions.seal(at=NOW)

    def does(statement: str) -> None:
        with psycopg.connect(committed_db.owner) as session:
            session.execute("ALTER TABLE documents_issueddocument DISABLE TRIGGER USER")
            assert session.execute(statement.encode()).rowcount == 1
            session.commit()
            session.execute("ALTER TABLE documents_issueddocument ENABLE TRIGGER USER")

    return does


def audited() -> tuple[bool, str]:
    """Return what the audit says of the record."""
    with tenancy.for_register():
        leaves = [
            *register_queries.recomputed_leaves(),
            *queries.recomputed_leaves(),
            *link_leaves.recomputed_leaves(),
        ]
        checks = {check.name: check for check in log_queries.verify_everything(iter(leaves))}
    return checks["record"].ok, checks["record"].detail


def test_a_document_changed_slipped_in_or_taken_away_is_named_by_the_audit(owner: Callable[[str], None]) -> None:
    assert audited()[0]
    owner(SLIP_IN)
    ok, detail = audited()
    assert not ok
    assert f"documents_issueddocument {NEVER_ISSUED}" in detail
    owner(f"DELETE FROM documents_issueddocument WHERE number = '{NEVER_ISSUED}'")
    assert audited()[0]
    owner("UPDATE documents_issueddocument SET sha256 = sha256(sha256)")
    ok, detail = audited()
    assert not ok
    assert detail.startswith("documents_issueddocument ")
    assert NEVER_ISSUED not in detail
