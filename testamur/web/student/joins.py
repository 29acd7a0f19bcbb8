"""Other records that may be the reader's own: the provider and the years, and what they say of it (TEQ-07).

Shown once the reader's identity is confirmed. What they say informs an officer; it joins nothing.
"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.actions import OwnJoin
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.web.access import Request, for_student, today
from testamur.web.parts import Tone, crumbs

_SAID: dict[str, tuple[str, Tone]] = {
    "": ("Waits for you", "warn"),
    "mine": ("You said: mine", "info"),
    "not_mine": ("You said: not mine", "quiet"),
}


@for_student
@require_safe
def joins(request: Request) -> HttpResponse:
    """Show which other records may be the reader's. The person whose record it is can read that this was shown."""
    acting = request.acting
    confirmed = acting.person_id is not None and (
        extracts_queries.identity_standing(acting.person_id, on=today()) == "verified"
    )
    found = extracts_actions.read_own_joins(by=acting.account_id, at=timezone.now())
    names = providers_queries.legal_names({one.provider_id for one in found})
    context = {
        "confirmed": confirmed,
        "found": [_shown(one, names[one.provider_id]) for one in found],
        "crumbs": crumbs(("My records", reverse("student:home"))),
    }
    return render(request, "student/joins.html", context)


def _shown(one: OwnJoin, provider: str) -> dict[str, object]:
    """Return what is told of one other record."""
    words, tone = _SAID[one.answer]
    years = "Years not lodged"
    if one.years:
        first, last = one.years[0], one.years[-1]
        years = f"{first}" if first == last else f"{first} to {last}"
    return {
        "number": one.number, "printed": printed(one.number), "provider": provider, "years": years, "state": words,
        "tone": tone, "answer": one.answer,
    }  # fmt: skip


@for_student
@require_POST
def answer(request: Request, number: str) -> HttpResponseBase:
    """Write down whether another record is the reader's."""
    try:
        extracts_actions.answer_own_join(
            number, request.POST.get("answer", ""), by=request.acting.account_id, at=timezone.now()
        )
        messages.success(
            request, "Thank you. An officer reads what you said and decides; nothing is joined by it alone."
        )
    except (Conflict, NotAllowed) as refused:
        messages.error(request, refused.message)
    return redirect("student:joins")
