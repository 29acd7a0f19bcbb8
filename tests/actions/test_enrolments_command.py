"""`./tm enrolments`: files in, what stands, and evidence that may go."""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from testamur.enrolments import actions, queries
from testamur.enrolments.said import ExitSaid
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.service.commands import enrolments
from tests import enrolling
from tests.enrolling import AT, School

pytestmark = pytest.mark.django_db
HEADER = "student_id,family_name,product_code,product_kind,product_title,enrolled_on"
ROW = "S-1,Nguyen,ZZA30118,qualification,Orchards,2026-02-02"


@pytest.fixture
def school() -> School:
    return enrolling.school(code="90142")


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    enrolments.add(parser.add_subparsers())
    options = parser.parse_args(["enrolments", *words, "--provider", "90142"])
    return int(options.run(options))


def _said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_files_are_loaded_or_refused_with_every_finding(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, who = tmp_path / "enrolments.csv", ["--as", school.officer.email, "--json"]
    file.write_text(f"{HEADER}\n{ROW}\n{ROW.replace('2026-02-02', 'soon')}\n")
    assert _run("load", str(file), *who) == 1
    assert [(one["row"], one["rule"]) for one in _said(capsys)["findings"]] == [(3, "E05")]
    file.write_text(f"{HEADER}\n{ROW}\n")
    assert _run("load", str(file), "--check", *who) == 0
    assert _said(capsys)["counts"]["enrolments_new"] == 1
    assert _run("load", str(file), *who) == 0
    assert "Nguyen" not in capsys.readouterr().out
    assert _run("show", "--json") == 0
    assert _said(capsys)["enrolled"] == 1
    assert _run("load", str(tmp_path / "fees.csv"), *who) == 2
    with pytest.raises(NotFound, match="--as"):
        _run("load", str(file))


def test_the_purge_shows_first_and_deletes_what_is_confirmed(
    school: School, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolment = enrolling.enrolled(school, product_code="ZZA30118", enrolled_on=date(2022, 2, 2))
    said: dict[str, Any] = {"by": school.officer.id, "at": AT}
    with tenancy.for_provider(school.id):
        paper = actions.Arriving(b"%PDF-1.7", "assessment", "Test paper of a student")
        piece = actions.add_evidence(enrolment, paper, **said)
        actions.record_exit(enrolment, ExitSaid(date(2023, 2, 2), "withdrew"), **said)
    assert _run("purge", "--dry-run", "--json", "--confirm", "--as", school.administrator.email) == 0
    shown = _said(capsys)
    assert (shown["purged"], [one["id"] for one in shown["due"]]) == (0, [str(piece)])
    assert "label" not in shown["due"][0]
    assert _run("purge", "--confirm", "--as", school.administrator.email) == 0
    assert "1 pieces were purged" in capsys.readouterr().out
    with tenancy.for_provider(school.id):
        assert queries.card(enrolment, on=AT.date()).evidence[0].purged_at is not None
    assert _run("show", str(enrolment), "--json") == 0
    assert _said(capsys)["exited_on"] == "2023-02-02"
