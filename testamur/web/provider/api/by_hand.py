"""Certificates one at a time by key, as on the page: the same rows, the same check, without writing a file (issue 3, By hand)."""

from typing import Annotated, Any, Literal

from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from testamur.accounts.roles import Scope
from testamur.register import codes as register_codes
from testamur.submissions.actions import by_hand as by_hand_actions
from testamur.submissions.actions.by_hand import Entered
from testamur.submissions.by_hand import LONGEST_CELL, MOST_UNITS, TypedCertificate, TypedFinding
from testamur.submissions.queries import by_hand as by_hand_queries
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Certificates by hand"])
_READ = needs(Scope.READ_SUBMISSIONS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
Mark = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="A certificate as it stands, by its `mark`.")]
Typed = Annotated[
    str, Query(max_length=60, pattern=r"^[^\x00]*$", description="The beginning of a code, or words of a title.")
]
_MOST_CODES = 20


def _cell(says: str) -> Any:
    """Return a cell as its field of the description says it."""
    return Field("", max_length=LONGEST_CELL, pattern=r"^[^\x00\r\n]*$", description=says)


class UnitCells(given.Given):
    """One unit on a certificate, each cell as the format's layout describes it."""

    unit_code: str = _cell("The unit's code: 3 to 12 letters, figures or slashes.")
    unit_title: str = _cell("Its title, as it stands on the certificate.")
    unit_outcome: str = _cell(
        "20 competent, 51 recognition of prior learning, 60 credit transfer, 81 not assessed; or empty."
    )
    unit_date: str = _cell("The day on which it ended, DD/MM/YYYY.")


class CertificateCells(given.Given):
    """One certificate and its student, each cell as the layout of the format `certificates` describes it."""

    student_id: str = _cell("The student's number at your organisation.")
    given_name: str = _cell("Given name.")
    other_names: str = _cell("Further given names.")
    surname: str = _cell("Family name.")
    birth_date: str = _cell("Date of birth, DD/MM/YYYY.")
    gender: str = _cell("M, F, X, or @ where it is not stated.")
    postcode: str = _cell("Four figures.")
    email: str = _cell("E-mail address.")
    usi: str = _cell("Unique Student Identifier, ten characters.")
    trs_number: str = _cell("Apprenticeship client number (TRS).")
    certificate_type: str = _cell("Testamur, or Statement of attainment.")
    program_code: str = _cell("The program's code; empty on a statement of attainment outside a program.")
    program_title: str = _cell("Its title, as it stands on the certificate.")
    number: str = _cell("The certificate's number, as it is printed.")
    issue_date: str = _cell("The day of issue, DD/MM/YYYY.")
    language: str = _cell("Language of delivery.")
    completion_date: str = _cell("The day on which the program was completed, DD/MM/YYYY.")
    enrolment_date: str = _cell("The day of enrolment, DD/MM/YYYY.")
    units: list[UnitCells] = Field([], max_length=MOST_UNITS)


class CertificateGiven(CertificateCells):
    """A certificate to keep; with errors only where `keep_faulty` says so."""

    keep_faulty: bool = Field(
        False, description="Keep it although it has errors, to correct it before the declaration."
    )

    def typed(self) -> TypedCertificate:
        """Return the certificate as the action takes it."""
        said = self.model_dump(exclude={"units", "keep_faulty"})
        return TypedCertificate.of(said, [unit.model_dump() for unit in self.units])


class TypedFindingOut(Schema):
    """What the check says about a certificate: of which field, and of which unit, counted from 0."""

    rule: str
    severity: str
    field: str | None
    unit: int | None
    message: str
    fix: str
    source: str


class EnteredOut(Schema):
    """Whether a certificate is kept, what names it now, and what the check says about it."""

    kept: bool
    mark: str
    findings: list[TypedFindingOut]


class CertificateOut(Schema):
    """One certificate of a submission; `cells` and `units` with values=1 only, for they are personal data."""

    mark: str
    first_row: int
    rows: int
    findings: list[TypedFindingOut]
    cells: dict[str, str] | None = None
    units: list[dict[str, str]] | None = None


class LeftOut(Schema):
    """How many certificates are left in the submission."""

    left: int


class CodeOut(Schema):
    """A code and a title under which it was lodged; `own` where you lodged it."""

    code: str
    title: str
    own: bool


@router.get("/submissions/{uuid:submission_id}/certificates", response=list[CertificateOut], **_READ)
def list_certificates(
    request: MachineRequest, submission_id: given.SubmissionId, values: given.WithValues = "0"
) -> list[dict[str, Any]]:
    """List the certificates that were entered one at a time into a submission of the format `certificates`."""
    entered = by_hand_queries.entered_certificates(submission_id, at=request.machine.now)
    shown = values == "1"
    return [
        {
            "mark": one.mark,
            "first_row": one.rows.start,
            "rows": len(one.rows),
            "findings": [_finding(found) for found in one.findings],
            "cells": one.typed.said if shown else None,
            "units": one.typed.said_units if shown else None,
        }
        for one in entered
    ]


@router.post("/submissions/{uuid:submission_id}/certificates", response={200: EnteredOut, 201: EnteredOut}, **_WRITE)
def add_certificate(
    request: MachineRequest, submission_id: given.SubmissionId, body: CertificateGiven, key: given.Repeatable = ""
) -> Status[dict[str, Any]]:
    """Enter a certificate. 201: it is kept; 200: it has errors and is not, `findings` says which."""
    entered = by_hand_actions.add_certificate(
        submission_id,
        body.typed(),
        by=request.machine.by,
        at=request.machine.now,
        key=key,
        keep_faulty=body.keep_faulty,
    )
    return Status(201 if entered.kept else 200, _entered(entered))


@router.post("/submissions/{uuid:submission_id}/certificates/{str:mark}/change", response=EnteredOut, **_WRITE)
def change_certificate(
    request: MachineRequest,
    submission_id: given.SubmissionId,
    mark: Mark,
    body: CertificateGiven,
    key: given.Repeatable = "",
) -> dict[str, Any]:
    """Put another certificate in the place of one. It has another `mark` then."""
    entered = by_hand_actions.change_certificate(
        submission_id,
        mark,
        body.typed(),
        by=request.machine.by,
        at=request.machine.now,
        key=key,
        keep_faulty=body.keep_faulty,
    )
    return _entered(entered)


@router.delete("/submissions/{uuid:submission_id}/certificates/{str:mark}", response=LeftOut, **_WRITE)
def remove_certificate(
    request: MachineRequest, submission_id: given.SubmissionId, mark: Mark, key: given.Repeatable = ""
) -> dict[str, int]:
    """Take a certificate out. The last one stays: withdraw the submission instead."""
    left = by_hand_actions.remove_certificate(
        submission_id, mark, by=request.machine.by, at=request.machine.now, key=key
    )
    return {"left": left}


@router.get("/codes", response=list[CodeOut], **_WRITE)
def find_codes(
    request: MachineRequest, kind: Literal["course", "unit"] = "unit", typed: Typed = ""
) -> list[register_codes.NamedCode]:
    """Find codes of courses or units that begin as typed: your own, and those that several providers lodged."""
    if not typed.strip():
        return []
    return register_codes.named_codes(request.machine.provider_id, kind, typed.strip(), most=_MOST_CODES)


def _entered(entered: Entered) -> dict[str, Any]:
    """Return what became of a certificate."""
    return {"kept": entered.kept, "mark": entered.mark, "findings": [_finding(one) for one in entered.findings]}


def _finding(one: TypedFinding) -> dict[str, Any]:
    """Return what the check says, without any cell."""
    return {name: getattr(one, name) for name in TypedFindingOut.model_fields}
