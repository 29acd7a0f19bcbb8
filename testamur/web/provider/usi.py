"""The provider's own students' USIs: how many stand in which state, whose need work, and having them verified again (USI-02)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotAllowed
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.queries import Line
from testamur.students.usi.rules import NEEDS_WORK
from testamur.web import usi_parts
from testamur.web.access import Request, for_role
from testamur.web.acting import today
from testamur.web.parts import Link, paging
from testamur.web.provider.parts import OFFICER, STAFF, here_of, shown, trail

_PAGE = 25


@for_role(*STAFF, permission=Permission.READ_PERSON)
@require_safe
def identifiers(request: Request) -> HttpResponse:
    """Show the states as a picture, and the students of whom somebody has to do something. Each student is told."""
    here = here_of(request)
    counts = usi_queries.state_counts(here.provider_id)
    wanted = request.GET.get("state", "")
    states = (wanted,) if wanted in usi_parts.WORDS else NEEDS_WORK
    total = sum(counts.by_state[state] for state in states)
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    pages = paging(
        page=page,
        size=_PAGE,
        total=total,
        query=[("state", wanted)] if wanted in usi_parts.WORDS else [],
        noun="students",
    )
    why = usi_actions.Why("submission", "", "")
    lines = usi_actions.look_at_lines(
        here.provider_id,
        why,
        states=states,
        first=max(0, pages.first - 1),
        limit=_PAGE,
        by=request.acting.account_id,
        role=request.acting.role,
        at=here.now,
        on=today(),
    )
    caption = usi_parts.WORDS[wanted][0] if wanted in usi_parts.WORDS else "Students whose USI needs work"
    context = {
        "banners": usi_parts.banners(by_fake=counts.by_fake),
        "picture": usi_parts.picture_of(counts, _state_url),
        "students": usi_parts.table_of(caption, lines, url_of=_student_url, empty="No student stands here."),
        "paging": pages,
        "all_url": reverse("provider:identifiers") if wanted in usi_parts.WORDS else "",
        "may_verify": request.acting.role in OFFICER and counts.needs_work > 0,
        "needs_work": counts.needs_work,
        "crumbs": [*trail(), Link("Students", reverse("provider:students"))],
        "wide": True,
    }
    return shown(request, "usi", context)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def verify_identifiers(request: Request) -> HttpResponseBase:
    """Have every number that needs work verified again."""
    here = here_of(request)
    try:
        count = usi_actions.request_verification(here.provider_id, by=request.acting.account_id, at=here.now)
    except NotAllowed as refused:
        messages.error(request, refused.message)
    else:
        said = f"{count} USI{' is' if count == 1 else 's are'} being verified again. Open this page again in a minute."
        messages.success(request, said if count else "No USI needs work.")
    return redirect("provider:identifiers")


def _state_url(state: str) -> str:
    """Return the address of the students in a state."""
    return f"{reverse('provider:identifiers')}?state={state}"


def _student_url(line: Line) -> str:
    """Return the address of a student's record."""
    return reverse("provider:student", args=[line.student_id])
