"""What becomes of an issued document: copies of the stored bytes, cancellation by two people, downloads (REI-01, AQF-15)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.documents import actions as documents_actions
from testamur.documents import queries as documents_queries
from testamur.issuance import rules
from testamur.issuance.actions import issuing, writing
from testamur.issuance.models import Certification, CertificationMove, Reissue
from testamur.issuance.queries import people
from testamur.issuance.states import HELD_BY_STUDENT
from testamur.kernel.errors import NotAllowed, NotFound, refuse_unless
from testamur.log import actions as log_actions
from testamur.students import queries as students_queries


@transaction.atomic
def reissue(certification_id: UUID, kind: str, *, evidence: str, by: UUID, at: datetime) -> tuple[int, bytes]:
    """The stored bytes are handed out again under the same number; returns which copy it is, and the bytes (REI-01).

    For issuing officers with authority to prepare. `evidence` says how the person was identified. Refuses a document that does
    not hold; signatory, template and wording are those of the original because nothing is rendered.
    """
    row = writing.locked(certification_id, Permission.PREPARE_CERTIFICATION, by=by, at=at)
    on = writing.local_day(row.provider_id, at)
    refuse_unless(rules.may_reissue(row.state, kind))
    if not evidence.strip():
        raise NotAllowed("REI-01: say how the person was identified before the copy is handed out.")
    if not people.may(row.provider_id, by, "prepare", row.kind, on):
        raise NotAllowed("AQF-09: you hold no written authority for this document on this day.")
    copy = Reissue.objects.create(
        certification=row,
        provider_id=row.provider_id,
        student_id=row.student_id,
        kind=kind,
        copy_number=row.copies.count() + 1,
        evidence=evidence.strip()[:200],
        reissued_on=on,
        by=by,
        at=at,
    )
    writing.keep_move(row, "reissue", row.state, by=by, at=at, reason=kind, details={"copy": copy.copy_number})
    writing.tell(row, log_actions.AccessAction.DOWNLOADED, by=by, role="provider_issuing_officer", at=at)
    return copy.copy_number, documents_queries.issued_bytes(row.number)


@transaction.atomic
def propose_cancellation(certification_id: UUID, ground: str, *, reason: str, by: UUID, at: datetime) -> None:
    """A cancellation is proposed with a ground and a reason; the document holds until somebody else decides (AQF-15)."""
    row = writing.locked(certification_id, Permission.PREPARE_CERTIFICATION, by=by, at=at)
    refuse_unless(rules.may_propose_cancellation(ground, reason))
    writing.move(row, "propose_cancellation", by=by, at=at, reason=reason, details={"ground": ground})
    row.save(update_fields=["state", "state_since"])


@transaction.atomic
def decide_cancellation(certification_id: UUID, *, cancel: bool, reason: str, by: UUID, at: datetime) -> None:
    """A proposed cancellation is decided by a second person; cancelled, the number answers so for ever and the record says it.

    For signatories with authority to approve. Refuses whoever proposed it.
    """
    row = writing.locked(certification_id, Permission.APPROVE_CERTIFICATION, by=by, at=at)
    on = writing.local_day(row.provider_id, at)
    proposal = _proposal(row)
    refuse_unless(rules.may_decide(proposed_by_decider=proposal.by == by, what="cancellation"))
    if not people.may(row.provider_id, by, "approve", row.kind, on):
        raise NotAllowed("AQF-09: you hold no written authority to decide about this document on this day.")
    if not reason.strip():
        raise NotAllowed("Say why. The reason is kept.")
    writing.move(row, "cancel" if cancel else "keep", by=by, at=at, reason=reason, details=proposal.details)
    row.save(update_fields=["state", "state_since"])
    if cancel:
        documents_actions.record_status(
            row.number, status="withdrawn", reason=str(proposal.details.get("ground", ""))[:40], at=at
        )
        issuing.record(row, at=at, on=on, withdrawn=True, asserted_by=proposal.by, by=by)


def _proposal(row: Certification) -> CertificationMove:
    """Return the proposal that waits; raises NotFound where none does."""
    found = row.moves.filter(verb="propose_cancellation").order_by("-id").first()
    if found is None or row.state != "cancellation_proposed":
        raise NotFound("No cancellation of this document waits for a decision.")
    return found


@transaction.atomic
def download_own(number: str, *, by: UUID, at: datetime) -> bytes:
    """A student was given their own document: the stored bytes, whatever became of it (REG-05). Needs the person's scope."""
    person = students_queries.person_of_account(by)
    students = students_queries.students_of_person(person) if person else []
    row = Certification.objects.filter(
        number=number, student_id__in=students, state__in=sorted(HELD_BY_STUDENT)
    ).first()
    if row is None:
        raise NotFound(writing.NO_SUCH)
    writing.tell(row, log_actions.AccessAction.DOWNLOADED, by=by, role="student", at=at, own=True)
    return documents_queries.issued_bytes(row.number)
