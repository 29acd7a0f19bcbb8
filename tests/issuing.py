"""Issued documents for tests of the public pages: made-up extracts, and one that a person was given by the real actions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from testamur.documents import publish
from testamur.documents import queries as documents_queries
from testamur.students import queries as students_queries
from tests import applying
from tests.actions.log_world import append
from tests.rules.documents_samples import AT, attachment, course, extract, number

SECOND: Final = number("000000000001")
UNKNOWN: Final = number("ZZZZZZZZZZZZ")


@dataclass(frozen=True)
class Certified:
    """An extract that a person was given: its number and SHA-256, the case, and everything that is about the person."""

    number: str
    sha256: str
    case: str
    personal: tuple[str, ...]


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


def certified(folder: Path) -> Certified:
    """Take a person from details to a certified extract; five foreign leaves stand before its own, seven behind it."""
    append(5)
    person, case, extract_number = applying.ready(folder, applying.secretariat())
    append(7, since=20)
    person_id = str(students_queries.person_of_account(person.id))
    told = applying.GRACE
    personal = (told.family_name, told.given_name, "1990", "S1", "ICT501", "Institute", person.email, person_id, case)
    return Certified(extract_number, documents_queries.issued(extract_number).sha256, case, personal)
