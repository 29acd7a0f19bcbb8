"""What the regulator asks of the provider: questions about doubtful records, and the closure case with its periods (CQR-18)."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Path, Router, Schema
from pydantic import Field

from testamur.accounts.roles import Scope
from testamur.kernel.errors import NotFound
from testamur.kernel.identifiers import printed
from testamur.regulation.queries import sweeps
from testamur.regulation.queries.sweeps import SweepFacts
from testamur.submissions.actions import doubting
from testamur.submissions.queries import doubting as doubts_queries
from testamur.submissions.queries.doubting import DoubtCard
from testamur.web.closure_parts import PROVIDER_SEES
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Questions and closure"])
_READ = needs(Scope.READ_SUBMISSIONS)
_EITHER = needs(Scope.WRITE_SUBMISSIONS, Scope.DECLARE_SUBMISSIONS)
QuestionId = Annotated[int, Path(ge=1, le=2**63 - 1, description="A question, by its id.")]


class AnswerGiven(given.Given):
    """Your answer; the regulator reads it."""

    answer: str = Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")


class QuestionOut(Schema):
    """One question about a row that was lodged: where it is, what is doubted, what was asked, answered and decided."""

    id: int
    submission: UUID
    number: str
    format: str
    rule: str
    said: str
    source: str
    file: str
    row: int
    state: str
    question: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    reason: str
    decided_at: datetime | None


class WantedOut(Schema):
    """One period of a closure case, and what answers it."""

    label: str
    first: date
    until: date
    status: str


class ChaseOut(Schema):
    """One line of what was done about a case."""

    kind: str
    on: date
    text: str
    periods_unanswered: int


class ClosureOut(Schema):
    """One closure case: which registration ends, what is asked for, by when, and how far it is answered."""

    id: UUID
    regulator: str
    sector: str
    state: str
    overdue: bool
    due: date | None
    unanswered: int
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    periods: list[WantedOut]
    log: list[ChaseOut]


@router.get("/questions", response=list[QuestionOut], **_READ)
def list_questions(request: MachineRequest) -> list[dict[str, Any]]:
    """List what the regulator asked, unanswered questions first."""
    return [_question(card) for card in doubts_queries.questions_of(request.machine.provider_id)]


@router.get("/questions/{int:question_id}", response=QuestionOut, **_READ)
def read_question(request: MachineRequest, question_id: QuestionId) -> dict[str, Any]:
    """Read one question."""
    return _question(_asked(question_id))


@router.post("/questions/{int:question_id}/answer", response=QuestionOut, **_EITHER)
def answer_question(request: MachineRequest, question_id: QuestionId, body: AnswerGiven) -> dict[str, Any]:
    """Answer a question. The regulator decides afterwards; a question is answered once."""
    _asked(question_id)
    doubting.answer_question(question_id, body.answer, by=request.machine.by, at=request.machine.now)
    return _question(_asked(question_id))


@router.get("/closure", response=list[ClosureOut], **_READ)
def list_closures(request: MachineRequest) -> list[dict[str, Any]]:
    """List your closure cases, the newest first: none while no registration of yours ends."""
    return [_closure(one) for one in sweeps.sweeps_of(request.machine.provider_id, at=request.machine.now)]


def _asked(question_id: int) -> DoubtCard:
    """Return a question; raises NotFound, also for what nobody asked about."""
    card = doubts_queries.doubt(question_id)
    if card.asked_at is None:
        raise NotFound("There is no such record in the queue, or none that you may see.")
    return card


def _question(card: DoubtCard) -> dict[str, Any]:
    """Return one question."""
    found = {name: getattr(card, name) for name in QuestionOut.model_fields if name != "number"}
    return {**found, "number": printed(card.submission_number)}


def _closure(one: SweepFacts) -> dict[str, Any]:
    """Return one case as the provider's page shows it."""
    same = ("id", "state", "overdue", "unanswered", "reason", "opened_at", "closed_at")
    return {
        **{name: getattr(one, name) for name in same},
        "regulator": one.registration.regulator,
        "sector": one.registration.sector,
        "due": one.registration.asked_by,
        "periods": [
            {
                "label": window.label,
                "first": window.since,
                "until": window.until,
                "status": one.coverage.answer(window).value,
            }
            for window in one.coverage.windows
        ],
        "log": [
            {"kind": step.kind, "on": step.on, "text": step.text, "periods_unanswered": step.asked}
            for step in reversed(one.steps)
            if step.kind in PROVIDER_SEES
        ],
    }
