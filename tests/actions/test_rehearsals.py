"""A rehearsal finds every planted student who could not be served, keeps them by number, and tells each that they were shown."""

import argparse
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from django.db import connection
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.log.models import AccessEvent
from testamur.register import actions as register_actions
from testamur.regulation.actions import rehearsing as rehearsing_actions
from testamur.regulation.models import RehearsalRow
from testamur.regulation.queries import rehearsals
from testamur.service.commands import providers as providers_command
from testamur.submissions.actions import Looker
from tests import build, recording

pytestmark = pytest.mark.django_db


class Rehearsing:
    """A provider with six students of whom four could not be served, and its data officer."""

    def __init__(self, folder: Path) -> None:
        self.provider = build.provider()
        self.officer = build.member(Role.PROVIDER_DATA_OFFICER, self.provider.organisation_id)
        people = [
            recording.student("S1"),
            recording.student("S2", family=None, given=None),
            recording.student("S3", family="Okafor", birth_date=date(1901, 1, 1), birth_date_placeholder=True),
            recording.student("S4", family="Silva"),
            recording.student("S5", family="Costa"),
            recording.student("S6", family="Costa"),
        ]
        results = [recording.unit(code, "ICT501") for code in ("S1", "S2", "S3", "S6")]
        made = recording.bundle(folder, self.provider.id, records=people, results=results)
        bare = folder / "certificates.parquet"
        units = pl.List(pl.Struct({"code": pl.String, "title": pl.String}))
        pl.DataFrame(
            {"line": [6], "student_code": ["S5"], "certificate_type": ["Q"], "course_code": ["BSB50120"],
             "course_name": ["Diploma of Business"], "number": ["P-1"], "issued_date": [date(2013, 5, 1)],
             "language": [None], "units": pl.Series([None], dtype=units)},
            schema_overrides={"line": pl.UInt32, "language": pl.String},
        ).write_parquet(bare)  # fmt: skip
        part = register_actions.Part("certificates", "certificates", bare, "cd" * 32)
        recording.record(replace(made, parts=(*made.parts, part)))

    @property
    def looker(self) -> Looker:
        return Looker(self.provider.id, self.officer.id, Role.PROVIDER_DATA_OFFICER.value)

    def shown(self, **more: int | None) -> dict[str, tuple[str, ...]]:
        with tenancy.for_provider(self.provider.id):
            rows = rehearsing_actions.show_failing(self.looker, at=build.NOW, **{"most": 50, **more})  # type: ignore[arg-type]
        return {row.local_id: row.reasons for row in rows}


@pytest.fixture
def school(tmp_path: Path) -> Rehearsing:
    return Rehearsing(tmp_path)


def test_every_planted_student_is_found_with_the_reason_and_the_line(school: Rehearsing) -> None:
    found = rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    assert (found.students, len(found.failing)) == (6, 4)
    assert school.shown() == {"S2": ("RH-01",), "S3": ("RH-02",), "S4": ("RH-03",), "S5": ("RH-04",)}
    kept = rehearsals.rehearsal_of(school.provider.id)
    assert kept is not None
    assert (kept.served, kept.failing, kept.percent, kept.made_at) == (2, 4, "33", build.NOW)
    with tenancy.for_provider(school.provider.id):
        assert RehearsalRow.objects.order_by("line").values_list("part", "line").first() == ("studentrecords", 3)


def test_run_again_it_keeps_one_list_and_a_mended_student_is_gone(school: Rehearsing, tmp_path: Path) -> None:
    rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    made = recording.bundle(tmp_path, school.provider.id, results=[recording.unit("S4", "ICT502")])
    recording.record(made)
    rehearsing_actions.rehearse_closure(str(school.provider.id), at=build.NOW)
    assert set(school.shown()) == {"S2", "S3", "S5"}


def test_students_are_told_that_they_were_shown_or_handed_out(school: Rehearsing) -> None:
    rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    school.shown(most=2)
    assert AccessEvent.objects.filter(provider=school.provider.id, action="viewed").count() == 2
    school.shown(most=None)
    assert AccessEvent.objects.filter(provider=school.provider.id, action="exported").count() == 4


def test_another_provider_sees_nothing_of_it(school: Rehearsing) -> None:
    rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    other = build.provider()
    stranger = build.member(Role.PROVIDER_DATA_OFFICER, other.organisation_id)
    with tenancy.for_provider(other.id):
        assert not RehearsalRow.objects.exists()
        with pytest.raises(NotAllowed):
            rehearsing_actions.show_failing(replace(school.looker, by=stranger.id), at=build.NOW)


def test_asked_twice_the_worker_is_woken_once(school: Rehearsing) -> None:
    for _ in range(2):
        with tenancy.for_provider(school.provider.id):
            rehearsing_actions.ask_rehearsal(school.provider.id, by=school.officer.id, at=build.NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'rehearse_closure'")
        assert cursor.fetchone() == (1,)
    rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    kept = rehearsals.rehearsal_of(school.provider.id)
    assert kept is not None
    assert kept.asked_at is None


def test_the_pages_show_it_and_hand_it_out(school: Rehearsing) -> None:
    browser = build.signed_in(school.officer)
    page = reverse("provider:rehearsal")
    assert "Rehearse now" in browser.get(page).content.decode()
    assert browser.post(reverse("provider:rehearse")).status_code == 302
    assert "being worked out" in browser.get(page).content.decode()
    rehearsing_actions.rehearse_closure(school.provider.id, at=build.NOW)
    shown = browser.get(page).content.decode()
    assert "33 % of your 6 students could be served" in shown
    assert ">S5<" in browser.get(page, {"reason": "RH-04"}).content.decode()
    assert ">S3<" not in browser.get(page, {"reason": "RH-04"}).content.decode()
    lines = browser.get(reverse("provider:rehearsal_csv")).content.decode().splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("S2,studentrecords,3,RH-01,")
    officer = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    seen = officer.get(reverse("secretariat:provider", args=[school.provider.id])).content.decode()
    assert "33 % of its 6 students" in seen
    assert ">S3<" not in seen


def test_the_command_prints_numbers_only(school: Rehearsing, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    providers_command.add(parser.add_subparsers())
    from testamur.providers import queries as providers_queries

    code = providers_queries.provider_card(school.provider.id, on=build.NOW.date()).codes[0].value
    options = parser.parse_args(["providers", "rehearse", code, "--json"])
    assert options.run(options) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["students"], said["served"], said["reasons"]["RH-04"]) == (6, 2, 1)
    options = parser.parse_args(["providers", "coverage", code, "--json"])
    assert options.run(options) == 0
    assert json.loads(capsys.readouterr().out)["cells"][0]["format"] == "teqsa"
    options = parser.parse_args(["providers", "coverage", "none"])
    assert options.run(options) == 2
