"""The student's start page: what is done, what comes next, and where each application stands."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.queries import ApplicantFacts, IdentityFacts, RequestFacts
from testamur.kernel.errors import Refusal
from testamur.web.access import Request, collects, for_student, today
from testamur.web.parts import Cell, Table, Task, crumbs
from testamur.web.student.forms import DetailsForm, add_refusal
from testamur.web.student.words import IDENTITY, state_of
from testamur.web.templatetags.testamur import long_date


@for_student
@require_safe
def home(request: Request) -> HttpResponse:
    """Show the steps to one's records as a task list, and the applications."""
    person_id = request.acting.person_id
    told = extracts_queries.find_applicant(person_id) if person_id else None
    check = extracts_queries.current_identity(person_id, on=today()) if person_id else None
    requests = extracts_queries.requests_of(person_id) if person_id else []
    context = {
        "tasks": _tasks(told, check, requests),
        "requests": requests_table(requests[:5]) if requests else None,
        "ready": any(one.state in {"ready", "collected", "closed"} for one in requests),
    }
    return render(request, "student/home.html", context)


def _tasks(told: ApplicantFacts | None, check: IdentityFacts | None, requests: Sequence[RequestFacts]) -> list[Task]:
    """Return the steps with where each stands."""
    details, identity = reverse("student:details"), reverse("student:identity")
    ready = [one for one in requests if one.state in {"ready", "collected", "closed"}]
    waiting = [one for one in requests if one.open]
    applied = Task(
        "Apply for your records",
        "Not yet",
        reverse("student:find"),
        hint="Find the provider and say when you attended.",
    )
    if ready or waiting:
        applied = Task("Apply for your records", "Applied", reverse("student:applications"), "good")
    collect = Task("See and download your records", "Not ready yet", hint="You are told by e-mail.")
    if ready:
        collect = Task("See and download your records", "Ready", reverse("student:record"), "good")
    return [
        Task("Confirm your e-mail address", "Confirmed", tone="good"),
        Task("Tell us who you are", "Told", details, "good")
        if told
        else Task(
            "Tell us who you are", "To do", details, "info", "Your names, now and before, and your date of birth."
        ),
        _identity_task(told, check, identity),
        applied,
        collect,
    ]


def _identity_task(told: ApplicantFacts | None, check: IdentityFacts | None, url: str) -> Task:
    """Return the step of the identity."""
    title, hint = "Show who you are", "One document, now or later. Without one, a person finds another way with you."
    if told is None:
        return Task(title, "After your details", hint=hint)
    if check is None:
        return Task(title, "To do", url, "info", hint)
    words, tone = IDENTITY[check.state]
    return Task(title, words, url, tone)


def requests_table(requests: Sequence[RequestFacts]) -> Table:
    """Return applications as a table."""
    rows = []
    for one in requests:
        words, tone, _ = state_of(one)
        url = reverse("student:request", args=[one.number])
        years = f"{one.attended_from} to {one.attended_until}"
        rows.append(
            [Cell(one.provider_name, url=url), years, long_date(local_day(one.started_at)), Cell(words, tone=tone)]
        )
    return Table("Your applications", ["Provider", "Attended", "Applied on", "State"], rows)


def local_day(moment: object) -> date:
    """Return the day of a moment in the register's zone."""
    return timezone.localdate(moment)  # type: ignore[arg-type]


@for_student
@collects("records-application")
def details(request: Request) -> HttpResponseBase:
    """Ask who somebody is."""
    person_id = request.acting.person_id
    told = extracts_queries.find_applicant(person_id) if person_id else None
    form = DetailsForm(request.POST or None, initial=_told(told))
    if request.method == "POST" and form.is_valid():
        try:
            extracts_actions.tell_details(form.details(), by=request.acting.account_id, at=timezone.now())
            return redirect("student:identity" if told is None else "student:home")
        except Refusal as refused:
            add_refusal(form, refused)
    context = {"form": form, "told": told, "crumbs": crumbs(("My records", reverse("student:home")))}
    return render(request, "student/details.html", context, status=422 if form.errors else 200)


def _told(told: ApplicantFacts | None) -> dict[str, object]:
    """Return what was told before, for the form."""
    if told is None:
        return {}
    now, *before = told.names
    return {
        "family_name": now.family,
        "given_name": now.given,
        "other_names": now.others,
        "former_names": "\n".join(name.printed for name in before),
        "birth_date": told.birth_date,
    }
