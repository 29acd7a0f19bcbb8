"""Who acts by key: the one door of every address of the API. It knows the system, its provider and its key's scopes.

A request runs in one transaction on behalf of the key's own provider, so things of others do not exist in it; where the
answer is a refusal nothing of it stays. A key is read from the header Authorization and nowhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import HttpError

from testamur.accounts import actions as accounts_actions
from testamur.accounts import systems
from testamur.accounts.roles import SCOPES, Permission, Role, Scope
from testamur.accounts.systems import KeyFacts, SystemActing
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.providers import queries as providers_queries
from testamur.submissions.actions import LARGEST_PIECE
from testamur.web.access import Access
from testamur.web.provider.api import limits
from testamur.web.provider.api.problems import problem

View = Callable[..., HttpResponseBase]
_FORM_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Machine:
    """The system that acts in a request, as which account and role, for which provider, with which key, and when."""

    by: UUID
    role: Role
    key: KeyFacts
    organisation_id: UUID
    provider_id: int
    name: str
    zone: str
    now: datetime

    def may(self, permission: Permission) -> bool:
        """Say whether one of the key's scopes holds a permission."""
        return any(permission in SCOPES[scope] for scope in self.key.scopes)


class MachineRequest(HttpRequest):
    """A request behind the door. `piece` is the body of a PUT."""

    machine: Machine
    piece: bytes


def for_system(view: View) -> View:
    """Open an address to systems that show a key; everybody else is answered 401."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _answered(request, view, args, kwargs)
        if response.status_code == 405 and "Allow" in response.headers:
            allowed = response.headers["Allow"]
            response = problem("method", f"This address answers {allowed}.")
            response.headers["Allow"] = allowed
        patch_cache_control(response, private=True, no_store=True)
        return response

    wrapped.access = Access("system")  # type: ignore[attr-defined]
    return csrf_exempt(wrapped)  # a key in a header is sent by no browser on its own


def needs(*scopes: Scope) -> dict[str, Any]:
    """Return what an operation says of its key: it has at least one of these scopes, any at all where none is named."""
    security = [{"key": [scope.value]} for scope in scopes] or [{"key": []}]
    return {"auth": _Scoped(scopes), "openapi_extra": {"security": security}}


@dataclass(frozen=True, slots=True)
class _Scoped:
    """Refuses a key without any of some scopes, and a body of another kind than is read here."""

    scopes: tuple[Scope, ...]

    def __call__(self, request: MachineRequest) -> bool:
        """Return True, or raise NotAllowed or HttpError."""
        if self.scopes and not any(scope in self.scopes for scope in request.machine.key.scopes):
            wanted = " or ".join(scope.value for scope in self.scopes)
            raise NotAllowed(f"This key does not have the scope {wanted}, which this address needs.")
        if request.method == "POST" and _size(request) and request.content_type != _wanted(request):
            raise HttpError(415, f"This address takes {_wanted(request)}.")
        return True


def _answered(request: HttpRequest, view: View, args: Any, kwargs: Mapping[str, Any]) -> HttpResponseBase:
    """Return what the view answers, or why it is not asked."""
    now = timezone.now()
    token = _token(request)
    acting = systems.system_of(token, now) if token else None
    if acting is None:
        return _no_key(request, shown=bool(token))
    if wait := limits.seconds_to_wait(acting.key):
        return _too_many(wait)
    accounts_actions.note_key_use(acting.key.id, at=now)
    machine = _machine(acting, now)
    if machine is None:
        return problem(
            "refused", "Your organisation is not joined to a provider yet. Ask the secretariat to join them."
        )
    request.machine = machine  # type: ignore[attr-defined]
    if refused := _read(request):
        return refused
    with tenancy.for_provider(machine.provider_id), transaction.atomic():
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _token(request: HttpRequest) -> str:
    """Return the key that a request shows, nothing where it shows none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _no_key(request: HttpRequest, *, shown: bool) -> HttpResponse:
    """Answer a request without a usable key; whether it is wrong, revoked or past its day is told to nobody."""
    if shown and (wait := limits.seconds_after_wrong_key(request)):
        return _too_many(wait)
    response = problem("key", "This address needs a key of a provider's system that is in use.")
    response.headers["WWW-Authenticate"] = 'Bearer realm="testamur"' + (', error="invalid_token"' if shown else "")
    return response


def _too_many(wait: int) -> HttpResponse:
    """Answer a request that comes too soon; `wait` in seconds."""
    response = problem("too-many", f"There were too many requests in this minute. Ask again in {wait} seconds.")
    response.headers["Retry-After"] = str(wait)
    return response


def _machine(acting: SystemActing, now: datetime) -> Machine | None:
    """Return the system with its provider, None where its organisation is no provider's."""
    provider_id = providers_queries.provider_of_organisation(acting.organisation_id)
    if provider_id is None:
        return None
    brief = providers_queries.provider(provider_id)
    return Machine(
        by=acting.key.system_id,
        role=acting.role,
        key=acting.key,
        organisation_id=acting.organisation_id,
        provider_id=provider_id,
        name=brief.legal_name,
        zone=brief.zone,
        now=now,
    )


def _read(request: HttpRequest) -> HttpResponse | None:
    """Read the body before a transaction begins, so that a slow sender holds none; return the problem with it."""
    size = _size(request)
    if request.method == "PUT":
        if size > LARGEST_PIECE:
            return problem("too-large", f"A piece is at most {LARGEST_PIECE:,} bytes.")
        return _loaded(request, lambda: setattr(request, "piece", request.read(size)))
    if request.method != "POST" or not size or request.content_type != _wanted(request):
        return None
    if request.content_type == "application/json":
        return _loaded(request, lambda: request.body)
    if size > settings.UPLOAD_LIMIT_BYTES + _FORM_BYTES:
        return problem("too-large", "The files of one submission may hold 2 GiB in all.")
    return _loaded(request, lambda: request.FILES)


def _size(request: HttpRequest) -> int:
    """Return how many bytes the body holds, as the sender says."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(length) if length.isdigit() else 0


def _wanted(request: HttpRequest) -> str:
    """Return the kind of body that an address reads."""
    return "multipart/form-data" if request.path.endswith("/files") else "application/json"


def _loaded(request: HttpRequest, read: Callable[[], object]) -> HttpResponse | None:
    """Read the body; return the problem with it."""
    try:
        read()
    except RequestDataTooBig:
        return problem("too-large", f"JSON here is at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes.")
    except (MultiPartParserError, SuspiciousOperation, OSError):
        return problem("unreadable", "The body of the request cannot be read.")
    return None
