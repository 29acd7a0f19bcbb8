"""Two officers type at once: each waits for the other at the submission's lock, and every certificate is kept."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import UUID

import pytest
from django.db import connection

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.submissions import storage
from testamur.submissions.actions import by_hand as by_hand_actions
from testamur.submissions.models import SubmittedFile
from testamur.submissions.queries import by_hand as by_hand_queries
from tests import build
from tests.lodged import Lodging
from tests.typed import typed

pytestmark = pytest.mark.usefixtures("committed_db")
_EACH = 6


def test_two_officers_who_add_at_once_lose_nothing_and_leave_one_file() -> None:
    lodging = Lodging(sector="vet")
    second = build.member(Role.PROVIDER_DATA_OFFICER, lodging.provider.organisation_id)
    with tenancy.for_provider(lodging.provider.id):
        number = by_hand_actions.begin_by_hand(lodging.provider.id, by=lodging.officer.id, at=build.NOW)

    def add_many(person: UUID, letter: str) -> None:
        with closing(connection):
            for count in range(_EACH):
                certificate = typed(number=f"{letter}-{count}", student_id=f"{letter}{count}")
                with tenancy.for_provider(lodging.provider.id):
                    assert by_hand_actions.add_certificate(number, certificate, by=person, at=build.NOW).kept

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(add_many, lodging.officer.id, "A"), pool.submit(add_many, second.id, "B")]
        for work in both:
            work.result()

    with tenancy.for_provider(lodging.provider.id):
        entered = by_hand_queries.entered_certificates(number, at=build.NOW)
        (current,) = SubmittedFile.objects.filter(submission=number, current=True)
        people = set(SubmittedFile.objects.filter(submission=number).values_list("received_by", flat=True))
    assert {one.typed.said["number"] for one in entered} == {f"{who}-{n}" for who in "AB" for n in range(_EACH)}
    assert people == {lodging.officer.id, second.id}, "both prepared it, and neither may declare it"
    kept = [path.name for path in (storage.room_of(number).root / "files").iterdir()]
    assert kept == [bytes(current.sha256).hex()], "bytes that were replaced are gone, and no others"
