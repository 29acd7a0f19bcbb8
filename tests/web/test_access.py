"""Every address wears exactly one access decorator and answers each reader as the table says."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, reverse

from testamur.accounts.roles import PERMISSIONS, PROVIDER_ROLES, STAFF_ROLES, Permission, Role
from testamur.web.access import Access, for_account, for_role, for_student, public
from tests import build
from tests.web import roles_api, roles_table
from tests.web.roles_table import ENROL, MOVED, NOT_FOUND, OK, POST_ONLY, REFUSED, SIGN_IN, Row


def routes(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address of a URL tree with its full name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern


def bare(patterns: list[Any]) -> list[str]:
    """Return the names of addresses whose view wears no access decorator."""
    return [
        name for name, pattern in routes(patterns) if not isinstance(getattr(pattern.callback, "access", None), Access)
    ]


def table() -> Mapping[str, Row]:
    """Return the rows of all tables of the roles table's module, joined."""
    rows: dict[str, Row] = {}
    for value in [*vars(roles_table).values(), *vars(roles_api).values()]:
        if isinstance(value, Mapping) and value and all(isinstance(row, Row) for row in value.values()):
            rows |= value
    return rows


# Decorators


def test_every_address_wears_an_access_decorator() -> None:
    assert bare(get_resolver().url_patterns) == []


def test_a_view_without_decorator_is_found() -> None:
    def naked(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    planted = [path("a/", public(naked), name="good"), path("b/", include(([path("c/", naked, name="bad")], "x")))]
    assert bare(planted) == ["x:bad"]


@pytest.mark.parametrize("second", [public, for_account, for_student, for_role(Role.AUDITOR)])
def test_a_view_with_two_decorators_is_refused(second: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(TypeError, match="exactly one"):
        second(for_role(Role.SUPERVISOR)(view))


def test_a_role_without_the_permission_is_refused_at_import() -> None:
    assert Permission.ACCEPT_SUBMISSION not in PERMISSIONS[Role.AUDITOR]
    with pytest.raises(TypeError, match="auditor"):
        for_role(Role.SUPERVISOR, Role.AUDITOR, permission=Permission.ACCEPT_SUBMISSION)
    with pytest.raises(TypeError):
        for_role()
    with pytest.raises(TypeError):
        for_role(Role.STUDENT)


# The table


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = {name for name, _ in routes(get_resolver().url_patterns)}
    assert names == set(table())


def filled(pattern: URLPattern, row: Row) -> dict[str, Any]:
    """Return what fills an address: the row's values, else things that do not exist."""
    nothing = {"IntConverter": 999_999, "StringConverter": "none", "SlugConverter": "none"}
    nothing |= dict.fromkeys(("UUIDConverter", "UUIDStrConverter"), uuid4())
    converters = getattr(pattern.pattern, "converters", {})
    made = {name: nothing.get(type(converter).__name__, "none") for name, converter in converters.items()}
    return {**made, **row.kwargs}


def kind_of(response: Any) -> str:
    """Return what an answer is to its reader."""
    if response.status_code in (301, 302):
        target = response["Location"].partition("?")[0]
        return {reverse("account_login"): SIGN_IN, reverse("mfa_activate_totp"): ENROL}.get(target, MOVED)
    kinds = {200: OK, 403: REFUSED, 404: NOT_FOUND, 405: POST_ONLY}
    return kinds.get(response.status_code, str(response.status_code))


def reader(kind: str) -> Client:
    """Return the browser of a reader."""
    if kind == roles_table.PUBLIC:
        return Client()
    if kind == Role.STUDENT:
        return build.signed_in(build.student_account())
    if kind == roles_table.UNENROLLED:
        return build.signed_in(build.member(Role.SUPERVISOR, second_factor=False))
    return build.signed_in(staff_person(Role(kind)))


def staff_person(role: Role) -> build.Person:
    """Return a member of staff; a provider's staff belong to a provider that the register knows."""
    if role in PROVIDER_ROLES:
        return build.member(role, build.provider().organisation_id)
    return build.member(role)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", roles_table.READERS)
def test_each_address_answers_each_reader_as_the_table_says(kind: str) -> None:
    browser, rows, wrong = reader(kind), table(), []
    cookies = browser.cookies.copy()
    for name, pattern in routes(get_resolver().url_patterns):
        if name not in rows:
            continue  # the test above reports it
        browser.cookies = cookies.copy()
        found = kind_of(browser.get(reverse(name, kwargs=filled(pattern, rows[name]))))
        if found != rows[name].kinds[kind]:
            wrong.append(f"{name}: {found}, not {rows[name].kinds[kind]}")
    assert wrong == []


def test_the_table_covers_every_role() -> None:
    assert set(roles_table.READERS) >= {role.value for role in STAFF_ROLES}
    assert all(set(row.kinds) == set(roles_table.READERS) for row in table().values())
