"""What is done with one document: approve, put aside, hand out a copy, replace, cancel; each a form and one action."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from testamur.accounts.roles import Permission, Role
from testamur.issuance import actions
from testamur.issuance.actions import ReplaceSaid
from testamur.kernel.errors import NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.web.access import Request, for_role
from testamur.web.parts import Link
from testamur.web.provider.enrolments.lists import told
from testamur.web.provider.issuing import forms, words
from testamur.web.provider.issuing.one import acts_of, card_of
from testamur.web.provider.issuing.queue import trail
from testamur.web.provider.parts import here_of, shown

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_ACTORS: Final = (Role.PROVIDER_ISSUING_OFFICER, Role.PROVIDER_SIGNATORY)
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One form: its heading, a sentence about it, what its button says, the sentence after it, and the action that it calls."""

    heading: str
    about: str
    button: str
    done: str
    form: type[django_forms.Form]
    act: Callable[[UUID, Said, UUID, datetime], object]


def _discard(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    return actions.discard(number, reason=said["reason"], by=by, at=at)


def _reissue(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    return actions.reissue(number, said["kind"], evidence=said["evidence"], by=by, at=at)


def _rename(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    asked = ReplaceSaid("name-change", said["evidence"], said["sighted_on"], own_number=said["own_number"])
    return actions.prepare_replacement(number, asked, by=by, at=at)


def _correct(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    asked = ReplaceSaid("error", reason=said["reason"], own_number=said["own_number"])
    return actions.prepare_replacement(number, asked, by=by, at=at)


def _cancel(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    return actions.propose_cancellation(number, said["ground"], reason=said["reason"], by=by, at=at)


def _decide(number: UUID, said: Said, by: UUID, at: datetime) -> object:
    return actions.decide_cancellation(number, cancel=said["decision"] == "cancel", reason=said["reason"], by=by, at=at)


CHANGES: Final = {
    "discard": Change(
        "Put it aside", "Nobody was given anything; it can be prepared anew.", "Put aside",
        "The document is put aside.", forms.ReasonForm, _discard,
    ),
    "reissue": Change(
        "Hand out a copy", "The stored file is handed out again: same number, same date, same signature. Copies are counted.",
        "Download the copy", "", forms.ReissueForm, _reissue,
    ),
    "rename": Change(
        "The student changed their name",
        "A document in the new name is prepared; every other field stays as issued. Record the new name with the student first.",
        "Prepare it", "The document in the new name is prepared. A second person approves it.", forms.RenameForm, _rename,
    ),
    "correct": Change(
        "Replace it for an error of ours",
        "A corrected document is prepared from the results as they stand. Once it is approved, this one is cancelled and linked.",
        "Prepare it", "The corrected document is prepared. A second person approves it.", forms.CorrectForm, _correct,
    ),
    "cancel": Change(
        "Propose to cancel it", "It holds until a second person decides. A cancelled number answers so for ever.",
        "Propose", "The cancellation is proposed. A second person decides.", forms.CancelForm, _cancel,
    ),
    "decide": Change(
        "Decide on the cancellation", "Somebody else proposed it; you decide.", "Decide", "The decision is kept.",
        forms.DecideForm, _decide,
    ),
}  # fmt: skip


@for_role(*_ACTORS)
@require_http_methods(_FORM_PAGE)
def change_certification(request: Request, certification_id: UUID, what: str) -> HttpResponseBase:
    """Do one thing with a document."""
    here = here_of(request)
    card = card_of(request, here, certification_id)
    address = reverse("provider:change_certification", args=[certification_id, what])
    if what not in CHANGES or address not in {link.url for link in acts_of(request, card)}:
        raise NotFound("This cannot be done with the document now.")
    change = CHANGES[what]
    form = change.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer = change.act(certification_id, form.cleaned_data, request.acting.account_id, here.now)
        except Refusal as refused:
            told(form, refused)
        else:
            if what == "reissue" and isinstance(answer, tuple):
                return _file(answer[1], card.line.number)
            messages.success(request, change.done)
            return redirect("provider:certification", answer if isinstance(answer, UUID) else certification_id)
    steps = [*trail(), Link(printed(card.line.number), reverse("provider:certification", args=[certification_id]))]
    context = {"card": card, "change": change, "form": form, "crumbs": steps, "kind": words.KINDS[card.line.kind]}
    return shown(request, "issuing/change", context, status=422 if form.errors else 200)


@for_role(Role.PROVIDER_SIGNATORY, permission=Permission.APPROVE_CERTIFICATION)
@require_POST
def approve_certification(request: Request, certification_id: UUID) -> HttpResponse:
    """Approve a prepared document, which issues it; a refusal is told by rule and sentence."""
    here = here_of(request)
    try:
        actions.approve(certification_id, by=request.acting.account_id, at=here.now)
    except NotFound:
        raise
    except Refusal as refused:
        rules = ", ".join(dict.fromkeys(one.rule for one in refused.findings if one.outcome not in {None, "ALLOW"}))
        messages.error(request, f"It was not issued. {rules}{': ' if rules else ''}{refused.message}")
    else:
        messages.success(request, "The document is issued. The student can download it.")
    return redirect("provider:certification", certification_id)


def _file(content: bytes, number: str) -> HttpResponse:
    """Return the stored bytes as a file to save; its name says nothing about anybody."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
