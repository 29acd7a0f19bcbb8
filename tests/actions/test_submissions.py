"""The life of a submission: opened, checked, declared by a second person, sealed; and what each step refuses."""

import pytest

from testamur.kernel import tenancy
from testamur.submissions.models import Submission
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db


def row(lodging: Lodging, number):
    with tenancy.for_provider(lodging.provider.id):
        return Submission.objects.get(pk=number)


def test_a_clean_submission_is_sealed():
    lodging = Lodging()
    number = lodging.sealed()
    found = row(lodging, number)
    assert (found.state, found.counts["error"]) == ("sealed", 0)
    assert found.outcome == {"new": 8, "changed": 0, "withdrawn": 0, "unchanged": 0, "students": 2, "documents": 2}
