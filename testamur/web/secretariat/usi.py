"""The secretariat's view of a provider's USIs: counts, students masked in a case, and one number for a supervisor.

USI-07 and F.2: a list is opened with a purpose and a case, and each student on it is told; a number in the clear needs a
supervisor, the second factor given again, and a reason, and is shown once.
"""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from testamur.accounts.roles import Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.log.actions import AccessPurpose
from testamur.providers import queries as providers_queries
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.actions import REVEAL_PURPOSES, Why
from testamur.students.usi.queries import Line
from testamur.students.usi.rules import NEEDS_WORK
from testamur.web import usi_parts
from testamur.web.access import Request, for_role, today
from testamur.web.parts import Link, SummaryRow, Table, crumbs

_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_MOST: Final = 50
_PURPOSES: Final = [(purpose, AccessPurpose(purpose).label.capitalize()) for purpose in REVEAL_PURPOSES]


class CaseForm(forms.Form):
    """In which case, and why, somebody looks."""

    purpose = forms.ChoiceField(label="Purpose", choices=_PURPOSES)
    case = forms.CharField(
        label="Case", help_text="The number of the application, complaint or request.", max_length=60, min_length=3
    )


class ListForm(CaseForm):
    """All students whose number needs work, or one student."""

    local_id = forms.CharField(
        label="Student number", help_text="Leave it empty for all whose USI needs work.", max_length=20, required=False
    )


class RevealForm(CaseForm):
    """Why a number must be seen."""

    reason = forms.CharField(
        label="Why you must see the number",
        help_text="A sentence. The student can read purpose and case.",
        min_length=10,
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
def identifiers(request: Request, provider_id: int) -> HttpResponse:
    """Show how many numbers stand in which state; with a purpose and a case, the students, masked, each of whom is told."""
    brief = providers_queries.provider(provider_id)
    form = ListForm(request.POST or None)
    with tenancy.for_register():
        counts = usi_queries.state_counts(provider_id)
        table = _opened(request, provider_id, form) if request.method == "POST" and form.is_valid() else None
    context = {
        "provider": brief,
        "banners": usi_parts.banners(by_fake=counts.by_fake),
        "picture": usi_parts.picture_of(counts, lambda state: ""),
        "form": form,
        "students": table,
        "needs_work": counts.needs_work,
        "crumbs": _crumbs(provider_id, brief.legal_name),
        "wide": True,
    }
    return render(request, "secretariat/usi.html", context, status=422 if form.errors else 200)


def _opened(request: Request, provider_id: int, form: ListForm) -> Table:
    """Open the students in a case."""
    said, now = form.cleaned_data, timezone.now()
    why = Why(said["purpose"], "", said["case"])
    by, role = request.acting.account_id, request.acting.role
    if said["local_id"]:
        found = usi_actions.look_at_student(provider_id, said["local_id"], why, by=by, role=role, at=now, on=today())
    else:
        found = usi_actions.look_at_lines(
            provider_id, why, states=NEEDS_WORK, limit=_MOST, by=by, role=role, at=now, on=today()
        )

    def url_of(line: Line) -> str:
        return reverse("secretariat:identifier", args=[line.student_id]) if role is Role.SUPERVISOR else ""

    empty = "No USI is held of this student." if said["local_id"] else "No student's USI needs work."
    return usi_parts.table_of("Students", found, url_of=url_of, empty=empty)


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
@require_POST
def verify_identifiers(request: Request, provider_id: int) -> HttpResponseBase:
    """Have every number of a provider that needs work verified again."""
    providers_queries.provider(provider_id)
    try:
        with tenancy.for_register():
            count = usi_actions.request_verification(provider_id, by=request.acting.account_id, at=timezone.now())
    except NotAllowed as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"{count} being verified again." if count else "No USI needs work.")
    return redirect("secretariat:identifiers", provider_id)


@for_role(Role.SUPERVISOR, permission=Permission.READ_PERSON)
def identifier(request: Request, student_id: int) -> HttpResponseBase:
    """Show one student's number in the clear, once, after the second factor was given again; the student is told."""
    with tenancy.for_register():
        line = usi_queries.line_of(student_id)
    if line is None:
        raise NotFound("The register holds no USI of this student.")
    here = reverse("secretariat:identifier", args=[student_id])
    if again := usi_parts.sign_in_again(request, second_factor=True, back=here):
        return again
    form, revealed = RevealForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        why = Why(said["purpose"], said["reason"], said["case"])
        by, now = request.acting.account_id, timezone.now()
        try:
            revealed = usi_actions.reveal(student_id, why, by=by, at=now, on=today())
        except NotAllowed as refused:
            form.add_error(None, refused.message)
    brief = providers_queries.provider(line.provider_id)
    state, tone = usi_parts.WORDS[line.state]
    context = {
        "banners": usi_parts.banners(by_fake=line.answered_by == "fake"),
        "rows": [SummaryRow("Provider", brief.legal_name), SummaryRow("Student number", line.local_id, mono=True)],
        "state": state,
        "tone": tone,
        "revealed": revealed,
        "form": form,
        "crumbs": [
            *_crumbs(brief.id, brief.legal_name),
            Link("USIs", reverse("secretariat:identifiers", args=[brief.id])),
        ],
    }
    return render(request, "secretariat/usi_one.html", context, status=422 if form.errors else 200)


def _crumbs(provider_id: int, name: str) -> list[Link]:
    """Return the way back to a provider."""
    return crumbs(
        ("Work", reverse("secretariat:home")),
        ("Providers", reverse("secretariat:providers")),
        (name, reverse("secretariat:provider", args=[provider_id])),
    )
