"""The provider's own students by key, as the register holds them. Every look is an access event that the student can see."""

import tempfile
from datetime import date, datetime
from typing import Any, BinaryIO, Literal, cast
from uuid import UUID

from django.http import FileResponse
from ninja import Router, Schema, Status

from testamur.accounts.roles import Scope
from testamur.students.queries import StudentCard
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.queries import Line
from testamur.students.usi.rules import NEEDS_WORK
from testamur.submissions import actions as submissions_actions
from testamur.submissions.actions import Looker
from testamur.web import usi_parts
from testamur.web.acting import today
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Students"])
_READ = needs(Scope.READ_STUDENTS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
_PDF = needs(Scope.READ_STUDENTS)
_PDF["openapi_extra"]["responses"] = {
    200: {"description": "The PDF.", "content": {"application/pdf": {"schema": {"type": "string"}}}}
}
State = Literal["", "pending", "verified", "mismatch", "invalid", "deactivated", "failed", "exempt"]


class StudentOut(Schema):
    """One student as their provider said it last. `birth` is in words, for perhaps only the month or year is known."""

    student_id: int
    local_id: str
    name: str
    birth: str
    former_names: list[str]


class CodedOut(Schema):
    """A product or unit by its code and title."""

    code: str
    title: str


class VersionOut(Schema):
    """The version of a record that holds now; `facts` are the register's own, by kind of record."""

    record: UUID
    version: int
    kind: str
    course: CodedOut | None
    unit: CodedOut | None
    facts: dict[str, Any]
    recorded_on: date


class RecordOut(StudentOut):
    """A student and everything that the register holds of them from this provider."""

    records: list[VersionOut]


class LineOut(Schema):
    """One student's USI, masked: where it stands, why, what to do."""

    student_id: int
    local_id: str
    usi: str
    state: str
    why: str
    to_do: str
    differs: list[str]
    since: datetime | None
    made_up: bool


class CountsOut(Schema):
    """How many USIs stand in each state; `made_up` where an answer came from the made-up Registry of a demo."""

    by_state: dict[str, int]
    needs_work: int
    made_up: bool


class AskedOut(Schema):
    """How many USIs are being verified again."""

    asked: int


@router.post("/students/search", response=list[StudentOut], **_READ)
def search_students(request: MachineRequest, body: given.SearchGiven) -> list[dict[str, Any]]:
    """Find your students by number or family name, at most 20. Each of those found is told."""
    typed = body.typed.strip()
    if not typed:
        return []
    found = submissions_actions.search_students(typed, looker=_looker(request), at=request.machine.now)
    return [_student(card) for card in found]


@router.get("/students/{int:student_id}", response=RecordOut, **_READ)
def read_student(request: MachineRequest, student_id: given.StudentId) -> dict[str, Any]:
    """Read what the register holds of one of your students. The student is told."""
    record = submissions_actions.look_at_student(student_id, looker=_looker(request), at=request.machine.now)
    records = [
        {
            "record": one.record,
            "version": one.seq,
            "kind": one.kind.name.lower(),
            "course": {"code": one.course[0], "title": one.course[1]} if one.course else None,
            "unit": {"code": one.unit[0], "title": one.unit[1]} if one.unit else None,
            "facts": one.facts,
            "recorded_on": one.recorded_date,
        }
        for one in record.versions
    ]
    return {**_student(record.card), "records": records}


@router.get("/students/{int:student_id}/documents/{str:sha256}", **_PDF)
def download_document(request: MachineRequest, student_id: given.StudentId, sha256: given.Sha256) -> FileResponse:
    """Download a PDF as you lodged it. The student is told."""
    name, pieces = submissions_actions.hand_out_document(
        student_id, sha256, looker=_looker(request), at=request.machine.now
    )
    copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    for piece in pieces:
        copy.write(piece)
    copy.seek(0)
    return FileResponse(copy, as_attachment=True, filename=name, content_type="application/pdf")


@router.get("/identifiers/counts", response=CountsOut, **_READ)
def count_identifiers(request: MachineRequest) -> dict[str, Any]:
    """Count your students' USIs by state."""
    counts = usi_queries.state_counts(request.machine.provider_id)
    return {"by_state": counts.by_state, "needs_work": counts.needs_work, "made_up": counts.by_fake}


@router.get("/identifiers", response=list[LineOut], **_READ)
def list_identifiers(
    request: MachineRequest, state: State = "", page: given.Page = 1, size: given.Size = 100
) -> list[dict[str, Any]]:
    """List USIs that need work, or all in one state, masked. Each student is told. A page that is not full is the last."""
    machine = request.machine
    lines = usi_actions.look_at_lines(
        machine.provider_id,
        usi_actions.Why("submission", "", ""),
        states=(state,) if state else NEEDS_WORK,
        first=(page - 1) * size,
        limit=size,
        by=machine.by,
        role=machine.role,
        at=machine.now,
        on=today(),
    )
    return [_line(line) for line in lines]


@router.post("/identifiers/verify", response={202: AskedOut}, **_WRITE)
def verify_identifiers(request: MachineRequest) -> Status[dict[str, int]]:
    """Have every USI that needs work verified again. Asked for twice, the second finds none."""
    machine = request.machine
    asked = usi_actions.request_verification(machine.provider_id, by=machine.by, at=machine.now)
    return Status(202, {"asked": asked})


def _looker(request: MachineRequest) -> Looker:
    """Return who looks."""
    return Looker(request.machine.provider_id, request.machine.by, request.machine.role.value)


def _student(card: StudentCard) -> dict[str, Any]:
    """Return a student."""
    return {
        "student_id": card.student_id,
        "local_id": card.local_id,
        "name": card.printed_name,
        "birth": card.birth.printed(),
        "former_names": card.former_names,
    }


def _line(line: Line) -> dict[str, Any]:
    """Return one student's USI, masked."""
    return {
        "student_id": line.student_id,
        "local_id": line.local_id,
        "usi": line.masked,
        "state": line.state,
        "why": usi_parts.why_words(line),
        "to_do": usi_parts.TO_DO[line.state],
        "differs": line.differs,
        "since": line.since,
        "made_up": line.answered_by == "fake",
    }
