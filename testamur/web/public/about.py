"""What the log is and how anyone audits it, the public keys to do so, and how accessible these pages are."""

from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.documents.seal import root_certificate
from testamur.kernel.errors import NotFound
from testamur.log import queries as log_queries
from testamur.log.keys import published, trusted_keys
from testamur.log.queries import SealedCheckpoint
from testamur.web.access import Request, public
from testamur.web.parts import SummaryRow, crumbs
from testamur.web.public.log_picture import log_picture
from testamur.web.templatetags.testamur import grouped, long_moment

_TEXT: Final = "text/plain; charset=utf-8"


@public
@require_safe
def accessibility(request: Request) -> HttpResponse:
    """Say which standard the pages are held to, how that is checked, what is known to be missing, and whom to tell."""
    context = {
        "contact_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    return render(request, "public/accessibility.html", context)


@public
@require_safe
def log(request: Request) -> HttpResponse:
    """Say what the log holds, how far it is signed, and how to audit it."""
    latest = log_queries.latest_checkpoint()
    waiting = log_queries.waiting_leaves()
    context = {
        "latest": latest,
        "rows": _checkpoint_rows(latest, waiting),
        "figure": log_picture(latest.size if latest else 0),
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    return render(request, "public/log.html", context)


@public
@require_safe
def checkpoint(request: Request) -> HttpResponse:
    """Give the newest signed checkpoint as text, to be kept and compared with a later one."""
    latest = log_queries.latest_checkpoint()
    if latest is None:
        raise NotFound("The log is empty, so there is no checkpoint yet.")
    return _file(latest.note, "checkpoint")


@public
@require_safe
def log_keys(request: Request) -> HttpResponse:
    """Give the public keys that verify checkpoints, one a line (C2SP signed-note); a comment while there are none."""
    try:
        keys = published(trusted_keys(settings.KEYS_DIR))
    except NotFound:
        keys = "# The log has no keys yet.\n"
    return _file(keys, "log-keys.txt")


@public
@require_safe
def seal_root(request: Request) -> HttpResponse:
    """Give the certificate to which the seals of issued documents lead; a comment while there is none."""
    path = root_certificate(settings.KEYS_DIR)
    there = path.read_text(encoding="ascii") if path.is_file() else "# No document has been issued yet.\n"
    return _file(there, "root.pem")


def _file(text: str, name: str) -> HttpResponse:
    """Return text as a file to take away."""
    return HttpResponse(text, content_type=_TEXT, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _checkpoint_rows(latest: SealedCheckpoint | None, waiting: int) -> list[SummaryRow]:
    """Return the newest checkpoint in words."""
    coming = f"{grouped(waiting)} {'entry' if waiting == 1 else 'entries'}" if waiting else "none"
    if latest is None:
        return [SummaryRow("Entries", "none yet"), SummaryRow("Waiting for a checkpoint", coming)]
    return [
        SummaryRow("Log", settings.LOG_ORIGIN, mono=True),
        SummaryRow("Entries", grouped(latest.size)),
        SummaryRow("Signed", long_moment(latest.sealed_at)),
        SummaryRow("Root", latest.root.hex(), mono=True),
        SummaryRow("Waiting for the next checkpoint", coming),
    ]
