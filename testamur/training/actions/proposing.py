"""A copy that somebody sends waits for a second person, with what it would change; the worker loads it once approved (REG-01)."""

import hashlib
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from testamur.kernel import jobs
from testamur.kernel.errors import Conflict, NotFound, Refusal, refuse_unless
from testamur.training import rules, states
from testamur.training.actions.loading import load_copy, read_or_refuse
from testamur.training.models import ProposedCopy, Snapshot
from testamur.training.queries import held

MOST_BYTES: Final = 64 << 20
_SHOWN: Final = 200
_LOAD: Final = "load_proposed_copy"


def propose_copy(pieces: Iterable[bytes], *, by: UUID, at: datetime, on: date) -> UUID:
    """Keep a zip that was sent, with what it would change, for a second person; returns the proposal's id.

    Refuses a zip over 64 MiB, a copy with faults, one that is loaded already, and one older than the youngest.
    """
    content = _content(pieces)
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(content)
        file.flush()
        copy = read_or_refuse(Path(file.name))
    if Snapshot.objects.filter(digest=copy.digest).exists():
        raise Conflict("This copy is loaded already. Nothing would change.")
    refuse_unless(rules.may_load(taken_on=copy.facts.taken_on, on=on, youngest=held.youngest_day()))

    found = held.compared(copy)
    proposal = ProposedCopy.objects.create(
        id=uuid4(),
        state=states.PROPOSED_COPY.initial,
        taken_on=copy.facts.taken_on,
        source=copy.facts.source,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        differences={
            "counts": found.counts,
            "added": list(found.added[:_SHOWN]),
            "changed": [[code, list(parts)] for code, parts in list(found.changed.items())[:_SHOWN]],
            "unlisted": list(found.unlisted[:_SHOWN]),
            "scopes": list(found.scopes[:_SHOWN]),
        },
        proposed_by=by,
        proposed_at=at,
    )
    return proposal.pk


def approve_copy(proposal_id: UUID, *, by: UUID, at: datetime) -> None:
    """Approve a copy that somebody else sent, and wake the worker that loads it."""
    with transaction.atomic():
        proposal = _locked(proposal_id)
        refuse_unless(rules.may_decide(proposed_by_decider=proposal.proposed_by == by))
        _move(proposal, "approve")
        proposal.decided_by, proposal.decided_at = by, at
        proposal.save()
        jobs.wake(_LOAD, lock="national-register", queue=jobs.LARGE, proposal=proposal.pk)


def refuse_copy(proposal_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """Refuse a copy that somebody else sent, with a reason; its bytes go."""
    with transaction.atomic():
        proposal = _locked(proposal_id)
        refuse_unless(rules.may_decide(proposed_by_decider=proposal.proposed_by == by))
        _end(proposal, "refuse", reason=reason, by=by, at=at)


def withdraw_copy(proposal_id: UUID, *, by: UUID, at: datetime) -> None:
    """Withdraw a copy that one sent oneself; its bytes go."""
    with transaction.atomic():
        proposal = _locked(proposal_id)
        if proposal.proposed_by != by:
            raise NotFound("There is no such copy of yours.")
        _end(proposal, "withdraw", reason="", by=by, at=at)


def load_proposed_copy(proposal: str, *, at: datetime) -> None:
    """Load an approved copy, or say on the proposal why that is not possible any more. Run by the worker, any number of times."""
    with transaction.atomic():
        row = _locked(UUID(proposal))
        if row.state != states.APPROVED or row.content is None:
            return
        try:
            with transaction.atomic(), tempfile.NamedTemporaryFile(suffix=".zip") as file:
                file.write(bytes(row.content))
                file.flush()
                copy = read_or_refuse(Path(file.name))
                loaded = load_copy(copy, by=row.proposed_by, at=at, on=max(at.date(), row.taken_on))
            _move(row, "load")
            row.snapshot_id = loaded.snapshot_id
        except Refusal as refusal:
            _move(row, "fail")
            row.reason = refusal.message[:400]
        row.content = None
        row.save()


def _content(pieces: Iterable[bytes]) -> bytes:
    """Return what was sent; refuses more than may be."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MOST_BYTES:
            raise Refusal("The zip is larger than 64 MiB. Load it with `./tm training load` on the server.")
    return bytes(content)


def _locked(proposal_id: UUID) -> ProposedCopy:
    """Return a proposal for change; raises NotFound."""
    found = ProposedCopy.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise NotFound("There is no such copy.")
    return found


def _move(proposal: ProposedCopy, verb: str) -> None:
    """Move a proposal on; raises Conflict where that is decided already."""
    proposal.state = states.PROPOSED_COPY.move(proposal.state, verb)


def _end(proposal: ProposedCopy, verb: str, *, reason: str, by: UUID, at: datetime) -> None:
    """End a proposal without loading it."""
    _move(proposal, verb)
    proposal.decided_by, proposal.decided_at, proposal.reason, proposal.content = by, at, reason, None
    proposal.save()
