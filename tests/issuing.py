"""Issued documents for tests of the public pages: an extract of a made-up person, with and without the leaf of its issue."""

from typing import Final

from testamur.documents import publish
from testamur.documents import queries as documents_queries
from testamur.extracts.models import Extract, RecordRequest
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.log.commitment import commitment, leaf
from testamur.students import actions as students_actions
from tests import build
from tests.actions.log_world import append
from tests.rules.documents_samples import AT, attachment, course, extract, number

SECOND: Final = number("000000000001")
UNKNOWN: Final = number("ZZZZZZZZZZZZ")
ABOUT_THE_PERSON: Final = (
    "Aroha", "Nguyễn", "9 February 1990", "AB-42098", "Wattle Ridge", "Business Statistics", "ACC100"
)  # fmt: skip


def issue(of: str = "") -> documents_queries.Issued:
    """Issue an extract of three units."""
    of = of or number()
    return publish.publish(
        extract(
            courses=(course(3),),
            number=of,
            proofs=attachment(of),
            verify_url=f"https://register.example/check/{of}",
        ),
        by=7,
        at=AT,
    )


def issue_with_leaf() -> documents_queries.Issued:
    """Issue an extract as the case of a person, with the leaf of its issue, among others, under a checkpoint."""
    found = issue()
    header, facts = (
        f'{{"kind":"extract","number":"{found.number}"}}',
        f'{{"number":"{found.number}","sha256":"{found.sha256}"}}',
    )
    append(5)
    (place,) = log_actions.append([leaf(commitment(b"r" * 32, header, facts))])
    append(7, since=20)
    provider, student = build.provider(closed=True), build.student_account()
    with tenancy.for_register():
        person = students_actions.ensure_person(student.id, at=AT)
        RecordRequest.objects.create(
            number=SECOND,
            person_id=person,
            provider_id=provider.id,
            sector="he",
            attended_from=2012,
            attended_until=2014,
            state="ready",
            started_at=AT,
            state_since=AT,
        )
        Extract.objects.create(
            number=found.number,
            request_id=SECOND,
            person_id=person,
            provider_id=provider.id,
            versions=[],
            tree_size=0,
            sha256=found.sha256,
            issued_at=AT,
            issued_by=student.id,
            leaf_batch=place.batch,
            leaf_position=place.position,
            leaf_key=b"r" * 32,
        )
    return found
