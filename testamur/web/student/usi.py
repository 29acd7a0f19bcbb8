"""The student's own USI as each provider lodged it: masked, in the clear when asked for, and who else saw it (USI-07, F.2)."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.log.actions import AccessPurpose
from testamur.providers import queries as providers_queries
from testamur.students import queries as students_queries
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.queries import Line, Shown
from testamur.web import usi_parts
from testamur.web.access import Request, for_student, today
from testamur.web.parts import Cell, Table, crumbs
from testamur.web.student.words import WHO
from testamur.web.templatetags.testamur import long_moment


@for_student
@require_safe
def identifiers(request: Request) -> HttpResponse:
    """Show the reader's numbers, masked."""
    return _page(request)


@for_student
@require_POST
def show_identifier(request: Request, student_id: int) -> HttpResponseBase:
    """Show one of the reader's own numbers in the clear, after they signed in again."""
    acting = request.acting
    if acting.person_id is None:
        raise NotFound("The register holds no record that is confirmed to be yours.")
    if again := usi_parts.sign_in_again(request, second_factor=False, back=reverse("student:identifiers")):
        return again
    own = {"person_id": acting.person_id, "by": acting.account_id}
    revealed = usi_actions.reveal_own(student_id, **own, at=timezone.now(), on=today())
    return _page(request, shown=student_id, revealed=revealed)


def _page(request: Request, *, shown: int = 0, revealed: str = "") -> HttpResponse:
    """Return the page; one of the numbers may stand on it in the clear."""
    person_id = request.acting.person_id
    students = students_queries.students_of_person(person_id) if person_id else []
    reveals = usi_queries.reveals_of(students)
    with tenancy.for_register():  # the reader's own students only: the list above is theirs
        lines = usi_queries.lines_of(students)
    names = providers_queries.legal_names({line.provider_id for line in lines})
    context = {
        "banners": usi_parts.banners(by_fake=any(line.answered_by == "fake" for line in lines)) if lines else [],
        "held": [_held(line, names, shown=shown, revealed=revealed) for line in lines],
        "reveals": _reveals(reveals),
        "crumbs": crumbs(("My records", reverse("student:home"))),
    }
    return render(request, "student/usi.html", context)


def _held(line: Line, names: dict[int, str], *, shown: int, revealed: str) -> dict[str, object]:
    """Return one number as the page shows it."""
    words, tone = usi_parts.WORDS[line.state]
    return {
        "student_id": line.student_id,
        "provider": names.get(line.provider_id, ""),
        "masked": line.masked,
        "state": words,
        "tone": tone,
        "revealed": revealed if line.student_id == shown else "",
    }


def _reveals(reveals: list[Shown]) -> Table:
    """Return who saw a number in the clear."""
    rows = [
        [long_moment(one.at), WHO.get(one.role, one.role),
         Cell(AccessPurpose(one.purpose).label.capitalize(), note=f"case {one.case}" if one.case else "")]
        for one in reveals
    ]  # fmt: skip
    return Table("Who saw your number in the clear", ["When", "Who", "Why"], rows, empty="Nobody.")
