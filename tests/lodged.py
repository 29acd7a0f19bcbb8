"""Small provider files in the TEQSA format for tests: clean unless a test plants something. Cells go by field names."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.service.synthetic.avetmiss import RTO
from testamur.service.synthetic.pdfs import small_pdf
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.layouts import load_format
from tests import build

STATUS = "Unit of Study Completion Status"
RECORDS, RESULTS = "studentrecords v1.csv", "studentresults v1.csv"
STUDENT = {
    "student_code": "S1001",
    "title": "Ms",
    "surname": "Nguyen",
    "given_name": "Grace",
    "birth_date": "27/08/1996",
    "commencement_date": "01/03/2015",
}
UNIT = {
    "student_code": "S1001",
    "level": "Unit of Study",
    "course_code": "MITS03",
    "unit_code": "ITC102",
    "course_name": "Master of Information Technology",
    "unit_name": "Systems & Networks II",
    "status": "3",
    "study_year": "2016",
    "mark": "58",
    "grade": "P",
    "grade_description": "Pass",
}


def csv_of(kind: str, rows: Sequence[Mapping[str, str]], *, columns: Sequence[str] = (), bom: bool = False) -> bytes:
    """Return a file of a kind (studentrecords, studentresults) with these rows; `columns` are field names in order."""
    layout = load_format("teqsa").files[kind]
    fields = [layout.field(name) for name in columns] if columns else list(layout.fields)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([field.header for field in fields])
    writer.writerows([row.get(field.name, "") for field in fields] for row in rows)
    return (b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode()


def student(number: int = 1, **cells: str) -> dict[str, str]:
    """Return one student's cells."""
    return {**STUDENT, "student_code": f"S{1000 + number}", "surname": f"Nguyen{chr(64 + number)}", **cells}


def unit(number: int = 1, code: str = "ITC102", **cells: str) -> dict[str, str]:
    """Return one unit result's cells."""
    return {**UNIT, "student_code": f"S{1000 + number}", "unit_code": code, **cells}


def clean(students: int = 2) -> dict[str, bytes]:
    """Return the files of a clean submission: two results and one transcript a student."""
    people = range(1, students + 1)
    results = [unit(one, code) for one in people for code in ("ITC102", "ITC201")]
    pdfs = {f"S{1000 + one}-academic transcripts.pdf": small_pdf([f"Transcript {one}"]) for one in people}
    return {
        RECORDS: csv_of("studentrecords", [student(one) for one in people]),
        RESULTS: csv_of("studentresults", results),
        **pdfs,
    }


def faulty(students: int = 3, *, bad_student: int = 0, bad_result: int = 0) -> dict[str, bytes]:
    """Return files of some students, two results and one transcript each, with a faulty record or result of one of them."""
    people = range(1, students + 1)
    records = [student(one, **({"birth_date": "31/02/1996"} if one == bad_student else {})) for one in people]
    results = [
        unit(one, code, **({"status": "9"} if (one, code) == (bad_result, "ITC102") else {}))
        for one in people
        for code in ("ITC102", "ITC201")
    ]
    return {
        RECORDS: csv_of("studentrecords", records),
        RESULTS: csv_of("studentresults", results),
        **{f"S{1000 + one}-academic transcripts.pdf": small_pdf([f"Transcript {one}"]) for one in people},
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as one archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def arriving(files: Mapping[str, bytes]) -> list[submissions_actions.ArrivingFile]:
    """Return files as the action takes them."""
    return [submissions_actions.ArrivingFile(name, io.BytesIO(content)) for name, content in files.items()]


class Lodging:
    """One provider with its two people, and the steps of a submission by the real actions."""

    def __init__(self, **provider: Any) -> None:
        self.provider = build.provider(**provider)
        self.officer = build.member(Role.PROVIDER_DATA_OFFICER, self.provider.organisation_id)
        self.administrator = build.member(Role.PROVIDER_ADMINISTRATOR, self.provider.organisation_id)

    @property
    def code(self) -> str:
        """Return the provider's TEQSA id, or the RTO code of a vocational one."""
        card = providers_queries.provider_card(self.provider.id, on=build.NOW.date())
        return next(code.value for code in card.codes if code.kind in {"teqsa", "rto"})

    def with_rto_code(self, code: str = RTO) -> "Lodging":
        """Give the provider an RTO code as well, the one that made NAT files name unless told otherwise."""
        providers_actions.add_code(self.provider.id, kind="rto", code=code, by=build.OPERATOR, at=build.NOW)
        return self

    def opened(self, files: Mapping[str, bytes] | None = None, **options: Any) -> UUID:
        """Open a submission and send it files, clean ones unless told otherwise."""
        with tenancy.for_provider(self.provider.id):
            number = submissions_actions.open_submission(self.provider.id, by=self.officer.id, at=build.NOW, **options)
        self.send(number, clean() if files is None else files)
        return number

    def send(self, number: UUID, files: Mapping[str, bytes]) -> submissions_actions.Received:
        """Send files to a submission."""
        with tenancy.for_provider(self.provider.id):
            return submissions_actions.receive_files(number, arriving(files), by=self.officer.id, at=build.NOW)

    def checked(self, number: UUID) -> None:
        """Ask for a check and do the worker's part."""
        with tenancy.for_provider(self.provider.id):
            submissions_actions.request_check(number, by=self.officer.id, at=build.NOW)
        submissions_actions.check_submission(number, at=build.NOW)

    def declared(self, number: UUID, *, by: UUID | None = None, confirmation: str = "") -> None:
        """Declare as the administrator unless told otherwise."""
        with tenancy.for_provider(self.provider.id):
            submissions_actions.declare_submission(
                number, by=by or self.administrator.id, at=build.NOW, confirmation=confirmation
            )

    def fixed(self, number: UUID, *, row: int, value: str, by: UUID | None = None, column: str = STATUS) -> None:
        """Fix one cell of the results."""
        with tenancy.for_provider(self.provider.id):
            submissions_actions.fix_cell(
                number, file=RESULTS, row=row, column=column, value=value, by=by or self.officer.id, at=build.NOW
            )

    def as_both(self, person: build.Person) -> UUID:
        """Make a person an administrator too, as a small provider may have it, and return the account."""
        invited = accounts_actions.invite_member(
            email=person.email,
            name="Robin Example",
            organisation_id=self.provider.organisation_id,
            role=Role.PROVIDER_ADMINISTRATOR,
            link_for=build.link,
            by=None,
            at=build.NOW,
        )
        accounts_actions.accept_invitation(invited.token, by=person.id, at=build.NOW)
        return person.id

    def listed(self) -> list[UUID]:
        """Return the provider's submissions."""
        with tenancy.for_provider(self.provider.id):
            return [card.id for card in submissions_queries.submissions_of(self.provider.id)]

    def sealed(self, files: Mapping[str, bytes] | None = None, **options: Any) -> UUID:
        """Lead a submission from its opening to its sealing."""
        number = self.opened(files, **options)
        self.checked(number)
        self.declared(number)
        submissions_actions.seal_submission(number, at=build.NOW)
        return number
