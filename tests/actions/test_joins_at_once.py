"""Joins under fire: two officers at once join once, and a comparison that is killed leaves nothing half done."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.service.database import Addresses
from testamur.students.linkage import actions
from testamur.students.models import JoinProposal, LinkLeaf, Person, PersonLink
from tests import applying, build, joining
from tests.build import NOW
from tests.joining import WHY

_RUN = """
from datetime import datetime, UTC
from testamur.service.cli import load_django
load_django()
from testamur.students.linkage import actions
print("begins", flush=True)
actions.propose_joins(at=datetime.now(UTC))
print("ended", flush=True)
"""


def waiting() -> int:
    """Return how many sessions wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def test_two_officers_at_once_join_once(committed_db: Addresses, tmp_path: Path) -> None:
    staff, made = applying.secretariat(), joining.pair(tmp_path)
    answers: list[object] = []
    gate = threading.Barrier(2)

    def confirm(by: build.Person) -> None:
        with closing(connection):
            gate.wait()
            try:
                answers.append(actions.confirm_join(made.number, reason=WHY, by=by.id, at=NOW))
            except Conflict as refused:
                answers.append(refused)

    threads = [threading.Thread(target=confirm, args=[who]) for who in (staff.officer, staff.officer_two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(one, Conflict) for one in answers) == [False, True]
    with tenancy.for_register():
        assert (Person.objects.count(), PersonLink.objects.count(), LinkLeaf.objects.count()) == (1, 2, 3)


def test_two_joins_of_one_student_at_once_make_one_person(committed_db: Addresses, tmp_path: Path) -> None:
    staff, made = applying.secretariat(), joining.pair(tmp_path)
    third = joining.lodged(tmp_path, build.provider(), "U1", email=joining.EMAIL)
    actions.propose_joins(at=NOW)
    numbers = [made.number, joining.number_of(made.other, third)]
    refused: list[Conflict] = []

    def confirm(number: str) -> None:
        with closing(connection):
            try:
                actions.confirm_join(number, reason=WHY, by=staff.officer.id, at=NOW)
            except Conflict as conflict:
                refused.append(conflict)

    threads = [threading.Thread(target=confirm, args=[number]) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:  # both began with a student of nobody: the second was told, nothing of it stands, and it joins now
        with tenancy.for_register():
            (left,) = JoinProposal.objects.filter(number__in=numbers, state="proposed")
        confirm(left.number)
    with tenancy.for_register():
        confirmed = PersonLink.objects.filter(state="confirmed")
        assert set(confirmed.values_list("student_id", flat=True)) == {made.one, made.other, third}
        assert confirmed.values("person").distinct().count() == 1


@pytest.mark.parametrize(
    "hold",
    ["SELECT pg_advisory_xact_lock(7236)", "LOCK TABLE students_joinproposal IN SHARE MODE"],
)
def test_a_comparison_killed_anywhere_leaves_nothing_and_the_next_does_it_all(
    committed_db: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object, hold: str
) -> None:
    first, second = build.provider(), build.provider()
    joining.lodged(tmp_path, first, email=joining.EMAIL)
    joining.lodged(tmp_path, second, "T-7", email=joining.EMAIL)
    monkeypatch.setenv("TESTAMUR_KEYS", str(settings.KEYS_DIR))  # type: ignore[attr-defined]
    monkeypatch.setenv("TESTAMUR_CREATE_KEYS", "1")
    with psycopg.connect(committed_db.owner) as session:
        session.execute(hold.encode())
        process = subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE, start_new_session=True)
        while not waiting():
            assert process.poll() is None, "the comparison ended before it was killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    with tenancy.for_register():
        assert JoinProposal.objects.count() == 0
    while waiting():
        pass
    done = actions.propose_joins(at=NOW)
    assert (done.new, done.kept) == (1, 0)
    again = actions.propose_joins(at=NOW)
    assert (again.new, again.kept) == (0, 1)
