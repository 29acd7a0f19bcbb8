"""Refusals as problem documents (RFC 9457): what, where, why and what to do; never a value of anybody's, never another's."""

import json
import logging
import secrets
import traceback
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from testamur.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from testamur.kernel.verdict import Finding
from testamur.submissions.actions import GoOnAt

logger = logging.getLogger(__name__)

Error = Exception | type[Exception]  # what ninja says that it may hand to a handler
MEDIA_TYPE: Final = "application/problem+json"
DOCS: Final = "/api/v1/docs"
# Each kind of problem: its status, its title, and what to do about it. The page of the API lists them.
KINDS: Final[Mapping[str, tuple[int, str, str]]] = {
    "unreadable": (400, "The request cannot be read", "Send JSON in UTF-8, or a multipart form where files are sent."),
    "key": (401, "No usable key", "Send Authorization: Bearer with a key that is neither revoked nor past its day."),
    "refused": (403, "Not allowed", "Read the reasons. An administrator of the provider makes keys with other scopes."),
    "not-found": (404, "Not found", "Look at the address and the id. Things of other providers do not exist here."),
    "method": (405, "Not possible with this method", "Use one of the methods that the header Allow names."),
    "conflict": (409, "Not possible as things stand", "Read the thing again and go on from where it stands."),
    "too-large": (413, "Too large", "Send a large file in pieces: open an upload first."),
    "media-type": (415, "Another kind of content is expected", "Send Content-Type: application/json."),
    "invalid": (422, "The request is not as described", "Correct the places that are named; the description says how."),
    "too-many": (429, "Too many requests", "Wait for as many seconds as the header Retry-After says."),
    "fault": (500, "A fault of ours", "Try again later, and tell us the reference if it stays."),
}


def problem(kind: str, detail: str, **more: Any) -> HttpResponse:
    """Return a problem document of a kind; `more` are further members."""
    status, title, to_do = KINDS[kind]
    body = {"type": f"{DOCS}#{kind}", "title": title, "status": status, "detail": detail, "to_do": to_do, **more}
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def of_refusal(error: Refusal) -> HttpResponse:
    """Return a refusal of an action: 403, 404 or 409 as on the pages, with the rules behind it."""
    kind = "refused" if isinstance(error, NotAllowed) else "not-found" if isinstance(error, NotFound) else "conflict"
    more: dict[str, Any] = {"rules": [_rule(finding) for finding in error.findings]} if error.findings else {}
    if isinstance(error, GoOnAt):
        more["upload"] = {"have": error.upload.have, "size": error.upload.size}
    return problem(kind, error.message, **more)


def _rule(finding: Finding) -> dict[str, str]:
    """Return one reason; SUB-03 and SUB-10 name the provider's own submission that holds the files."""
    said = {"rule": finding.rule, "message": finding.message, "source": finding.source}
    named = {"submission_id": finding.value} if finding.rule in {"SUB-03", "SUB-10"} and finding.value else {}
    return {**said, **named}


def answer_errors(api: NinjaAPI) -> None:
    """Make an API answer every error as a problem document."""
    api.add_exception_handler(Exception, _fault)
    api.add_exception_handler(Refusal, _refusal)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(MultiPartParserError, _unreadable)
    api.add_exception_handler(RequestDataTooBig, _too_large)


def _refusal(request: HttpRequest, error: Error) -> HttpResponse:
    return of_refusal(error) if isinstance(error, Conflict | NotAllowed | NotFound) else _fault(request, error)


def _invalid(request: HttpRequest, error: Error) -> HttpResponse:
    """Name the places; never what stood there."""
    found = error.errors if isinstance(error, ValidationError) else []
    places = [{"where": _place(one["loc"]), "what": one["msg"]} for one in found]
    return problem("invalid", "The request differs from the description of this API.", places=places)


def _place(steps: tuple[str | int, ...]) -> str:
    """Return where a request differs: the part and the member; a body is named once, whatever our functions call it."""
    return ".".join(str(step) for step in (steps[1:] if steps[:2] == ("body", "body") else steps))


def _unreadable(request: HttpRequest, error: Error) -> HttpResponse:
    if isinstance(error, HttpError) and error.status_code == 415:
        return problem("media-type", error.message)
    return problem("unreadable", "The body of the request cannot be read.")


def _too_large(request: HttpRequest, error: Error) -> HttpResponse:
    return problem("too-large", "The body of the request is larger than this address takes.")


def _fault(request: HttpRequest, error: Error) -> HttpResponse:
    """Write where it happened to the log, without any data, under a number that the sender is told."""
    number = f"{secrets.randbelow(10**8):08d}"
    trace = error.__traceback__ if isinstance(error, Exception) else None
    frames = reversed(traceback.extract_tb(trace)[-6:])
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    kind = type(error).__name__
    logger.error("a request of a system failed, reference %s: %s at %s", number, kind, places)
    return problem("fault", "Something went wrong here.", reference=f"{number[:4]} {number[4:]}")
