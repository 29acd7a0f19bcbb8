"""Submissions by key: opened, listed, followed, checked, held in part, declared, withdrawn, and their receipts."""

from uuid import UUID

from ninja import Router, Status

from testamur.accounts.roles import Scope
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.kernel.identifiers import printed
from testamur.log import queries as log_queries
from testamur.notices import queries as notices_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import SubmissionCard
from testamur.web.provider import words
from testamur.web.provider.api import answers, given
from testamur.web.provider.api.door import MachineRequest, needs
from testamur.web.provider.api.provider import formats_of

router = Router(tags=["Submissions"])
_READ = needs(Scope.READ_SUBMISSIONS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
_DECLARE = needs(Scope.DECLARE_SUBMISSIONS)
_EITHER = needs(Scope.WRITE_SUBMISSIONS, Scope.DECLARE_SUBMISSIONS)


@router.post("/submissions", response={201: answers.SubmissionOut}, **_WRITE)
def open_submission(
    request: MachineRequest, body: given.OpenGiven, key: given.Repeatable = ""
) -> Status[SubmissionCard]:
    """Open a submission. It is empty; send its files next, then ask for the check."""
    machine = request.machine
    if body.format not in formats_of(machine):
        raise NotAllowed("Providers of your sectors lodge in other formats. GET /formats says which are yours.")
    opened = submissions_actions.open_submission(
        machine.provider_id, **body.model_dump(), by=machine.by, at=machine.now, key=key
    )
    return Status(201, submissions_queries.submission(opened))


@router.get("/submissions", response=answers.SubmissionsOut, **_READ)
def list_submissions(request: MachineRequest, limit: given.Limit = 25, after: given.After = "") -> dict[str, object]:
    """List your submissions, the newest first. `after` is the `next` of the page before."""
    found = submissions_queries.submissions_of(
        request.machine.provider_id, after=UUID(after) if after else None, most=limit + 1
    )
    here = found[:limit]
    return {"items": here, "next": here[-1].id if len(found) > limit else None}


@router.get("/submissions/{uuid:submission_id}", response=answers.SubmissionFull, **_READ)
def read_submission(request: MachineRequest, submission_id: given.SubmissionId) -> answers.SubmissionFull:
    """Read one submission: its state, what the check counted, what is held, how far the worker is."""
    card = submissions_queries.submission(submission_id)
    standing = submissions_queries.progress_of(card.id) if card.at_work else None
    full = answers.SubmissionFull.from_orm(card)
    if standing is not None:
        full.progress = answers.ProgressOut.of(standing)
    full.trouble = submissions_queries.last_trouble(submissions_queries.steps_of(card.id))
    return full


@router.get("/submissions/{uuid:submission_id}/steps", response=list[answers.StepOut], **_READ)
def list_steps(request: MachineRequest, submission_id: given.SubmissionId) -> list[dict[str, object]]:
    """List what was done to a submission and by whom, the newest first."""
    card = submissions_queries.submission(submission_id)
    steps = submissions_queries.steps_of(card.id)
    names = words.names_of(step.by for step in steps)
    return [
        {"verb": step.verb, "to_state": step.to_state, "by": names[step.by], "at": step.at, "note": step.note}
        for step in steps
    ]


@router.post("/submissions/{uuid:submission_id}/check", response={202: answers.SubmissionOut}, **_WRITE)
def check_submission(request: MachineRequest, submission_id: given.SubmissionId) -> Status[SubmissionCard]:
    """Ask for the check of the files. Asked for again while it waits or after it passed, it changes nothing."""
    submissions_actions.request_check(submission_id, by=request.machine.by, at=request.machine.now)
    return Status(202, submissions_queries.submission(submission_id))


@router.post("/submissions/{uuid:submission_id}/form", response={202: answers.SubmissionOut}, **_WRITE)
def choose_form(
    request: MachineRequest, submission_id: given.SubmissionId, body: given.FormGiven
) -> Status[SubmissionCard]:
    """Choose in which state's form and for which collection year NAT files are read, and have them checked again."""
    machine = request.machine
    submissions_actions.choose_form(submission_id, **body.model_dump(), by=machine.by, at=machine.now)
    return Status(202, submissions_queries.submission(submission_id))


@router.post("/submissions/{uuid:submission_id}/restart", response={202: answers.SubmissionOut}, **_EITHER)
def restart_submission(request: MachineRequest, submission_id: given.SubmissionId) -> Status[SubmissionCard]:
    """Queue the check or the sealing once more, where its worker was lost. A run that is at work is not disturbed."""
    submissions_actions.restart_submission(submission_id, by=request.machine.by, at=request.machine.now)
    return Status(202, submissions_queries.submission(submission_id))


@router.post("/submissions/{uuid:submission_id}/hold", response=answers.SubmissionOut, **_WRITE)
def hold_rows(request: MachineRequest, submission_id: given.SubmissionId, key: given.Repeatable = "") -> SubmissionCard:
    """Hold the rows with errors and what depends on them; the good rows wait for their declaration."""
    submissions_actions.hold_rows(submission_id, by=request.machine.by, at=request.machine.now, key=key)
    return submissions_queries.submission(submission_id)


@router.post("/submissions/{uuid:submission_id}/stop-holding", response=answers.SubmissionOut, **_WRITE)
def stop_holding(request: MachineRequest, submission_id: given.SubmissionId) -> SubmissionCard:
    """Hold no row any more; the errors are to be fixed before anybody declares."""
    submissions_actions.stop_holding(submission_id, by=request.machine.by, at=request.machine.now)
    return submissions_queries.submission(submission_id)


@router.get("/submissions/{uuid:submission_id}/declaration", response=answers.DeclarationOut, **_READ)
def read_declaration(request: MachineRequest, submission_id: given.SubmissionId) -> dict[str, str]:
    """Read the text that declaring this submission makes: another one where rows are held."""
    return _declaration(submissions_queries.submission(submission_id), request)


@router.post("/submissions/{uuid:submission_id}/declare", response=answers.SubmissionOut, **_DECLARE)
def declare_submission(
    request: MachineRequest,
    submission_id: given.SubmissionId,
    body: given.SubmissionDeclared,
    key: given.Repeatable = "",
) -> SubmissionCard:
    """Declare a submission that others prepared, under the text that was read. Nobody behind this key's system took part.

    Where the files name another organisation and none of your codes, `confirmation` repeats the sentence read with the text.
    """
    machine = request.machine
    said = _declaration(submissions_queries.submission(submission_id), request)["declaration"]
    if body.declaration != said:
        raise Conflict("The declaration has another text now. Read it again, then declare.")
    submissions_actions.declare_submission(
        submission_id, by=machine.by, at=machine.now, key=key, confirmation=body.confirmation
    )
    return submissions_queries.submission(submission_id)


@router.post("/submissions/{uuid:submission_id}/withdraw", response=answers.SubmissionOut, **_WRITE)
def withdraw_submission(
    request: MachineRequest, submission_id: given.SubmissionId, key: given.Repeatable = ""
) -> SubmissionCard:
    """Withdraw a submission that is not accepted yet: its files, fixes and findings go, who did what stays."""
    submissions_actions.withdraw_submission(submission_id, by=request.machine.by, at=request.machine.now, key=key)
    return submissions_queries.submission(submission_id)


@router.get("/submissions/{uuid:submission_id}/receipt", response=answers.ReceiptOut, **_READ)
def read_receipt(request: MachineRequest, submission_id: given.SubmissionId) -> dict[str, object]:
    """Read the receipt of a sealed submission: what became of its rows, its files by hash, and where the log stands."""
    card = submissions_queries.submission(submission_id)
    if card.sealed_at is None:
        raise NotFound("There is no receipt: this submission is not sealed.")
    names = words.names_of([card.opened_by, card.declared_by])
    latest, waiting = log_queries.latest_checkpoint(), log_queries.waiting_leaves()
    same = ("sealed_at", "sealed_date", "declared_at", "declaration", "confirmation", "rule_version", "outcome", "held")
    chosen = {name: getattr(card, name) for name in ("form_state", "collection_year")}
    return {
        **{name: getattr(card, name) for name in same},
        **chosen,
        "form_chosen_by": words.chosen_by(card),
        "read_as": card.tally.read_as,
        "number": printed(card.number),
        "opened_by": names[card.opened_by],
        "declared_by": names[card.declared_by],
        "leaves": sum(card.outcome.get(name, 0) for name in ("new", "changed", "withdrawn")),
        "checked": card.tally.files,
        "arrived": submissions_queries.files_of(card.id),
        "log": None if latest is None or waiting else {"size": latest.size, "root": latest.root.hex()},
    }


def _declaration(card: SubmissionCard, request: MachineRequest) -> dict[str, str]:
    """Return the text of a declaration as it stands today."""
    text = notices_queries.text("declaration-in-part" if card.held else "declaration", request.machine.now.date())
    whose = card.tally.other_organisation
    confirmation = whose.sentence if whose else ""
    named = f"{text.name} {text.version}"
    return {"declaration": named, "title": text.title, "text": text.markdown, "confirmation": confirmation}
