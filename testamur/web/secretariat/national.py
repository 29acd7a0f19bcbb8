"""Copies of the national register: loaded ones, one that waits for a second person, sending one; and the watch list (REG-01).

F.2: officers and supervisors send a copy and keep the watch list, another supervisor approves it, auditors read.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.accounts.roles import Permission, Role
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from testamur.training import actions as training_actions
from testamur.training.actions import NewReview
from testamur.training.queries import copies
from testamur.web.access import Request, for_role, today
from testamur.web.forms import DateField
from testamur.web.parts import Cell, Table
from testamur.web.product_parts import banner
from testamur.web.secretariat import national_parts
from testamur.web.secretariat.waiting_picture import Kind

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_KEEPERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_CODES_SHOWN: Final = 500


class CopyForm(forms.Form):
    """A zip of a copy."""

    copy = forms.FileField(
        label="Choose the zip of the copy",
        help_text="snapshot.json and the seven files beside it, up to 64 MiB. It is checked at once, and nothing changes yet.",
        error_messages={"required": "Choose a zip."},
    )


class ReviewForm(forms.Form):
    """An announced review of a training package."""

    package_code = forms.CharField(label="Code of the package", max_length=30)
    title = forms.CharField(label="Title of the package", max_length=240)
    announced_date = DateField(label="Announced on")
    expected_date = DateField(label="Outcome expected on, if said", required=False)
    note = forms.CharField(label="What is reviewed", max_length=400)
    source = forms.CharField(label="Source", max_length=240, help_text="Where the announcement stands.")


class ReasonForm(forms.Form):
    """Why something is refused or taken away."""

    reason = forms.CharField(label="Reason", max_length=400)


# Copies ---------------------------------------------------------------------------------------------------------------


@for_role(*_READERS)
@require_safe
def national_register(request: Request) -> HttpResponse:
    """List the copies that are loaded and those that wait, with what each changed."""
    context = {
        "banner": banner(today()),
        "waiting": national_parts.proposals_table(copies.proposals()),
        "loaded": national_parts.snapshots_table(copies.snapshots()),
        "may_send": request.acting.may(Permission.PROPOSE_COPY),
        "crumbs": national_parts.trail(),
        "wide": True,
    }
    return render(request, "secretariat/national_register.html", context)


@for_role(*_KEEPERS, permission=Permission.PROPOSE_COPY)
@require_http_methods(["GET", "HEAD", "POST"])
def send_copy(request: Request) -> HttpResponseBase:
    """Take a zip, check it whole, and keep it for a second person; what is wrong with it is listed."""
    form = CopyForm(request.POST, request.FILES) if request.method == "POST" else CopyForm()
    refused: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["copy"]
        try:
            proposal_id = training_actions.propose_copy(
                sent.chunks(), by=request.acting.account_id, at=timezone.now(), on=today()
            )
        except Refusal as problem:
            refused = problem
            form.add_error("copy", problem.message)
        else:
            messages.success(request, "The copy has no faults. It waits for a second person.")
            return redirect("secretariat:proposed_copy", proposal_id)
    findings = refused.findings if refused else ()
    context = {
        "form": form,
        "faults": national_parts.faults_table(findings) if findings else None,
        "crumbs": national_parts.trail(deeper=True),
    }
    return render(request, "secretariat/national_send.html", context, status=422 if form.errors else 200)


@for_role(*_READERS)
@require_safe
def proposed_copy(request: Request, proposal_id: UUID) -> HttpResponse:
    """Show a copy that was sent, and what it would change."""
    found = copies.proposal(proposal_id)
    mine = found.proposed_by == request.acting.account_id
    may_decide = found.state == "proposed" and not mine and request.acting.may(Permission.APPROVE_COPY)
    context = {
        "proposal": found,
        "state": national_parts.STATES[found.state],
        "rows": national_parts.proposal_rows(found),
        "changes": national_parts.changes_table(found),
        "may_decide": may_decide,
        "may_withdraw": found.state == "proposed" and mine,
        "form": ReasonForm() if may_decide else None,
        "crumbs": national_parts.trail(deeper=True),
    }
    return render(request, "secretariat/national_copy.html", context)


@for_role(Role.SUPERVISOR, permission=Permission.APPROVE_COPY)
@require_POST
def decide_copy(request: Request, proposal_id: UUID, verb: str) -> HttpResponse:
    """Approve or refuse a copy that somebody else sent."""
    said: dict[str, Any] = {"by": request.acting.account_id, "at": timezone.now()}
    form = ReasonForm(request.POST)
    if verb == "approve":
        training_actions.approve_copy(proposal_id, **said)
        messages.success(request, "Approved. The copy is being loaded; this page says when it is.")
    elif verb != "refuse":
        raise NotFound("A copy is approved or refused.")
    elif form.is_valid():
        training_actions.refuse_copy(proposal_id, reason=form.cleaned_data["reason"], **said)
        messages.success(request, "Refused. Nothing was changed.")
    else:
        messages.error(request, "Give the reason for which the copy is refused.")
    return redirect("secretariat:proposed_copy", proposal_id)


@for_role(*_KEEPERS, permission=Permission.PROPOSE_COPY)
@require_POST
def withdraw_copy(request: Request, proposal_id: UUID) -> HttpResponse:
    """Withdraw a copy that one sent oneself."""
    training_actions.withdraw_copy(proposal_id, by=request.acting.account_id, at=timezone.now())
    messages.success(request, "Withdrawn. Nothing was changed.")
    return redirect("secretariat:national_register")


@for_role(*_READERS)
@require_safe
def snapshot(request: Request, snapshot_id: int) -> HttpResponse:
    """Show a copy that was loaded: its files with their hashes, and what it changed."""
    found = copies.snapshot(snapshot_id)
    changed = copies.changed_products(snapshot_id)
    scopes = copies.changed_scopes(snapshot_id)
    rows = [[Cell(name, mono=True), Cell(found.files[name], mono=True)] for name in sorted(found.files)]
    context = {
        "snapshot": found,
        "rows": national_parts.snapshot_rows(found),
        "files": Table("Files", ["File", "SHA-256"], rows, stacked=False),
        "changed": changed[:_CODES_SHOWN],
        "changed_count": len(changed),
        "scopes": scopes[:_CODES_SHOWN],
        "scopes_count": len(scopes),
        "crumbs": national_parts.trail(deeper=True),
    }
    return render(request, "secretariat/national_snapshot.html", context)


# The watch list -------------------------------------------------------------------------------------------------------


@for_role(*_READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def watch_list(request: Request) -> HttpResponseBase:
    """Show the announced reviews of training packages, and add one."""
    may_keep = request.acting.may(Permission.PROPOSE_COPY)
    form = ReviewForm(request.POST) if request.method == "POST" else ReviewForm()
    if request.method == "POST":
        if not may_keep:
            raise NotAllowed("The watch list is kept by officers and supervisors.")
        if form.is_valid() and _watched(request, form):
            messages.success(request, "The review is on the watch list; providers see it beside their calendar.")
            return redirect("secretariat:watch_list")
    context = {
        "reviews": copies.watched_reviews(),
        "form": form if may_keep else None,
        "reason": ReasonForm(),
        "crumbs": national_parts.trail(deeper=True),
    }
    return render(request, "secretariat/watch_list.html", context, status=422 if form.errors else 200)


@for_role(*_KEEPERS, permission=Permission.PROPOSE_COPY)
@require_POST
def withdraw_review(request: Request, review_id: int) -> HttpResponse:
    """Take a review off the watch list, with a reason."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        training_actions.withdraw_review(
            review_id, reason=form.cleaned_data["reason"], by=request.acting.account_id, at=timezone.now()
        )
        messages.success(request, "The review is off the watch list.")
    else:
        messages.error(request, "Give the reason for which the review goes off the watch list.")
    return redirect("secretariat:watch_list")


def _watched(request: Request, form: ReviewForm) -> bool:
    """Add the review of a form; where it is refused, say so on the form."""
    try:
        new = NewReview(**form.cleaned_data)
        training_actions.watch_review(new, by=request.acting.account_id, at=timezone.now(), on=today())
    except (NotAllowed, Conflict) as refused:
        for finding in refused.findings:
            form.add_error(finding.column if finding.column in form.fields else None, finding.message)
        return False
    return True


def copies_kind(now: datetime) -> Kind:
    """Return the copies that wait for a second person as one kind of work."""
    waits = tuple(now - one.proposed_at for one in copies.proposals(waiting=True))
    return Kind.of("Copies of the national register", waits, reverse("secretariat:national_register"))


_ONE: Final = "national-register/sent/<uuid:proposal_id>/"
NATIONAL: list[URLPattern | URLResolver] = [
    path("national-register/", national_register, name="national_register"),
    path("national-register/send/", send_copy, name="send_copy"),
    path(_ONE, proposed_copy, name="proposed_copy"),
    path(f"{_ONE}decide/<slug:verb>/", decide_copy, name="decide_copy"),
    path(f"{_ONE}withdraw/", withdraw_copy, name="withdraw_copy"),
    path("national-register/copies/<int:snapshot_id>/", snapshot, name="snapshot"),
    path("national-register/watch/", watch_list, name="watch_list"),
    path("national-register/watch/<int:review_id>/withdraw/", withdraw_review, name="withdraw_review"),
]
