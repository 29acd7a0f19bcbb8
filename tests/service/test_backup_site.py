"""A backup of the whole site: taken, checked, restored, drilled; each damage named, each refusal changing nothing."""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from testamur.kernel.errors import Conflict
from testamur.service import backup, database, processes
from testamur.service.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
BYTES = b"%PDF-1.7 a lodged document"
HASH = sha256(BYTES).hexdigest()
VAULT_FILE = f"documents/sha256/{HASH[:2]}/{HASH[2:4]}/{HASH}"
PLANT = f"""insert into documents_storedfile (sha256, size, media_type, kind, stored_at)
            values (decode('{HASH}', 'hex'), {len(BYTES)}, 'application/pdf', 'lodged', now())"""
Answer = tuple[int, dict[str, Any], str]


class Sites:
    """Sites in folders beside each other, each with a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: set[str] = set()

    def run(self, site: str, *words: str, **more: str) -> Answer:
        """Run a command of a site; return code, the JSON that it printed, and everything that it printed."""
        self.used.add(site)
        inherited = {key: value for key, value in processes.child_environment().items() if "DATABASE" not in key}
        env = inherited | {"TESTAMUR_VAR": str(self.folder / site), "TESTAMUR_CREATE_KEYS": "0"} | more
        answer = subprocess.run([*processes.CLI, *words], env=env, capture_output=True, text=True)
        found = json.loads(answer.stdout) if answer.stdout.startswith("{") else {}
        return answer.returncode, found, answer.stdout + answer.stderr

    def address(self, site: str) -> str:
        superuser = EmbeddedPostgres(self.folder / site / "pg").ensure()
        return database.with_database(superuser, database.DATABASE)

    def execute(self, site: str, statement: str) -> None:
        with psycopg.connect(self.address(site)) as connection:
            connection.execute(statement.encode())

    def remove(self, site: str) -> None:
        EmbeddedPostgres(self.folder / site / "pg").destroy()
        shutil.rmtree(self.folder / site, ignore_errors=True)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Return a site called `old` that has keys, a sealed leaf, a kept file and an upload; and room for others."""
    made = Sites(tmp_path_factory.mktemp("sites"))
    try:
        assert made.run("old", "db", "migrate")[0] == 0
        assert made.run("old", "keys", "create")[0] == 0
        made.execute("old", "insert into log_leafbatch (leaf_count, leaves) values (1, '\\x0101' || sha256('a'))")
        assert made.run("old", "log", "seal")[0] == 0
        file = made.folder / "old" / VAULT_FILE
        file.parent.mkdir(parents=True)
        file.write_bytes(BYTES)
        made.execute("old", PLANT)
        upload = made.folder / "old" / "uploads" / "one" / "files" / "lodged"
        upload.parent.mkdir(parents=True)
        upload.write_bytes(b"surname,given name")
        picture = made.folder / "old" / "uploads" / "identity" / "ab12"
        picture.parent.mkdir()
        picture.write_bytes(b"a picture of a licence")
        export = made.folder / "old" / "uploads" / "exports" / "one" / "export.zip"
        export.parent.mkdir(parents=True)
        export.write_bytes(b"names and dates of birth")
        made.execute(
            "old", "insert into students_student (id, provider_id, local_id, since_source) values (7, 1, 'A-1', 1)"
        )
        made.execute("old", "insert into students_studentkey (student_id, provider_id, key) values (7, 1, sha256('k'))")
        yield made
    finally:
        for site in made.used:
            made.remove(site)


@pytest.fixture(scope="module")
def original(sites: Sites) -> Path:
    """Return a good backup of the old site; tests copy it before they damage it."""
    folder = sites.folder / "backup"
    code, answer, output = sites.run("old", "backup", "make", str(folder), "--json")
    assert (code, answer["ok"]) == (0, True), output
    return folder


@pytest.fixture
def copied(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


@pytest.fixture
def new(sites: Sites) -> Iterator[str]:
    """Return the name of a site that does not exist yet; it is removed afterwards."""
    yield "new"
    sites.remove("new")


def _failed(answer: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in answer["checks"] if not check["ok"]}


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Edit a manifest as somebody would who also knows of the digest beside it."""
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    change(manifest)
    written = json.dumps(manifest).encode()
    (folder / backup.MANIFEST).write_bytes(written)
    (folder / backup.MANIFEST_DIGEST).write_text(f"{sha256(written).hexdigest()}  {backup.MANIFEST}\n")


def test_a_backup_holds_everything_but_private_keys(sites: Sites, original: Path) -> None:
    names = {path.relative_to(original).as_posix() for path in original.rglob("*") if path.is_file()}
    assert {"database.dump", VAULT_FILE, "uploads/one/files/lodged", "keys/log-keys.txt", "keys/seal/seal.pem"} <= names
    assert not [name for name in names if b"PRIVATE KEY" in (original / name).read_bytes()]
    assert [path for path in original.rglob("*") if path.stat().st_mode & 0o077] == []
    assert not [name for name in names if "identity/" in name], "pictures of identity documents are never copied"
    assert not [name for name in names if "exports/" in name], "prepared exports go after hours and are never copied"
    manifest = backup.manifest_of(original)
    assert (manifest.tree_size, manifest.rows["log_leafbatch"], manifest.rows["documents_storedfile"]) == (1, 1, 1)
    assert {"keys/log-ed25519.pem", "keys/log-ml-dsa-44.pem", "keys/seal/seal.key"} <= manifest.keys.keys()
    assert sites.run("old", "backup", "check", str(original), "--json")[0] == 0


def test_a_backup_never_goes_over_another(sites: Sites, original: Path) -> None:
    code, _, output = sites.run("old", "backup", "make", str(original))
    assert code == 1
    assert "is there already" in output
    assert backup.manifest_of(original)


def test_a_backup_that_fails_leaves_nothing(sites: Sites, new: str, tmp_path: Path) -> None:
    code, _, output = sites.run(new, "backup", "make", str(tmp_path / "backup"))
    assert (code, "has no tables yet" in output) == (1, True)
    code, _, output = sites.run(
        "old", "backup", "make", str(tmp_path / "backup"), PATH="", DATABASE_URL=sites.address("old")
    )
    assert (code, "pg_dump is not installed" in output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_private_keys_are_in_a_backup_that_was_asked_for_them(sites: Sites, tmp_path: Path) -> None:
    folder = tmp_path / "with-keys"
    assert sites.run("old", "backup", "make", str(folder), "--with-keys")[0] == 0
    for name in backup.manifest_of(folder).keys:
        assert (folder / name).read_bytes() == (sites.folder / "old" / name).read_bytes()
    assert (folder / "keys" / "log-ed25519.pem").stat().st_mode & 0o777 == 0o600


def test_a_restored_site_has_every_row_file_and_leaf(sites: Sites, original: Path, new: str) -> None:
    keys = {"TESTAMUR_KEYS": str(sites.folder / "old" / "keys")}
    code, answer, output = sites.run(new, "backup", "restore", str(original), "--json", **keys)
    assert (code, _failed(answer)) == (0, {}), output
    assert {"files", "keys", "rows", "tree head", "vault after restore", "log: signatures", "log: record"} <= {
        check["name"] for check in answer["checks"]
    }
    assert (sites.folder / new / VAULT_FILE).read_bytes() == BYTES
    assert (sites.folder / new / "uploads/one/files/lodged").read_bytes() == b"surname,given name"
    code, _, output = sites.run(new, "backup", "restore", str(original), **keys)
    assert code == 1
    assert "has tables already" in output


def test_a_site_without_its_private_keys_is_told_which_to_bring(sites: Sites, original: Path, new: str) -> None:
    code, answer, _ = sites.run(new, "backup", "restore", str(original), "--json")
    assert code == 1
    assert _failed(answer).keys() == {"keys"}
    assert "is missing: bring it from the key backup" in _failed(answer)["keys"]


def test_a_flipped_bit_in_the_dump_changes_nothing(sites: Sites, copied: Path, new: str) -> None:
    dump = bytearray((copied / backup.DUMP).read_bytes())
    dump[len(dump) // 2] ^= 1
    (copied / backup.DUMP).write_bytes(dump)
    code, answer, _ = sites.run(new, "backup", "restore", str(copied), "--json")
    assert (code, _failed(answer)) == (1, {"files": "database.dump has changed"})
    assert not (sites.folder / new / "documents").exists()


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda folder: (folder / VAULT_FILE).unlink(), f"{VAULT_FILE} is missing"),
        (lambda folder: (folder / "uploads/stranger").write_bytes(b"x"), "uploads/stranger is not in the manifest"),
        (lambda folder: (folder / "keys/log-keys.txt").write_bytes(b""), "keys/log-keys.txt has changed"),
    ],
)
def test_a_missing_a_strange_and_an_altered_file_are_named(
    sites: Sites, copied: Path, damage: Callable[[Path], object], detail: str
) -> None:
    damage(copied)
    code, answer, _ = sites.run("old", "backup", "check", str(copied), "--json")
    assert (code, _failed(answer)) == (1, {"files": detail})


def test_an_edited_manifest_is_refused(sites: Sites, copied: Path) -> None:
    manifest = copied / backup.MANIFEST
    manifest.write_text(manifest.read_text().replace('"log_leafbatch": 1', '"log_leafbatch": 2'))
    code, answer, _ = sites.run("old", "backup", "check", str(copied), "--json")
    assert (code, list(_failed(answer))) == (2, ["manifest"])


def test_a_manifest_edited_with_its_digest_is_found_by_the_digest_kept_elsewhere(sites: Sites, copied: Path) -> None:
    kept_elsewhere = sha256((copied / backup.MANIFEST).read_bytes()).hexdigest()
    _rewrite(copied, lambda manifest: manifest.update(made_at="2020-01-01T00:00:00+00:00"))
    assert sites.run("old", "backup", "check", str(copied))[0] == 0
    assert sites.run("old", "backup", "check", str(copied), "--digest", kept_elsewhere)[0] == 2


def test_an_unfinished_backup_is_refused(sites: Sites, copied: Path) -> None:
    (copied / backup.MANIFEST_DIGEST).unlink()
    code, _, output = sites.run("old", "backup", "restore", str(copied))
    assert code == 2
    assert "no finished backup" in output


def test_what_the_database_holds_is_compared_after_the_restore(sites: Sites, copied: Path, new: str) -> None:
    def lie(manifest: dict[str, Any]) -> None:
        manifest["rows"]["log_leafbatch"] = 2
        manifest["tree_root"] = "00" * 32
        del manifest["files"][VAULT_FILE]

    _rewrite(copied, lie)
    (copied / VAULT_FILE).unlink()
    code, answer, _ = sites.run(
        new, "backup", "restore", str(copied), "--json", TESTAMUR_KEYS=str(sites.folder / "old" / "keys")
    )
    assert (code, list(_failed(answer))) == (1, ["rows", "tree head", "vault after restore"])
    assert _failed(answer)["rows"] == "log_leafbatch: 1 rows, the manifest says 2"


def test_another_key_and_strange_documents_are_refused_before_anything_changes(
    sites: Sites, original: Path, new: str, tmp_path: Path
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "log-keys.txt").write_text("of another register")
    code, _, output = sites.run(new, "backup", "restore", str(original), TESTAMUR_KEYS=str(tmp_path / "keys"))
    assert (code, "is another key than the backup's" in output) == (1, True)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "stranger").write_bytes(b"x")
    code, _, output = sites.run(new, "backup", "restore", str(original), TESTAMUR_DOCUMENTS=str(tmp_path / "documents"))
    assert (code, "already holds stranger" in output) == (1, True)
    assert not database.has_tables(sites.address(new))


def test_a_drill_tries_it_all_and_leaves_nothing(sites: Sites) -> None:
    code, answer, output = sites.run("old", "backup", "drill", "--json")
    assert (code, _failed(answer)) == (0, {}), output
    assert {"vault", "restore: rows", "restore: log: roots", "restore: keys"} <= {
        one["name"] for one in answer["checks"]
    }
    assert list((sites.folder / "old").glob("drill-*")) == []


def test_a_drill_names_a_file_that_the_live_vault_lost(sites: Sites) -> None:
    file = sites.folder / "old" / VAULT_FILE
    file.rename(file.with_name("aside"))
    try:
        code, answer, _ = sites.run("old", "backup", "drill", "--json")
    finally:
        file.with_name("aside").rename(file)
    assert code == 1
    assert _failed(answer)["vault"] == f"the kept file {HASH[:16]}… is missing"


def test_an_erasure_after_the_backup_is_replayed(sites: Sites, original: Path, new: str, tmp_path: Path) -> None:
    ledger, keys = tmp_path / "erasures.json", {"TESTAMUR_KEYS": str(sites.folder / "old" / "keys")}
    assert sites.run("old", "backup", "erasures", str(ledger))[0] == 0
    assert json.loads(ledger.read_text())["erasures"] == []
    assert ledger.stat().st_mode & 0o077 == 0
    later = {
        "basis": "Court order",
        "by": str(UUID(int=1)),
        "approved_by": str(UUID(int=2)),
        "at": "2026-07-01T00:00:00Z",
    }
    entries = [later | {"student": 7}, later | {"student": 99}]
    ledger.write_text(json.dumps({"format": "testamur-erasures/1", "erasures": entries}))
    code, answer, output = sites.run(
        new, "backup", "restore", str(original), "--json", "--erasures", str(ledger), **keys
    )
    assert code == 0, output
    (replayed,) = [check for check in answer["checks"] if check["name"] == "erasures"]
    assert replayed["detail"] == "1 erased again; the ledger is replayed"
    assert sites.run(new, "backup", "erasures", str(ledger))[0] == 0
    assert [entry["student"] for entry in json.loads(ledger.read_text())["erasures"]] == [7]


def test_a_file_that_is_no_ledger_is_refused(sites: Sites, original: Path, new: str, tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text('{"format": "another"}')
    keys = {"TESTAMUR_KEYS": str(sites.folder / "old" / "keys")}
    code, _, output = sites.run(new, "backup", "restore", str(original), "--erasures", str(tmp_path / "ledger"), **keys)
    assert (code, "is no ledger of erasures" in output) == (1, True)
    assert not database.has_tables(sites.address(new))
    code, _, _ = sites.run("other", "backup", "restore", str(original), "--erasures", str(tmp_path / "missing"), **keys)
    assert code == 2


def test_a_restore_that_was_killed_is_run_again(original: Path, tmp_path: Path) -> None:
    manifest, target = backup.manifest_of(original), tmp_path / "documents"
    half = target / VAULT_FILE.removeprefix("documents/")
    half.parent.mkdir(parents=True)
    half.with_name(f".{half.name}.copying").write_bytes(BYTES[:5])
    backup.put_back(original, manifest, "documents", target)
    backup.put_back(original, manifest, "documents", target)
    assert [path.read_bytes() for path in target.rglob("*") if path.is_file()] == [BYTES]
    half.chmod(0o600)
    half.write_bytes(b"altered")
    with pytest.raises(Conflict, match="is not the backup's"):
        backup.put_back(original, manifest, "documents", target)


def test_a_backup_is_of_one_moment_while_others_write(sites: Sites, new: str, tmp_path: Path) -> None:
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        with psycopg.connect(sites.address("old"), autocommit=True) as connection:
            while not stop.is_set():
                statement = "insert into django_session values (%s, '', now())"
                connection.execute(statement, [f"w{len(written)}"])
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert sites.run("old", "backup", "make", str(tmp_path / "backup"))[0] == 0
    finally:
        stop.set()
        writer.join()
    kept = backup.manifest_of(tmp_path / "backup").rows["django_session"]
    assert 0 < kept < len(written)
    keys = {"TESTAMUR_KEYS": str(sites.folder / "old" / "keys")}
    code, answer, output = sites.run(new, "backup", "restore", str(tmp_path / "backup"), "--json", **keys)
    assert (code, _failed(answer)) == (0, {}), output
