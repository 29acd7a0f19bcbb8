"""Who may open which page: `@public`, `@for_account`, `@for_student` and `@for_role`; every view wears exactly one (F.2).

A view finds who acts in `request.acting`. Provider staff run inside their provider's rows, students inside their own
person's, each in one transaction, so a body that is streamed after the view has returned must not read the database.
Refusals of actions become pages here, and an account that was locked is signed out at its next request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control

from testamur.accounts.roles import DESCRIPTIONS, PERMISSIONS, PROVIDER_ROLES, Permission, Role
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices import actions as notices_actions
from testamur.notices import queries as notices_queries
from testamur.web.acting import (
    Acting,
    Request,
    acting_of,
    elsewhere_first,
    memberships,
    redirect_to_login,
    scope_of,
    student_acting,
    today,
)
from testamur.web.frame import page_context

__all__ = [
    "Acting",
    "RefusalMiddleware",
    "Request",
    "collects",
    "for_account",
    "for_role",
    "for_student",
    "page_context",
    "public",
    "today",
]

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Access:
    """What a view's decorator says; tests read it from the view."""

    kind: str
    roles: frozenset[Role] = frozenset()
    permission: Permission | None = None


# The decorators ------------------------------------------------------------------------------------------------------


def _marked(view: View, wrapped: View, access: Access) -> View:
    """Write the access on the view; a view that already wears one is refused when its module is imported."""
    if hasattr(view, "access"):
        raise TypeError(f"{view.__name__} wears two access decorators; every view wears exactly one")
    wrapped.access = access  # type: ignore[attr-defined]
    return wrapped


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Keep a page that belongs to somebody out of every cache."""
    patch_cache_control(response, private=True, no_store=True)
    return response


def _prepare(request: HttpRequest, view: View, acting: Acting | None) -> None:
    """Write who acts on the request, put the page's notice at hand, and note at sending that the person saw it (PRV-01)."""
    name = getattr(view, "notice", None)
    request.acting = acting  # type: ignore[attr-defined]
    request.notice = notices_queries.text(name, today()) if name else None  # type: ignore[attr-defined]
    if name and request.method == "POST" and request.user.is_authenticated:
        notices_actions.record_shown(account_id=request.user.pk, notice=name, at=timezone.now())


def collects(notice: str) -> Callable[[View], View]:
    """Name the notice of a page whose form collects personal data (PRV-01); wear it beneath the access decorator."""

    def decorate(view: View) -> View:
        view.notice = notice  # type: ignore[attr-defined]
        return view

    return decorate


def public(view: View) -> View:
    """Let anyone open a page; `request.acting` is who is signed in, or None."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _prepare(request, view, acting_of(request))
        return view(request, *args, **kwargs)

    return _marked(view, wrapped, Access("public"))


def for_account(view: View) -> View:
    """Let anyone who is signed in open a page of their own account, staff without a second factor included."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request)
        _prepare(request, view, acting_of(request))
        return _private(view(request, *args, **kwargs))

    return _marked(view, wrapped, Access("account"))


def _run(request: HttpRequest, view: View, acting: Acting, args: Any, kwargs: Any) -> HttpResponseBase:
    """Run a view on behalf of whoever acts."""
    with scope_of(acting):
        _prepare(request, view, acting)
        return _private(view(request, *args, **kwargs))


def for_student(view: View) -> View:
    """Let students open a page about their own records. Staff accounts are refused: duty and own records stay apart."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request)
        if memberships(request):
            raise NotAllowed("This page is for students. Use a private address to ask for your own records.")
        return _run(request, view, student_acting(request), args, kwargs)

    return _marked(view, wrapped, Access("student", frozenset({Role.STUDENT})))


def for_role(*roles: Role, permission: Permission | None = None) -> Callable[[View], View]:
    """Let staff in one of the roles open a page, with their second factor.

    With `permission`, each role must hold it in F.2's table; one that does not is refused when the module is imported.
    """
    lacking = [role.value for role in roles if permission and permission not in PERMISSIONS[role]]
    if not roles or Role.STUDENT in roles or lacking:
        raise TypeError(f"for_role takes staff roles that hold {permission}; it does not fit {lacking or list(roles)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if response := elsewhere_first(request):
                return _private(response)
            acting = acting_of(request)
            if acting is None or acting.role not in roles:
                titles = " or ".join(DESCRIPTIONS[role].title.lower() for role in roles)
                raise NotAllowed(f"This page is for the role {titles}.")
            if acting.role in PROVIDER_ROLES and acting.provider_id is None:
                raise NotAllowed("Your organisation is not joined to a provider yet. Ask the secretariat to join them.")
            return _run(request, view, acting, args, kwargs)

        return _marked(view, wrapped, Access("role", frozenset(roles), permission))

    return decorate


# Refusals ------------------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    """Return an error page; it holds a refusal's own words and nothing about anybody."""
    return _no_store(render(request, f"errors/{template}.html", context, status=status))


def _no_store(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of every cache."""
    patch_cache_control(response, no_store=True)
    return response


def _form_only(request: HttpRequest, answer: HttpResponseNotAllowed) -> HttpResponse:
    """Return the page of an address that takes forms only, for whoever loads it again from the address bar."""
    page = _page(request, "405", 405)
    page["Allow"] = answer["Allow"]
    return page


class RefusalMiddleware:
    """Turns refusals into pages, and ends sessions of accounts that may no longer sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Sign out a locked account before anything else happens."""
        # A locked account, or one with another password, is no longer a user, but its session still stands.
        if SESSION_KEY in request.session and not request.user.is_authenticated:
            logout(request)
        response = self.get_response(request)
        return _form_only(request, response) if isinstance(response, HttpResponseNotAllowed) else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page of a refusal; leave every other error alone."""
        if isinstance(error, NotAllowed):
            return _page(request, "403", 403, reason=error.message, findings=error.findings)
        if isinstance(error, NotFound):
            return _page(request, "404", 404, reason=error.message)
        if isinstance(error, Conflict):
            return _page(request, "409", 409, reason=error.message, findings=error.findings)
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _page(request, "400", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused."""
    return _page(request, "403", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without its token."""
    return _page(request, "403_csrf", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _page(request, "404", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours: no context, for the context may be what failed."""
    return _no_store(HttpResponse(render_to_string("errors/500.html"), status=500))
