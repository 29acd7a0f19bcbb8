"""Pages that only a demo serves: how to sign in as anybody, the mail that the register sent, and the style guide."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from testamur.service import mailsink
from testamur.service.world import people, records, vocational
from testamur.web.access import public
from testamur.web.parts import Cell, Column, SummaryRow, Table, crumbs
from testamur.web.style_guide import style_guide_context

_SHOWN: Final = 100


@public
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show everybody's log-in with the present code, and the latest mail."""
    context = {
        "password": people.PASSWORD,
        "staff": Table(
            "People who work with the register",
            ("Role", "Address", Column("Code now"), Column("Secret of the second factor")),
            [
                (Cell(one.title, note=f"{one.name}, {one.about}"), one.email, Cell(one.code, mono=True), _secret(one))
                for one in people.EVERYBODY
                if one.secret
            ],
        ),
        "students": Table(
            "Students",
            ("Name", "Address", "Born", "Studied"),
            [(Cell(one.name, note=one.about), one.email, _born(one), _studied(one)) for one in people.STUDENTS],
        ),
        "mail": Table(
            "Mail that the register sent",
            ("Subject", "To", "Received"),
            [_line(one) for one in reversed(_messages()[-_SHOWN:])],
            empty="No mail yet. It arrives here within seconds of being sent.",
        ),
    }
    return render(request, "demo/overview.html", context)


@public
@require_safe
def message(request: HttpRequest, number: int) -> HttpResponse:
    """Show one mail as its recipient would read it."""
    found = next((one for one in _messages() if one.number == number), None)
    if found is None or settings.MAIL_SINK_DIR is None:
        raise Http404
    context = {
        "subject": found.subject,
        "rows": [SummaryRow("From", found.sender), SummaryRow("To", ", ".join(found.recipients))],
        "paragraphs": mailsink.text_of(mailsink.read(settings.MAIL_SINK_DIR, found)).strip().split("\n\n"),
        "crumbs": crumbs(("The demo", reverse("demo"))),
    }
    return render(request, "demo/message.html", context)


@public
@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Show every part and picture of the look."""
    return render(request, "style_guide.html", style_guide_context())


def _messages() -> list[mailsink.Received]:
    """Return every mail kept, oldest first; none where the mail goes elsewhere."""
    return mailsink.messages(settings.MAIL_SINK_DIR) if settings.MAIL_SINK_DIR else []


def _line(one: mailsink.Received) -> tuple[object, ...]:
    """Return one mail as a row."""
    link = Cell(one.subject, url=reverse("demo_mail", args=[one.number]))
    return link, ", ".join(one.recipients), one.received_at[:19].replace("T", " ") + " UTC"


def _secret(one: people.Persona) -> Cell:
    """Return the secret as a cell."""
    return Cell(one.secret, mono=True)


def _born(one: people.Persona) -> str:
    """Return a date of birth as one types it."""
    return f"{one.born.day}/{one.born.month}/{one.born.year}" if one.born else ""


def _studied(one: people.Persona) -> str:
    """Return what to type into an application."""
    if one is people.VOCATIONAL:
        return f"{vocational.PROGRAM[1]}, {vocational.FIRST_YEAR} to {vocational.FIRST_YEAR + 1}"
    first = records.FIRST_YEAR[one.key]
    return f"{records.COURSE[1]}, {first} to {first + 2}"


urlpatterns: list[URLPattern] = [
    path("", overview, name="demo"),
    path("mail/<int:number>/", message, name="demo_mail"),
    path("style/", style_guide, name="demo_style_guide"),
]
