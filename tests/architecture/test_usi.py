"""The Unique Student Identifier is nobody's key and stands in no address, log line, file name, error or page.

USI-05 (never printed), USI-06 (never the register's own identifier; Student Identifiers Act s 19) and PRV-08 (encrypted). It
lives in one place: `students_identifier.sealed`, encrypted.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path

from tests.architecture.source import PACKAGE, functions, place, python_files

_NAME = re.compile(r"(^|_)(usis?|unique_student_identifiers?)($|_)", re.IGNORECASE)
_VALUE = re.compile(r"(^|_)(usis?|unique_student_identifiers?)$")  # a variable that holds one, or several
_SEALED = ("students_identifier", "sealed")
_LOGGING = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_ADDRESSING = {"reverse", "redirect", "Path", "open", "with_name", "HttpResponseRedirect", "FileResponse"}
_TEMPLATE_VARIABLE = re.compile(r"\{[{%][^}]*?\b\w*(?<![A-Za-z])usis?\b[^}]*[}%]\}")
_TYPST_VARIABLE = re.compile(r"(?<![A-Za-z])usis?(?![A-Za-z])")

# Every column of ours, and whether a key, a unique rule, a foreign key, an index or a partition rests on it.
_COLUMNS = """
SELECT c.relname, a.attname, coalesce(string_agg(DISTINCT k.kind, ', '), '')
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN LATERAL (
    SELECT CASE contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' END AS kind
    FROM pg_constraint WHERE conrelid = c.oid AND a.attnum = ANY (conkey) AND contype IN ('p', 'u', 'f')
    UNION ALL SELECT 'index' FROM pg_index
    WHERE indrelid = c.oid AND (a.attnum = ANY (indkey::int2[])
        OR coalesce(pg_get_expr(indexprs, indrelid), '') ~ ('\\m' || a.attname || '\\M'))
    UNION ALL SELECT 'partition key' FROM pg_partitioned_table
    WHERE partrelid = c.oid AND a.attnum = ANY (partattrs::int2[])
) k ON true
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
GROUP BY 1, 2 ORDER BY 1, 2
"""


def _columns(alias: str = "default") -> list[tuple[str, str, str]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_COLUMNS)
        return list(cursor.fetchall())


def in_tables(columns: list[tuple[str, str, str]]) -> list[str]:
    """Return each column that names a USI, and each key over the place where it is kept."""
    named = [f"{table}.{column} names a USI" for table, column, _ in columns if _NAME.search(f"{column}")]
    keyed = [f"{table}.{column}: {keys}" for table, column, keys in columns if (table, column) == _SEALED and keys]
    keyed += [f"{table}.{column}: {keys}" for table, column, keys in columns if _NAME.search(column) and keys]
    return named + keyed


def in_addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield each route that mentions a USI in its words or as a parameter."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from in_addresses(pattern.url_patterns, route)
        elif re.search(r"(?<![a-z])usis?(?![a-z])", route, re.IGNORECASE):
            yield route


def _holds_one(node: ast.AST) -> bool:
    """Say whether an expression mentions a variable, an attribute or a key that holds a USI."""
    for inner in ast.walk(node):
        name = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            name = str(inner.slice.value)
        if _VALUE.search(name):
            return True
    return False


def _called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def in_code(tree: ast.Module) -> Iterator[str]:
    """Yield where a USI is written into a text, an error, a log line, an address or a file name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and _holds_one(node.value):
            yield f"line {node.lineno}: written into a text"
        elif isinstance(node, ast.Raise) and node.exc is not None and _holds_one(node.exc):
            yield f"line {node.lineno}: raised in an error"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mod) and _holds_one(node.right):
            yield f"line {node.lineno}: written into a text or a path"
        elif isinstance(node, ast.Call):
            given = [*node.args, *(word.value for word in node.keywords)]
            if _called(node) in _LOGGING | _ADDRESSING | {"format", "print"} and any(map(_holds_one, given)):
                yield f"line {node.lineno}: given to {_called(node)}"
    for function in functions(tree):
        for argument in function.args.args + function.args.kwonlyargs:
            if _VALUE.search(argument.arg) and function.args.args[:1] and function.args.args[0].arg == "request":
                yield f"line {function.lineno}: a page takes it from its address"


def in_template(text: str, *, typst: bool = False) -> list[str]:
    """Return each place of a template that prints a variable named for a USI."""
    found = _TYPST_VARIABLE if typst else _TEMPLATE_VARIABLE
    return [match.group() for match in found.finditer(text)]


def _templates() -> Iterator[Path]:
    for folder in ("web/templates", "notices/mail", "documents/templates"):
        yield from (file for file in (PACKAGE / folder).rglob("*") if file.is_file())


@pytest.mark.django_db
def test_no_key_index_or_column_is_made_of_the_usi() -> None:
    columns = _columns()
    assert _SEALED in {(table, column) for table, column, _ in columns}
    assert in_tables(columns) == []


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("planted", "caught"),
    [
        ("CREATE TABLE planted (usi text PRIMARY KEY)", "planted.usi: index, primary key"),
        ("CREATE TABLE planted (id int, student_usi text UNIQUE)", "planted.student_usi: index, unique"),
        ("CREATE TABLE planted (id int, usi text) PARTITION BY HASH (usi)", "planted.usi: partition key"),
        ("CREATE TABLE planted (usi text); CREATE INDEX ON planted (lower(usi))", "planted.usi: index"),
        ("CREATE INDEX planted ON students_identifier (sealed)", "students_identifier.sealed: index"),
        ("ALTER TABLE students_student ADD COLUMN usi_hash bytea", "students_student.usi_hash names a USI"),
    ],
)
def test_a_planted_key_or_column_is_caught(planted: str, caught: str) -> None:
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute(planted)
        assert caught in in_tables(_columns("owner"))
        transaction.set_rollback(True, using="owner")


def test_no_address_mentions_the_usi() -> None:
    patterns = get_resolver().url_patterns
    assert len(patterns) > 3
    assert list(in_addresses(patterns)) == []


def test_a_planted_address_is_caught() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert list(in_addresses([path("people/<str:usi>/", page)])) == ["people/<str:usi>/"]
    assert list(in_addresses([path("usi/<int:number>/", page), path("musings/<int:n>/", page)])) == [
        "usi/<int:number>/"
    ]


def test_no_code_writes_the_usi_into_a_text() -> None:
    found = [
        f"{place(file)} {fault}"
        for file in python_files("testamur")
        for fault in in_code(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'logger.warning("no match for %s", row.usi)',
        'logger.info("row", extra={"usi": usi})',
        'raise NotFound(f"nobody has {usi}")',
        'raise NotFound("nobody has " + student_usi)',
        "target = folder / f'{row[\"usi\"]}.pdf'",
        "target = folder / usi",
        'text = "USI %s" % usi',
        'text = "USI {}".format(usi)',
        'reverse("student", args=[usi])',
        "print(usi)",
        "def page(request, usi): ...",
    ],
)
def test_planted_code_is_caught(planted: str) -> None:
    assert list(in_code(ast.parse(planted))) != []


@pytest.mark.parametrize(
    "harmless",
    [
        'columns = [*names, "usi"]',
        'kind = "usi"',
        "shape = f'[{USI_ALPHABET}]{{10}}'",
        "logger.info(museum)",
        "usi = seal(usi)",
    ],
)
def test_harmless_code_is_left_alone(harmless: str) -> None:
    assert list(in_code(ast.parse(harmless))) == []


def test_no_template_prints_the_usi() -> None:
    templates = list(_templates())
    assert len(templates) > 20
    assert [place(file) for file in templates if in_template(file.read_text(), typst=file.suffix == ".typ")] == []


def test_a_planted_template_is_caught() -> None:
    assert in_template("<p>{{ student.usi }}</p>") == ["{{ student.usi }}"]
    assert in_template("{% if person.usi %}x{% endif %}") == ["{% if person.usi %}"]
    assert in_template("#data.usi", typst=True) == ["usi"]
    assert in_template("<p>Your USI is never shown. {{ music }}</p>") == []
