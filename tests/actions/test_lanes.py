"""Large submissions wait in a line of their own, small ones in the quick one (decision 0019)."""

import pytest
from django.db import connection

from testamur.submissions.actions import writing
from tests.lodged import Lodging, clean

pytestmark = pytest.mark.django_db


def queued() -> list[str]:
    """Return the queues of the checks that wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name FROM procrastinate_jobs WHERE task_name = 'check_submission' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def test_a_submission_over_a_mebibyte_is_checked_in_the_large_lane_and_a_small_one_in_the_quick():
    lodging = Lodging()
    lodging.checked(lodging.opened())
    padded = clean() | {"notes.txt": b"x" * writing.LARGE_BYTES}
    lodging.checked(lodging.opened(padded))
    assert queued() == ["default", "large"]
