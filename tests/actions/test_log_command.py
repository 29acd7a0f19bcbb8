"""`testamur log …`: what it prints and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from psycopg import sql

from testamur.log import actions, keys, queries
from testamur.log.commitment import LeafKind, leaf
from testamur.service import cli, database
from tests import build, recording
from tests.actions.log_world import AT, committing, owner_does


@pytest.fixture
def policy_log(committed_db: Any) -> Any:
    """A log of 300 leaves of policy, which need no record in the register."""
    from django.db import transaction

    with transaction.atomic():
        actions.append([leaf(bytes([number % 256]) * 32, LeafKind.POLICY) for number in range(300)])
    actions.seal(at=AT)
    return committed_db


def test_verify_names_each_check_and_ends_well(policy_log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log", "verify", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert {"signatures", "leaves", "tiles", "roots", "access events", "record"} == {
        check["name"] for check in answer["checks"]
    }
    assert cli.main(["log", "verify"]) == 0
    assert "ok    tiles: 3 tiles hold" in capsys.readouterr().out


def test_verify_names_the_first_row_that_differs(policy_log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    owner_does(policy_log, "UPDATE log_leafbatch SET leaves = set_byte(leaves, 100, 99)")
    assert cli.main(["log", "verify", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    (tiles,) = [check for check in answer["checks"] if check["name"] == "tiles"]
    assert tiles["ok"] is False
    assert "log_tile 0/0/256: hash 2 is not that of leaf 2, log_leafbatch id=1 position 2" in tiles["detail"]


def test_a_leaf_without_a_record_is_named(committed_db: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The register is empty here: a leaf of kind 0 has nothing to stand for."""
    from django.db import transaction

    with transaction.atomic():
        actions.append([leaf(b"c" * 32)])
    actions.seal(at=AT)
    assert cli.main(["log", "verify"]) == 1
    told = "FAIL  record: log_leafbatch id=1 position 0: the record has no row for this leaf"
    assert told in capsys.readouterr().out


def test_verify_against_a_checkpoint_kept_elsewhere(
    policy_log: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latest = queries.latest_checkpoint()
    assert latest is not None
    (tmp_path / "kept").write_text(latest.note)
    assert cli.main(["log", "verify", "--against", str(tmp_path / "kept")]) == 0
    (tmp_path / "kept").write_text(latest.note.replace("\n300\n", "\n301\n"))
    assert cli.main(["log", "verify", "--against", str(tmp_path / "kept")]) == 1
    assert cli.main(["log", "verify", "--against", str(tmp_path / "none")]) == 2
    capsys.readouterr()


def test_verify_without_keys_is_unreadable(
    policy_log: Any, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.KEYS_DIR = tmp_path
    assert cli.main(["log", "verify", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["checks"][0]["name"]) == (False, "readable")
    assert cli.main(["log", "verify"]) == 2
    assert "no readable verifier keys" in capsys.readouterr().err


def test_export_status_and_seal(policy_log: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from django.db import transaction

    assert cli.main(["log", "export", str(tmp_path / "log")]) == 0
    assert "holds 300 leaves" in capsys.readouterr().out
    assert (tmp_path / "log" / "checkpoint").read_text().startswith(f"{settings.LOG_ORIGIN}\n300\n")
    with transaction.atomic():
        actions.append([leaf(b"w" * 32, LeafKind.POLICY)])
    assert cli.main(["log", "status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["size"], status["waiting"], status["origin"]) == (300, 1, settings.LOG_ORIGIN)
    assert status["keys"] == [key.text for key in keys.trusted_keys(settings.KEYS_DIR)]
    assert cli.main(["log", "seal"]) == 0
    assert capsys.readouterr().out == "Sealed; the log has 301 leaves.\n"
    assert cli.main(["log", "seal"]) == 0
    assert capsys.readouterr().out == "Nothing waits; the log has 301 leaves.\n"
    assert cli.main(["log", "status"]) == 0
    assert "size: 301" in capsys.readouterr().out


def test_export_of_an_empty_log_is_refused(
    committed_db: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=True)
    assert cli.main(["log", "export", str(tmp_path / "log")]) == 1
    assert "testamur log seal" in capsys.readouterr().err
    assert cli.main(["log", "status"]) == 0
    assert "size: 0" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["facts = replace(facts, '71', '91')", "commitment = sha256('planted')"])
def test_a_changed_record_is_named(
    change: str, committed_db: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: rows recorded by the register, one altered by the owner behind the register's back."""
    provider = build.provider().id
    results = [recording.unit("A-1", "ITC101"), recording.unit("A-2", "ITC101"), recording.course("A-1")]
    recording.record(recording.bundle(tmp_path, provider, results=results))
    assert cli.main(["log", "seal"]) == 0
    assert cli.main(["log", "verify"]) == 0
    assert f"ok    record: {len(results)} record versions are what their leaves say" in capsys.readouterr().out
    with committing(committed_db.owner) as session:
        session.execute("SELECT set_config('testamur.scope', 'register', true)")
        row = session.execute("SELECT tableoid::regclass::text FROM register_version LIMIT 1").fetchone()
        assert row is not None
        for table in ("register_version", row[0]):
            session.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        changed = session.execute(
            f"UPDATE register_version SET {change} WHERE facts LIKE '%71%' "
            "AND (record_id, seq) IN (SELECT record_id, seq FROM register_version WHERE facts LIKE '%71%' LIMIT 1) "
            "RETURNING record_id, seq"
        ).fetchone()
        assert changed is not None
    assert cli.main(["log", "verify"]) == 1
    named = f"FAIL  record: register_version record {changed[0].hex} version {changed[1]}: is not what its leaf says"
    assert named in capsys.readouterr().out


@pytest.mark.parametrize("noun", [["log", "status"], ["log", "seal"], ["log", "export", "out"], ["accounts", "purge"]])
def test_a_database_without_tables_is_refused_in_words(
    noun: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], committed_db: Any
) -> None:
    monkeypatch.setattr(database, "has_tables", lambda address: False)
    assert cli.main(noun) == 1
    assert "no tables yet" in capsys.readouterr().err


def test_verify_without_a_database_is_unreadable_and_says_so_in_json() -> None:
    site = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    for name in (database.APP_VARIABLE, database.OWNER_VARIABLE):
        site.pop(name, None)
    command = [sys.executable, "-m", "testamur.service.cli", "log", "verify", "--json"]
    done = subprocess.run(command, env=site, capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["checks"][0]["name"]) == (2, False, "readable")
