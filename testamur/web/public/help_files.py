"""Help: how to prepare the files of each format. Pages and downloads are made from the layouts that the check itself reads.

So they cannot say anything else than the check does; a format that is added appears here by itself (rulebook E.2, D).
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Severity
from testamur.submissions.formats import FORMATS, FileFormat
from testamur.submissions.layouts import Check, FileLayout
from testamur.web.access import Request, public
from testamur.web.parts import Cell, Column, Link, Table
from testamur.web.public.help import help_trail

WHOLE_FILES: Final = "whole files"
DOUBTS: Final = "duplicate and impossible records"
COLUMNS: Final = (
    "File", "Column", "Need", "Width", "Positions", "Allowed", "Rule", "Element of today's collection", "Source",
)  # fmt: skip
RULES: Final = ("File", "Rule", "Column", "Strict", "Tolerant", "What is wrong", "What to do", "Source")
_SECTORS: Final = {"he": "higher education", "vet": "vocational education"}
_NEEDS: Final = {"M": "mandatory", "O": "optional", "S": "optional, of a state"}
_BLANK_TO_FILL: Final = re.compile(r"\{[a-z_]+\}")
Line = tuple[str, ...]


@public
@require_safe
def formats(request: Request) -> HttpResponse:
    """List the formats in which providers lodge."""
    rows = [
        [
            Cell(form.title, url=reverse("public:format", args=[form.name]), note=form.looks_for),
            _SECTORS[form.sector].capitalize(),
            len(form.layout.files),
        ]
        for form in FORMATS.values()
    ]
    table = Table("Formats", ["Format", "For", Column("Kinds of files", numeric=True)], rows)
    return render(request, "public/help_files.html", {"table": table, "crumbs": help_trail()})


@public
@require_safe
def file_format(request: Request, name: str) -> HttpResponse:
    """Show how to prepare the files of a format: its columns, its rules, and both to take away."""
    form = _format(name)
    context = {
        "form_of": form,
        "sector": _SECTORS[form.sector],
        "files": [
            (layout, _columns_table(layout), _rules_table(form, kind, layout.kind)) for kind, layout in _files(form)
        ],
        "whole": _rules_table(form, WHOLE_FILES, WHOLE_FILES),
        "doubts": _rules_table(form, DOUBTS, DOUBTS),
        "columns_url": reverse("public:format_columns", args=[name]),
        "rules_url": reverse("public:format_rules", args=[name]),
        "crumbs": help_trail(Link("Files", reverse("public:formats"))),
        "wide": True,
    }
    return render(request, "public/help_format.html", context)


@public
@require_safe
def columns_csv(request: Request, name: str) -> HttpResponse:
    """Give the columns of a format's files as a table for a spreadsheet."""
    return _csv(f"{name} columns.csv", COLUMNS, column_lines(_format(name)))


@public
@require_safe
def rules_csv(request: Request, name: str) -> HttpResponse:
    """Give the rules of a format as a table for a spreadsheet."""
    return _csv(f"{name} rules.csv", RULES, rule_lines(_format(name)))


def column_lines(form: FileFormat) -> Iterator[Line]:
    """Yield one line a column of every kind of file, as COLUMNS names them."""
    for kind, layout in _files(form):
        for field in layout.fields:
            width = str(field.max_length or "")
            need = _NEEDS.get(field.need, field.need)
            place, allowed, element = field.positions or "", field.allowed or "", field.tcsi or ""
            yield kind, field.header, need, width, place, allowed, field.rule, element, field.source


def rule_lines(form: FileFormat) -> Iterator[Line]:
    """Yield one line a case of every rule, as RULES names them; an ellipsis stands for a row or a count."""
    for kind, check in _checks(form):
        said = (_BLANK_TO_FILL.sub("…", check.message), _BLANK_TO_FILL.sub("…", check.fix))
        yield kind, check.rule, check.column or "", _weight(check.strict), _weight(check.tolerant), *said, check.source


def _checks(form: FileFormat) -> Iterator[tuple[str, Check]]:
    """Yield every check of a format with the kind of file that it is about."""
    for kind, layout in _files(form):
        for field in layout.fields:
            yield from ((kind, check) for check in field.checks)
        yield from ((kind, check) for check in layout.rules)
    yield from ((WHOLE_FILES, check) for check in form.layout.bundle.values())
    yield from ((DOUBTS, check) for check in form.layout.doubts.values())


def _files(form: FileFormat) -> list[tuple[str, FileLayout]]:
    """Return the kinds of files of a format, in their order."""
    return list(form.layout.files.items())


def _format(name: str) -> FileFormat:
    """Return a format by its name; raises NotFound."""
    if name not in FORMATS:
        raise NotFound("The register takes no files of this format. Open the list of formats and choose one.")
    return FORMATS[name]


def _weight(severity: Severity | None) -> str:
    """Return a severity as a word; a dash where a profile leaves the case out."""
    return severity.value if severity else "–"


def _columns_table(layout: FileLayout) -> Table:
    """Return the columns of one kind of file; of files without separators the positions at which each stands."""
    placed = any(field.positions for field in layout.fields)
    needs = {field.need: _NEEDS.get(field.need, field.need) for field in layout.fields}
    rows = [
        [
            Cell(field.header, note=field.allowed or ""),
            needs[field.need][:1].upper() + needs[field.need][1:],
            str(field.max_length or ""),
            (field.positions or "") if placed else field.rule,
        ]
        for field in layout.fields
    ]
    return Table(
        f"Columns of {layout.title[:1].lower()}{layout.title[1:]} ({layout.kind})",
        ["Column", "Need", Column("Width", numeric=True), Column("Positions", numeric=True) if placed else "Rule"],
        rows,
    )


def _rules_table(form: FileFormat, kind: str, title: str) -> Table:
    """Return the rules about one kind of file, or about whole files."""
    rows = [
        [Cell(rule, note=column), strict, tolerant, Cell(message, note=fix)]
        for where, rule, column, strict, tolerant, message, fix, _ in rule_lines(form)
        if where == kind
    ]
    return Table(
        f"Rules on {title}",
        ["Rule", "Strict", "Tolerant", "What is wrong, and what to do"],
        rows,
        empty="There are none.",
    )


def _csv(name: str, heads: Line, lines: Iterable[Line]) -> HttpResponse:
    """Return a table as CSV; a byte-order mark tells spreadsheets that it is UTF-8."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    writer.writerow(heads)
    writer.writerows(lines)
    return answer
