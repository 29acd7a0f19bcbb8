"""Help: a guide for each audience, a tutorial with pictures, and contacts and answers. The texts are files of their own.

Policy staff edit `help_texts/<name>.md` (first line the title); a test opens every address that a text names.
"""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.kernel.errors import NotFound
from testamur.notices.wording import rendered_markdown
from testamur.submissions.formats import FORMATS
from testamur.web.access import Request, public
from testamur.web.parts import Link, crumbs

TEXTS: Final = Path(__file__).parent / "help_texts"
GUIDES: Final = {
    "providers": "Upload, fix, declare, and keep the receipt.",
    "by-hand": "Enter certificates one at a time, with their units.",
    "closing": "Rehearse a closure, and hand over the records of a whole registration.",
    "students": "Find out whether your records are held, and get your certified extract.",
    "employers": "Find out whether an extract that you were shown is authentic and current.",
    "secretariat": "Identity checks, applications, decisions on submissions.",
}
_ANSWERS: Final = "answers"


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the help: its title, and its body in our subset of Markdown."""

    title: str
    markdown: str

    @property
    def html(self) -> str:
        """Return the body as HTML; everything but our own tags is escaped."""
        return rendered_markdown(self.markdown)


@cache
def text_of(name: str) -> Text:
    """Return a text by its name, as its file says it."""
    heading, _, body = (TEXTS / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    return Text(heading.removeprefix("# ").strip(), body.strip())


def help_trail(*more: Link) -> list[Link]:
    """Return the way to a page of the help."""
    return [*crumbs(("Home", reverse("public:home")), ("Help", reverse("public:help"))), *more]


@public
@require_safe
def index(request: Request) -> HttpResponse:
    """Show what the help holds, by who needs it."""
    context = {
        "guides": [(text_of(name).title, reverse("public:guide", args=[name]), says) for name, says in GUIDES.items()],
        "formats": [(form.title, reverse("public:format", args=[form.name])) for form in FORMATS.values()],
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    return render(request, "public/help.html", context)


@public
@require_safe
def guide(request: Request, name: str) -> HttpResponse:
    """Show the guide of one audience."""
    if name not in GUIDES:
        raise NotFound("The help has no such guide. Open the start page of the help and choose one.")
    return _shown(request, name)


@public
@require_safe
def answers(request: Request) -> HttpResponse:
    """Show whom to write to, and what is asked most often."""
    return _shown(request, _ANSWERS)


def _shown(request: Request, name: str) -> HttpResponse:
    """Show one text, with whom to write to beside it."""
    context = {
        "text": text_of(name),
        "contact_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "crumbs": help_trail(),
    }
    return render(request, "public/help_text.html", context)
