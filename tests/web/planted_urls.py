"""Addresses that exist in tests only: one view a refusal, and views that say on whose behalf they read the database."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path

from testamur.accounts.roles import PROVIDER_ROLES, SECRETARIAT_ROLES
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.service.urls import urlpatterns as real
from testamur.web.access import Request, collects, for_role, for_student, public

ERRORS: dict[str, Exception] = {
    "not-allowed": NotAllowed("You may not do this now. Ask a supervisor."),
    "not-found": NotFound("There is no such thing. Look at the list."),
    "conflict": Conflict("It has moved on. Open the page again."),
    "denied": PermissionDenied("inner words"),
    "suspicious": SuspiciousOperation("inner words"),
    "fault": RuntimeError("inner words"),
}


@public
def fail(request: HttpRequest, name: str) -> HttpResponse:
    """Raise one of the errors."""
    raise ERRORS[name]


def scope(request: Request) -> HttpResponse:
    """Say who acts and what the database is told."""
    settings = ("testamur.provider_id", "testamur.person_id", "testamur.scope")
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join("current_setting(%s, true)" for _ in settings), settings)
        row: Any = cursor.fetchone()
    acting = request.acting
    return JsonResponse({"role": acting.role, "organisation": acting.organisation_name, "settings": row})


@public
@collects("sign-in")
def collecting(request: Request) -> HttpResponse:
    """Show the notice of the page."""
    assert request.notice is not None
    return HttpResponse(request.notice.title)


urlpatterns: list[URLPattern | URLResolver] = [
    *real,
    path("planted/fail/<str:name>/", fail),
    path("planted/provider/", for_role(*sorted(PROVIDER_ROLES))(scope)),
    path("planted/secretariat/", for_role(*sorted(SECRETARIAT_ROLES))(scope)),
    path("planted/student/", for_student(scope)),
    path("planted/collecting/", collecting),
]

handler400 = "testamur.web.access.bad_request"
handler403 = "testamur.web.access.forbidden"
handler404 = "testamur.web.access.not_found"
handler500 = "testamur.web.access.server_error"
