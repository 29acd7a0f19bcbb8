"""The description of the API: the OpenAPI document, and the page that people read. Both follow from the operations themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, re_path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Schema

from testamur.accounts.roles import SCOPE_WORDS
from testamur.web.access import Request, public
from testamur.web.parts import Cell, Column, Table, crumbs
from testamur.web.provider.api import (
    by_hand,
    enrolments,
    exports,
    files,
    findings,
    problems,
    products,
    provider,
    questions,
    rehearsal,
    returns,
    students,
    submissions,
    webhooks,
)
from testamur.web.provider.api.door import for_system
from testamur.web.provider.api.problems import KINDS, MEDIA_TYPE, problem

PREFIX: Final = "api/v1/"
_PARTS: Final = (
    provider, submissions, files, by_hand, findings, returns, questions, rehearsal, exports, students, enrolments, products,
    webhooks,
)  # fmt: skip
_MODULES: Final = "testamur_web_provider_api_"
_ALWAYS: Final = ("key", "refused", "not-found", "method", "conflict", "invalid", "too-many", "fault")
_WITH_BODY: Final = ("unreadable", "too-large", "media-type")
_ABOUT: Final = (
    "Everything that the pages do for a provider's staff, for the provider's own systems. A key stands in the header "
    "Authorization and acts for its own provider only. docs/api.md shows a submission from beginning to end."
)


class Reason(Schema):
    """One rule behind a refusal."""

    rule: str
    message: str
    source: str
    submission_id: str | None = None


class Place(Schema):
    """One place of a request that differs from the description."""

    where: str
    what: str


class HowFar(Schema):
    """How far an upload is, in bytes: go on with `have`."""

    have: int
    size: int


class Problem(Schema):
    """Why a request was not done (RFC 9457): what, where, why and what to do."""

    type: str
    title: str
    status: int
    detail: str
    to_do: str
    rules: list[Reason] = []
    places: list[Place] = []
    upload: HowFar | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as the page shows it."""

    method: str
    path: str
    does: str
    scopes: tuple[str, ...]
    part: str


@cache
def api() -> NinjaAPI:
    """Return the API with all its operations."""
    made = NinjaAPI(
        title="Testamur for providers' systems",
        version="1",
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        urls_namespace="api",
    )
    problems.answer_errors(made)
    for one in _PARTS:
        made.add_router("", one.router)
    return made


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document: what ninja knows of each operation, with its problems and its key."""
    document: dict[str, Any] = dict(api().get_openapi_schema(path_prefix=PREFIX))
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= schema.pop("$defs") | {"Problem": schema}
    document["components"]["responses"] = {kind: _described(kind) for kind in KINDS}
    document["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of one of your systems: testamur_…"}
    }
    for operation in _operations(document):
        operation["operationId"] = _short(operation["operationId"])
        kinds = [*_ALWAYS, *(_WITH_BODY if "requestBody" in operation else ())]
        for kind in kinds:
            operation["responses"][str(KINDS[kind][0])] = {"$ref": f"#/components/responses/{kind}"}
        operation["responses"] = {str(status): said for status, said in operation["responses"].items()}
    return document


def described() -> list[Described]:
    """Return the operations as the page shows them, in the order of the description."""
    return [
        Described(method.upper(), place, one["description"], tuple(_scopes(one)), one["tags"][0])
        for place, methods in openapi()["paths"].items()
        for method, one in methods.items()
    ]


def urlpatterns() -> list[URLPattern]:
    """Return every address of the API, each behind its door; what is none of them is answered as a problem too."""
    patterns: list[URLPattern] = [
        path("openapi.json", openapi_json, name="openapi"),
        path("docs", docs, name="docs"),
    ]
    for pattern in api().urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = for_system(pattern.callback)
            patterns.append(pattern)
    return [*patterns, re_path("", unknown, name="unknown")]


@public
@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Hand out the OpenAPI document."""
    return JsonResponse(openapi())


@public
@require_safe
def docs(request: Request) -> HttpResponse:
    """Show what the API does, what a key needs for it, and how it refuses."""
    kinds = [
        {"name": name, "status": status, "title": title, "to_do": to_do}
        for name, (status, title, to_do) in KINDS.items()
    ]
    scopes: list[list[object]] = [
        [Cell(_broken(scope.value, ":"), mono=True), said] for scope, said in SCOPE_WORDS.items()
    ]
    context = {
        "about": _ABOUT.partition(" docs/api.md")[0],
        "prefix": f"/{PREFIX.rstrip('/')}",
        "parts": _tables(),
        "scopes": Table("Scopes of a key", ["Scope", Column("What it opens")], scopes),
        "kinds": kinds,
        "wide": True,
        "crumbs": crumbs(("Home", reverse("public:home")), ("Help", reverse("public:help"))),
    }
    return render(request, "provider/api.html", context)


def _tables() -> list[Table]:
    """Return the operations as one table for each part of the API."""
    parts: dict[str, list[list[object]]] = {}
    for one in described():
        address = Cell(_broken(f"{one.method} {one.path.removeprefix('/' + PREFIX.rstrip('/'))}"), mono=True)
        scopes = " or ".join(one.scopes) or "any"
        parts.setdefault(one.part, []).append([address, Cell(_with_code(one.does), note=f"Scope of the key: {scopes}")])
    return [Table(part, ["Address", "What it does"], rows) for part, rows in parts.items()]


def _broken(code: str, sign: str = "/") -> SafeString:
    """Return a code that a narrow page breaks before a sign, and that is copied whole."""
    return format_html_join(format_html("<wbr>{}", sign), "{}", ((piece,) for piece in code.split(sign)))


def _with_code(said: str) -> SafeString:
    """Return a description whose words between backticks are set as code."""
    pieces = enumerate(said.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", one) if odd % 2 else one,) for odd, one in pieces)
    )


@csrf_exempt
@public
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer an address that the API does not have."""
    return problem("not-found", "The API has no such address.")


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation of a document."""
    for methods in document["paths"].values():
        yield from methods.values()


def _short(operation_id: str) -> str:
    """Return the name of an operation's function, without its module's."""
    within = operation_id.removeprefix(_MODULES)
    modules = (one.__name__.rpartition(".")[2] for one in _PARTS)
    return next(within.removeprefix(f"{name}_") for name in modules if within.startswith(f"{name}_"))


def _scopes(operation: dict[str, Any]) -> Iterator[str]:
    """Yield the scopes, one of which a key needs."""
    for one in operation["security"]:
        yield from one["key"]


def _described(kind: str) -> dict[str, Any]:
    """Return one problem of an operation as the document describes it."""
    _, title, to_do = KINDS[kind]
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    said: dict[str, Any] = {"description": f"{title}. {to_do}", "content": content}
    headers = {"method": "Allow", "too-many": "Retry-After", "key": "WWW-Authenticate"}
    if kind in headers:
        said["headers"] = {headers[kind]: {"schema": {"type": "string"}}}
    return said
