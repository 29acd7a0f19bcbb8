"""Students in training by key: enrol, record, read; the same actions as on the pages, and the same refusals."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import File, Path, Query, Router, Schema, Status, UploadedFile

from testamur.accounts.roles import Scope
from testamur.enrolments import actions
from testamur.enrolments.actions import Arriving, Looker
from testamur.enrolments.queries import EnrolmentLine, Wanted, cards
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid, NewEnrolment
from testamur.kernel.errors import NotAllowed
from testamur.students.entering import EnteredStudent
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs
from testamur.web.provider.api.enrolments_given import (
    ContractGiven,
    DayGiven,
    EnrolGiven,
    ExitGiven,
    FeeGiven,
    IdentityGiven,
    OutcomesGiven,
    ReasonGiven,
    TimelyGiven,
    UsiGiven,
)

router = Router(tags=["Enrolments"])
_READ = needs(Scope.READ_STUDENTS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
EnrolmentId = Annotated[UUID, Path(description="An enrolment of yours, by its id.")]
State = Literal["", "enrolled", "commenced", "completed", "exited", "transferred", "cancelled"]
Code = Annotated[str, Query(max_length=20, pattern=r"^[A-Z0-9.\-]*$", description="A product's code, all by default.")]
EvidenceKind = Literal["assessment", "rpl-portfolio", "credit-source", "screenshot", "other"]
Label = Annotated[str, Query(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$", description="Never a name.")]


class LineOut(Schema):
    """One enrolment in a list, with how many of its units are competent, open, and there at all."""

    id: UUID
    local_id: str
    product_code: str
    product_title: str
    state: str
    enrolled_on: date
    commenced_on: date | None
    expected_until: date | None
    completed_on: date | None
    exited_on: date | None
    competent: int
    open: int
    units: int


class ListOut(Schema):
    """A page of enrolments, and how many there are in all."""

    total: int
    enrolments: list[LineOut]


class OneOut(LineOut):
    """One enrolment with the facts on which issuing decides, as `rules decide issuance` names them."""

    facts: dict[str, Any]
    verbs: list[str]


class MadeOut(Schema):
    """The enrolment."""

    id: UUID


class DoneOut(Schema):
    """Whether anything changed; the same again changes nothing."""

    changed: bool


class RecordedOut(Schema):
    """What became of outcomes, and which completed enrolments were opened again by them."""

    new: int
    changed: int
    unchanged: int
    reopened: list[UUID]


class FileFindingOut(Schema):
    """What is wrong in a file; never a cell's value."""

    file: str | None
    row: int | None
    column: str | None
    rule: str
    message: str


class LoadedOut(Schema):
    """Whether files were written; with a single finding nothing of them is."""

    written: bool
    rows: dict[str, int]
    counts: dict[str, int]
    findings: list[FileFindingOut]


class ChangeOut(Schema):
    """One thing that was done to an enrolment."""

    verb: str
    about: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    by: UUID
    at: str


@router.get("/enrolments", response=ListOut, **_READ)
def list_enrolments(
    request: MachineRequest, state: State = "", product: Code = "", page: given.Page = 1, size: given.Size = 100
) -> dict[str, Any]:
    """List enrolments, the newest first. Each student in the answer is told."""
    return _listed(request, Wanted((state,) if state else (), product), page, size)


@router.post("/enrolments/search", response=ListOut, **_READ)
def search_enrolments(request: MachineRequest, body: given.SearchGiven) -> dict[str, Any]:
    """Find enrolments by student number, family name or product code, at most 100. Each student found is told."""
    return _listed(request, Wanted(typed=body.typed), 1, 100)


@router.post("/enrolments", response={201: MadeOut}, **_WRITE)
def enrol(request: MachineRequest, body: EnrolGiven) -> Status[dict[str, UUID]]:
    """Enrol a student. Enrolling the same again changes nothing; other details of it are kept as a correction."""
    said = body.model_dump()
    student = EnteredStudent(
        local_id=said.pop("student_id").strip().upper(),
        number=said.pop("usi").strip().upper(),
        birth_date=said.pop("birth_date"),
        **{name: said.pop(name).strip() for name in ("family_name", "given_name", "other_names", "gender")},
    )
    machine = request.machine
    made = actions.enrol(NewEnrolment(student=student, **said), machine.provider_id, by=machine.by, at=machine.now)
    return Status(201, {"id": made})


@router.post("/enrolments/outcomes", response=RecordedOut, **_WRITE)
def record_outcomes(request: MachineRequest, body: OutcomesGiven) -> Any:
    """Record how units went, of one enrolment or many: all or none. A decided outcome is changed with a reason only."""
    said = [(one.enrolment, OutcomeSaid(**one.model_dump(exclude={"enrolment"}))) for one in body.outcomes]
    return actions.record_outcomes(said, by=request.machine.by, at=request.machine.now)


@router.post("/enrolments/files", response=LoadedOut, **_WRITE)
def load_enrolments(
    request: MachineRequest,
    files: Annotated[list[UploadedFile], File(min_length=1)],
    check: Annotated[Literal["0", "1"], Query(description="1 checks and writes nothing.")] = "0",
) -> dict[str, Any]:
    """Load enrolments.csv, outcomes.csv and fees.csv: everything or nothing, with every finding."""
    machine = request.machine
    read = [(file.name or "", file.read()) for file in files]
    loaded = actions.load_files(machine.provider_id, read, by=machine.by, at=machine.now, only_check=check == "1")
    written = not loaded.findings and check == "0"
    return {"written": written, "rows": loaded.rows, "counts": loaded.counts, "findings": loaded.findings}


@router.get("/enrolments/{uuid:enrolment_id}", response=OneOut, **_READ)
def read_enrolment(request: MachineRequest, enrolment_id: EnrolmentId) -> dict[str, Any]:
    """Read one enrolment with everything on which issuing decides. The student is told."""
    card = actions.look_at_enrolment(enrolment_id, looker=_looker(request), at=request.machine.now)
    return {**_line(card.line), "facts": card.facts.for_rules(), "verbs": card.verbs}


@router.get("/enrolments/{uuid:enrolment_id}/history", response=list[ChangeOut], **_READ)
def read_history(request: MachineRequest, enrolment_id: EnrolmentId) -> list[dict[str, Any]]:
    """Read what was done to an enrolment, the latest first, at most 200 changes. The student is told."""
    actions.look_at_enrolment(enrolment_id, looker=_looker(request), at=request.machine.now)
    return [
        {name: getattr(one, name) for name in ("verb", "about", "before", "after", "reason", "by")}
        | {"at": one.at.isoformat()}
        for one in cards.changes_of(enrolment_id)
    ]


@router.post("/enrolments/{uuid:enrolment_id}/commence", response=DoneOut, **_WRITE)
def commence(request: MachineRequest, enrolment_id: EnrolmentId, body: DayGiven) -> dict[str, bool]:
    """Say that training has begun."""
    actions.commence(enrolment_id, body.on, by=request.machine.by, at=request.machine.now)
    return {"changed": True}


@router.post("/enrolments/{uuid:enrolment_id}/complete", response=DoneOut, **_WRITE)
def complete(request: MachineRequest, enrolment_id: EnrolmentId) -> dict[str, bool]:
    """Say that training is over. The day is that of the last decision and is computed."""
    actions.complete(enrolment_id, by=request.machine.by, at=request.machine.now)
    return {"changed": True}


@router.post("/enrolments/{uuid:enrolment_id}/reopen", response=DoneOut, **_WRITE)
def reopen(request: MachineRequest, enrolment_id: EnrolmentId, body: ReasonGiven) -> dict[str, bool]:
    """Take back a completion or an exit."""
    actions.reopen(enrolment_id, reason=body.reason, by=request.machine.by, at=request.machine.now)
    return {"changed": True}


@router.post("/enrolments/{uuid:enrolment_id}/exit", response=DoneOut, **_WRITE)
def record_exit(request: MachineRequest, enrolment_id: EnrolmentId, body: ExitGiven) -> dict[str, bool]:
    """Say that the student left, was transferred, or that the enrolment is cancelled."""
    said = ExitSaid(body.on, body.exit_reason, body.note)
    return {"changed": actions.record_exit(enrolment_id, said, reason=body.reason, **_who(request))}


@router.post("/enrolments/{uuid:enrolment_id}/contract", response=DoneOut, **_WRITE)
def set_contract(request: MachineRequest, enrolment_id: EnrolmentId, body: ContractGiven) -> dict[str, bool]:
    """Set a training contract by its number."""
    said = ContractSaid(**body.model_dump(exclude={"reason"}))
    return {"changed": actions.set_contract(enrolment_id, said, reason=body.reason, **_who(request))}


@router.post("/enrolments/{uuid:enrolment_id}/fees", response=DoneOut, **_WRITE)
def record_fee(request: MachineRequest, enrolment_id: EnrolmentId, body: FeeGiven) -> dict[str, bool]:
    """Enter a fee under a reference; a negative sum takes an entry back."""
    said = FeeSaid(body.kind, body.cents, body.on, body.reference)
    return {"changed": actions.record_fee(enrolment_id, said, **_who(request))}


@router.post("/enrolments/{uuid:enrolment_id}/identity", response=DoneOut, **_WRITE)
def attest_identity(request: MachineRequest, enrolment_id: EnrolmentId, body: IdentityGiven) -> dict[str, bool]:
    """Attest that the enrolled person is the one who was assessed."""
    return {"changed": actions.attest_identity(enrolment_id, AttestationSaid(**body.model_dump()), **_who(request))}


@router.post("/enrolments/{uuid:enrolment_id}/timely-date", response=DoneOut, **_WRITE)
def set_timely_date(request: MachineRequest, enrolment_id: EnrolmentId, body: TimelyGiven) -> dict[str, bool]:
    """Set the day by which a student in a superseded product finishes, with reasons."""
    return {"changed": actions.set_timely_date(enrolment_id, body.on, body.reasons, **_who(request))}


@router.post("/enrolments/{uuid:enrolment_id}/identifier", response=DoneOut, **_WRITE)
def replace_identifier(request: MachineRequest, enrolment_id: EnrolmentId, body: UsiGiven) -> dict[str, bool]:
    """Put another USI in the place of the student's; it waits for verification."""
    actions.replace_usi(enrolment_id, body.usi, **_who(request))
    return {"changed": True}


@router.post("/enrolments/{uuid:enrolment_id}/evidence/files", response={201: MadeOut}, **_WRITE)
def add_evidence(
    request: MachineRequest,
    enrolment_id: EnrolmentId,
    file: Annotated[UploadedFile, File()],
    kind: EvidenceKind,
    label: Label,
    unit: Code = "",
) -> Status[dict[str, UUID]]:
    """Keep a PDF, PNG, JPEG or ZIP as evidence, sealed. The same file twice is one piece."""
    if (file.size or 0) > actions.MOST_BYTES:
        raise NotAllowed("The file is larger than 50 MB. Split it.")
    made = actions.add_evidence(enrolment_id, Arriving(file.read(), kind, label, unit), **_who(request))
    return Status(201, {"id": made})


def _who(request: MachineRequest) -> dict[str, Any]:
    """Return who acts and when."""
    return {"by": request.machine.by, "at": request.machine.now}


def _looker(request: MachineRequest) -> Looker:
    """Return who looks."""
    return Looker(request.machine.provider_id, request.machine.by, request.machine.role.value)


def _listed(request: MachineRequest, wanted: Wanted, page: int, size: int) -> dict[str, Any]:
    """Return a page of enrolments."""
    total, lines = actions.look_at_list(
        wanted, looker=_looker(request), at=request.machine.now, first=(page - 1) * size, limit=size
    )
    return {"total": total, "enrolments": [_line(one) for one in lines]}


def _line(line: EnrolmentLine) -> dict[str, Any]:
    """Return an enrolment without the student's name."""
    return {name: getattr(line, name) for name in LineOut.model_fields}
