"""Pages about the rules on files: the columns of each file, every case of every rule, and where the profiles differ."""

from collections.abc import Sequence
from typing import Final

from testamur.kernel.verdict import Severity
from testamur.service import filerules
from testamur.service.docs.rule_pages import grid
from testamur.service.filerules import FileRule
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import FileLayout

_HEADS: Final = ("Rule", "Column", "Strict", "Tolerant", "What it says", "What to do", "Source")


def pages() -> dict[str, str]:
    """Return a page for every format of files."""
    return {f"rules/{name}-files.md": format_page(name) for name in FORMATS}


def format_page(name: str) -> str:
    """Return a format's page."""
    rules = filerules.file_rules(name)
    form = FORMATS[name]
    files = form.layout.files
    whole = [rule for rule in rules if rule.file == filerules.WHOLE_FILES]
    doubts = [rule for rule in rules if rule.file == filerules.DOUBTS]
    parts = [
        f"# {form.title}: columns and rules",
        f"<!-- Written by `testamur docs` from testamur/submissions/layouts/{name}; change those files, not this one. -->",
        "An error keeps its row out, a warning or info does not. The strict profile is the definition as written and is "
        "used unless another is asked for; the tolerant profile follows the practice of today's collection where the two "
        f"differ. Check files with `testamur files check PATH --format {name} --profile strict`.",
        *_readings(form.layout.readings),
        *(part for kind, layout in files.items() for part in _file(layout, [r for r in rules if r.file == kind])),
        "## Whole files",
        grid(_HEADS, [_line(rule) for rule in whole]),
        "## Duplicate and impossible records",
        "Compared with what the register holds of the same provider, its registration, and the first release of units. The "
        "provider may go on; what is sealed so becomes an item of the regulator's queue. The words are in "
        "testamur/submissions/layouts/doubts.toml.",
        grid(_HEADS, [_line(rule) for rule in doubts]),
        "## Where the profiles differ",
        "The tolerant profile reads cells without the spaces around them. Besides:",
        grid(("File", *_HEADS), [(rule.file, *_line(rule)) for rule in rules if rule.differs]),
    ]
    return "\n\n".join(parts) + "\n"


def _readings(sentences: Sequence[str]) -> list[str]:
    """Return how files are read where the definition leaves room, a point a sentence."""
    return ["## How files are read", "\n".join(f"* {said}" for said in sentences)] if sentences else []


def _file(layout: FileLayout, rules: Sequence[FileRule]) -> list[str]:
    """Return one kind of file's columns and rules."""
    placed = any(field.positions for field in layout.fields)
    last = "Positions" if placed else "Element of today's collection"
    columns = [
        (
            field.rule,
            field.header,
            field.need,
            str(field.max_length or ""),
            field.allowed or "",
            (field.positions if placed else field.tcsi) or "",
        )
        for field in layout.fields
    ]
    return [
        f"## {layout.title} (`{layout.kind}`)",
        f"Source: {layout.source}.",
        grid(("Rule", "Column", "Need", "Width", "Allowed", last), columns),
        f"### Rules on {layout.title.lower()}",
        grid(_HEADS, [_line(rule) for rule in rules]),
    ]


def _line(rule: FileRule) -> tuple[str, ...]:
    """Return one case of a rule as a line."""
    weights = (_weight(rule.strict), _weight(rule.tolerant))
    return (rule.rule, rule.column or "", *weights, rule.message, rule.fix, rule.source)


def _weight(severity: Severity | None) -> str:
    """Return a severity as a word."""
    return severity.value if severity else "–"
