"""`files export`: the same action as on the page, to a file that is its owner's only."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from testamur.log.models import AccessEvent
from tests.lodged import Lodging

CQR = b"[VERSION200]\n7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\n"


@pytest.fixture
def lodging(committed_db, monkeypatch, settings) -> Lodging:
    for name, folder in {
        "UPLOADS": settings.UPLOADS_DIR,
        "DOCUMENTS": settings.DOCUMENTS_DIR,
        "KEYS": settings.KEYS_DIR,
    }.items():
        monkeypatch.setenv(f"TESTAMUR_{name}", str(folder))
    monkeypatch.setenv("TESTAMUR_CREATE_KEYS", "1")
    return Lodging()


def export(lodging: Lodging, out: Path, *, user: str, name: str = "cqr2") -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    command = [sys.executable, "-m", "testamur.service.cli", "files", "export", str(out), "--format", name]
    return subprocess.run(
        [*command, "--provider", lodging.code, "--as", user], capture_output=True, text=True, timeout=120
    )


def test_an_export_is_written_once_for_its_owner_only(lodging, tmp_path):
    lodging.sealed({"cqr.txt": CQR}, format="cqr2")
    out = tmp_path / "cqr.zip"
    answer = export(lodging, out, user=lodging.officer.email)
    assert (answer.returncode, "1 student written" in answer.stdout) == (0, True), answer.stderr
    assert os.stat(out).st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        assert b"P-0001" in archive.read("cqr.txt")
    assert AccessEvent.objects.filter(action="exported").count() == 1
    again = export(lodging, out, user=lodging.officer.email)
    assert (again.returncode, "there already" in again.stderr) == (2, True)
    stranger = export(lodging, tmp_path / "other.zip", user=Lodging().officer.email)
    assert (stranger.returncode, "does not act for this provider" in stranger.stderr) == (1, True)
    nothing = export(lodging, tmp_path / "other.zip", user=lodging.officer.email, name="certificates")
    assert (nothing.returncode, "holds nothing of yours" in nothing.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == [out]
