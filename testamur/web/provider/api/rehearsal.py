"""The rehearsal of a closure by key: how many of the provider's students could be served tonight, and who could not (CQR-10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from ninja import Query, Router, Schema, Status

from testamur.accounts.roles import Scope
from testamur.kernel.errors import NotFound
from testamur.regulation.actions import rehearsing as rehearsing_actions
from testamur.regulation.queries import rehearsals
from testamur.regulation.rehearsing import REASONS
from testamur.submissions.actions import Looker
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Closure rehearsal"])
_READ = needs(Scope.READ_STUDENTS)
Reason = Annotated[
    str, Query(max_length=40, pattern=r"^[A-Za-z0-9_.-]*$", description="One of `reasons`, all by default.")
]


class ReasonOut(Schema):
    """Why students could not be served, and how many; one student may have several reasons."""

    reason: str
    words: str
    students: int


class RehearsalOut(Schema):
    """What the last rehearsal found; `asked_at` stands while the next one is worked out."""

    asked_at: datetime | None
    made_at: datetime | None
    students: int
    served: int
    failing: int
    by_hand: int
    reasons: list[ReasonOut]


class FailingOut(Schema):
    """One student who could not be served, by your own number, and where the row was lodged."""

    student_id: int
    local_id: str
    reasons: Sequence[str]
    part: str
    line: int | None


@router.get("/rehearsal", response=RehearsalOut, **_READ)
def read_rehearsal(request: MachineRequest) -> dict[str, Any]:
    """Read what the last rehearsal found, in numbers."""
    found = rehearsals.rehearsal_of(request.machine.provider_id)
    if found is None:
        raise NotFound("No rehearsal was asked for yet. Ask for one first.")
    same = ("asked_at", "made_at", "students", "served", "failing", "by_hand")
    reasons = [
        {"reason": code, "words": REASONS[code], "students": count} for code, count in found.reasons.items() if count
    ]
    return {**{name: getattr(found, name) for name in same}, "reasons": reasons}


@router.post("/rehearsal", response={202: RehearsalOut}, **_READ)
def ask_rehearsal(request: MachineRequest) -> Status[dict[str, Any]]:
    """Have a rehearsal worked out. Asked for while one is under way, nothing more happens."""
    machine = request.machine
    rehearsing_actions.ask_rehearsal(machine.provider_id, by=machine.by, at=machine.now)
    return Status(202, read_rehearsal(request))


@router.get("/rehearsal/failing", response=list[FailingOut], **_READ)
def list_failing(
    request: MachineRequest, reason: Reason = "", page: given.Page = 1, size: given.Size = 100
) -> list[rehearsing_actions.FailingStudent]:
    """List the students who could not be served. Each of them is told. A page that is not full is the last."""
    machine = request.machine
    looker = Looker(machine.provider_id, machine.by, machine.role.value)
    return rehearsing_actions.show_failing(looker, at=machine.now, reason=reason, first=(page - 1) * size, most=size)
