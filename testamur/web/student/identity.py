"""Show who one is: choose a document, upload its picture now or later, or ask a person for another way (TEQ-04, TEQ-05)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.queries import IdentityFacts
from testamur.kernel.errors import Refusal
from testamur.web.access import Request, collects, for_student, today
from testamur.web.parts import SummaryRow, crumbs
from testamur.web.student.forms import AssistForm, DocumentForm, add_refusal
from testamur.web.student.words import IDENTITY
from testamur.web.templatetags.testamur import long_date, long_moment

_LIMIT = 10 * 1024 * 1024


@for_student
@collects("identity-documents")
def identity(request: Request) -> HttpResponseBase:
    """Choose a document and upload its picture, or come back later."""
    person_id = request.acting.person_id
    if person_id is None or extracts_queries.find_applicant(person_id) is None:
        return redirect("student:details")
    check = extracts_queries.current_identity(person_id, on=today())
    initial = {"kind": check.kind} if check and check.kind != "none" else {}
    form = DocumentForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _named(request, form)
        except Refusal as refused:
            add_refusal(form, refused)
    done = check is not None and check.state == "passed"
    context = {
        "form": form,
        "check": check,
        "rows": _rows(check) if check else [],
        "done": done,
        "assisted": check is not None and check.state in {"assisted", "proposed"},
        "waiting": check is not None and check.state == "pending",
        "crumbs": crumbs(("My records", reverse("student:home"))),
    }
    return render(request, "student/identity.html", context, status=422 if form.errors else 200)


def _named(request: Request, form: DocumentForm) -> HttpResponse:
    """Name the document and keep its picture where there is one."""
    by, at = request.acting.account_id, timezone.now()
    extracts_actions.name_identity_document(form.cleaned_data["kind"], by=by, at=at)
    picture = form.picture()
    if picture is None:
        messages.info(request, "Your choice is saved. Come back with the picture when you have it at hand.")
        return redirect("student:home")
    # One byte more than is allowed is enough for the rule to refuse it.
    extracts_actions.upload_scan(picture.read(_LIMIT + 1), by=by, at=at)
    messages.success(request, "Your picture has arrived. An officer looks at it, and it is deleted at the decision.")
    return redirect("student:home")


def _rows(check: IdentityFacts) -> list[SummaryRow]:
    """Return what stands about an identity check."""
    words, _ = IDENTITY[check.state]
    rows = [SummaryRow("Document", check.kind_words), SummaryRow("Where it stands", words)]
    if check.supplied_at and check.has_scan:
        rows.append(SummaryRow("Picture arrived", long_moment(check.supplied_at)))
    if check.reason and check.state == "assisted":
        rows.append(SummaryRow("What the officer said", check.reason))
    if check.valid_until and check.state == "passed":
        rows.append(SummaryRow("Confirmed until", long_date(check.valid_until)))
    return rows


@for_student
@collects("identity-documents")
def assisted(request: Request) -> HttpResponseBase:
    """Ask for another way, without any of the documents; nobody is refused (TEQ-05)."""
    if request.acting.person_id is None:
        return redirect("student:details")
    form = AssistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            by, at = request.acting.account_id, timezone.now()
            extracts_actions.open_assisted_case(form.cleaned_data["why"], by=by, at=at)
            messages.success(
                request, "A person looks with you for another way. You are told by e-mail. Nothing is refused."
            )
            return redirect("student:home")
        except Refusal as refused:
            add_refusal(form, refused)
    steps = crumbs(("My records", reverse("student:home")), ("Show who you are", reverse("student:identity")))
    context = {"form": form, "crumbs": steps}
    return render(request, "student/assisted.html", context, status=422 if form.errors else 200)
