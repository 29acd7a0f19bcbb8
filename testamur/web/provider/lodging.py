"""Pages on which files arrive, are checked again, and a submission is withdrawn."""

from collections.abc import Sequence
from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotAllowed
from testamur.providers import queries as providers_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.formats import FORMATS, FileFormat, formats_for
from testamur.submissions.queries import SubmissionCard
from testamur.submissions.recognising import formats_like
from testamur.web.access import Request, collects, for_role
from testamur.web.parts import Cell, Column, Link, Progress, Table
from testamur.web.provider import forms, words
from testamur.web.provider.limits import takes_files
from testamur.web.provider.parts import OFFICER, STAFF, Here, card_of, here_of, new_key, shown, trail
from testamur.web.submission_health import counted

_FORM_PAGE = ["GET", "HEAD", "POST"]
_MOST_FILES = 200
_BY_HAND = "certificates"  # the format that certificates entered one at a time become
# What the worker counts at a stage; where it counts bytes, as while files are checked, the page shows percent.
_UNITS = {"pdfs": "PDFs", "documents": "PDFs", "seal": "rows"}


@takes_files
@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@collects("provider-upload")
@require_http_methods(_FORM_PAGE)
def new(request: Request) -> HttpResponseBase:
    """Open a submission with its first files; the check begins at once."""
    here = here_of(request)
    offered = _offered(here)
    initial = {"key": new_key(), "format": _format_before(here, offered)}
    form = forms.NewForm(request.POST or None, request.FILES or None, initial=initial, formats=offered)
    if request.method == "POST" and form.is_valid() and (opened := _lodged(request, form, here)):
        return redirect("provider:submission", opened)
    by_hand = any(form_of.name == _BY_HAND for form_of in offered)
    context = {"form": form, "formats": offered, "by_hand": by_hand, "crumbs": trail()}
    return shown(request, "new", context, status=422 if form.errors else 200)


def _offered(here: Here) -> list[FileFormat]:
    """Return the formats of the sectors in which the provider is or was registered; of no sector, all."""
    card = providers_queries.provider_card(here.provider_id, on=here.now.date())
    return formats_for(frozenset(card.sectors)) or list(FORMATS.values())


def _format_before(here: Here, offered: Sequence[FileFormat]) -> str:
    """Return the format of the provider's latest submission, which the next one mostly has too."""
    lodged = (card.format for card in submissions_queries.submissions_of(here.provider_id, most=1))
    latest = next(lodged, "")
    return latest if any(form.name == latest for form in offered) else ""


def _other_format(chosen: FileFormat, files: "Sequence[UploadedFile[bytes]]", offered: Sequence[FileFormat]) -> str:
    """Return a sentence naming the offered format that files look like, where they do not look like the chosen one at all."""
    looks = formats_like([(file.name or "file", cast(BinaryIO, file.file)) for file in files])
    like = looks.intersection(form.name for form in offered)
    if chosen.name in like or len(like) != 1:
        return ""
    (found,) = (FORMATS[name] for name in like)
    return (
        f"These files look like “{found.title}”, not like “{chosen.title}”. Nothing was kept. Choose the format that the files "
        f"have, or choose other files: {chosen.looks_for}."
    )


def _lodged(request: Request, form: forms.NewForm, here: Here) -> UUID | None:
    """Open a submission as the form says; a refusal is shown beside the files."""
    typed = form.cleaned_data
    if other := _other_format(form.chosen_format, typed["uploads"], _offered(here)):
        form.add_error("uploads" if form.only else "format", other)
        return None
    try:
        return submissions_actions.lodge_submission(
            here.provider_id,
            _arriving(typed["uploads"]),
            format=form.chosen_format.name,
            profile=typed["profile"],
            encoding="cp1252" if typed["cp1252"] else "",
            replace_all=typed["replace_all"],
            **form.chosen(),
            by=request.acting.account_id,
            at=here.now,
            key=typed["key"],
        )
    except NotAllowed as refused:
        _refuse(form, refused)
        return None


def _refuse(form: forms.NewForm | forms.UploadForm, refused: NotAllowed) -> None:
    """Show a refusal at the files, or at the state's form; a submission that holds them already is named."""
    about_form = any(finding.rule == "SUB-13" for finding in refused.findings)
    form.add_error("form_state" if about_form else "uploads", refused.message)
    form.twin = _held_in(refused, "SUB-03")  # type: ignore[union-attr]
    form.under_way = _held_in(refused, "SUB-10")  # type: ignore[union-attr]


def _held_in(refused: NotAllowed, rule: str) -> str | None:
    """Return the submission that a refusal under a rule names."""
    return next((finding.value for finding in refused.findings if finding.rule == rule), None)


def _arriving(files: "Sequence[UploadedFile[bytes]]") -> list[submissions_actions.ArrivingFile]:
    """Return uploaded files as the action takes them."""
    return [submissions_actions.ArrivingFile(file.name or "file", cast(BinaryIO, file.file)) for file in files]


@takes_files
@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@collects("provider-upload")
@require_http_methods(_FORM_PAGE)
def files(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Show the files that a submission holds, and take more or better ones."""
    here, card = here_of(request), card_of(submission_id)
    may_send = request.acting.may(Permission.CHANGE_SUBMISSION) and "receive" in card.verbs
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not request.acting.may(Permission.CHANGE_SUBMISSION):
            raise NotAllowed("Files are sent by a provider data officer.")
        if form.is_valid() and _received(request, form, here, card):
            return redirect("provider:submission", card.id)
    context = {
        "form_of": FORMATS[card.format],
        "form": form if may_send else None,
        "files": _files(card, here, may_send),
        "removable": submissions_queries.files_of(card.id) if may_send and card.file_count > 1 else (),
    }
    return shown(request, "files", context, card=card, status=422 if form.errors else 200)


def _received(request: Request, form: forms.UploadForm, here: Here, card: SubmissionCard) -> bool:
    """Take the files of the form and have them checked; a refusal is shown beside them."""
    if other := _other_format(FORMATS[card.format], form.cleaned_data["uploads"], _offered(here)):
        form.add_error("uploads", other)
        return False
    try:
        received = submissions_actions.receive_files(
            card.id,
            _arriving(form.cleaned_data["uploads"]),
            by=request.acting.account_id,
            at=here.now,
            then_check=True,
        )
    except NotAllowed as refused:
        _refuse(form, refused)
        return False
    if received.new:
        messages.success(request, f"{counted(received.new, 'file')} received. The check has begun.")
    else:
        messages.info(request, "These files are here already, byte for byte. Nothing was changed.")
    return True


def _files(card: SubmissionCard, here: Here, may_send: bool) -> Table:
    """Return the table of files as they arrived."""
    held = submissions_queries.files_of(card.id)
    names = words.names_of(file.received_by for file in held)
    rows = [
        [
            file.name,
            words.size_words(file.size),
            Cell(f"{file.sha256[:16]}…", mono=True),
            Cell(here.moment(file.received_at), note=names[file.received_by]),
        ]
        for file in held[:_MOST_FILES]
    ]
    more = f" (the first {_MOST_FILES:,} of {len(held):,})" if len(held) > _MOST_FILES else ""
    columns: list[Column | str] = ["Name", Column("Size", numeric=True), "SHA-256", "Received"]
    return Table(f"Files as they arrived{more}", columns, rows, empty="There are no files yet.")


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def remove_file(request: Request, submission_id: UUID, file_id: int) -> HttpResponse:
    """Take one file out of a submission."""
    here = here_of(request)
    submissions_actions.remove_file(submission_id, file_id, by=request.acting.account_id, at=here.now)
    messages.success(request, "The file was taken out. Check the others again.")
    return redirect("provider:files", submission_id)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def check(request: Request, submission_id: UUID) -> HttpResponse:
    """Have the files checked."""
    submissions_actions.request_check(submission_id, by=request.acting.account_id, at=here_of(request).now)
    return redirect("provider:submission", submission_id)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_POST
def restart(request: Request, submission_id: UUID) -> HttpResponse:
    """Queue the worker's part again."""
    submissions_actions.restart_submission(submission_id, by=request.acting.account_id, at=here_of(request).now)
    messages.success(request, "The work was queued again.")
    return redirect("provider:submission", submission_id)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_http_methods(_FORM_PAGE)
def withdraw(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Ask whether to withdraw, and withdraw."""
    here, card = here_of(request), card_of(submission_id)
    form = forms.KeyForm(request.POST or None, initial={"key": new_key()})
    if request.method == "POST" and form.is_valid():
        submissions_actions.withdraw_submission(
            card.id, by=request.acting.account_id, at=here.now, key=form.cleaned_data["key"]
        )
        messages.success(request, "The submission was withdrawn. Its files, findings and fixes are gone.")
        return redirect("provider:home")
    return shown(request, "withdraw", {"form": form, "possible": "withdraw" in card.verbs}, card=card)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def progress(request: Request, submission_id: UUID) -> HttpResponse:
    """Answer how far the worker is: the fragment that the submission's page asks for every two seconds.

    Once nothing is at work the page is asked to load again, because its heading, steps, picture and history changed too.
    """
    card = card_of(submission_id)
    answer = shown(request, "progress", {"job": job_of(card), "state": words.state_words(card)})
    if not card.at_work:
        answer["HX-Refresh"] = "true"
    return answer


def job_of(card: SubmissionCard) -> Progress:
    """Return how far the worker is with a submission, as the page shows it."""
    standing = submissions_queries.progress_of(card.id)
    poll = reverse("provider:progress", args=[card.id])
    if not card.at_work:
        name = "receipt" if card.state == "sealed" else "findings" if card.findings_there else "submission"
        words_for = {
            "receipt": "Open the receipt",
            "findings": "Open the findings",
            "submission": "Open the submission",
        }
        link = Link(words_for[name], reverse(f"provider:{name}", args=[card.id]))
        return Progress("Finished", 0, 0, poll, finished=True, next=link)
    if standing is None:
        return Progress("Waiting for the worker", 0, 0, poll, unit="")
    return Progress(standing.words, standing.done, standing.total, poll, unit=_UNITS.get(standing.stage, ""))
