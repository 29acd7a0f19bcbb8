"""Certificates that a provider lodged, as a table: alike on the student's own page and on the provider's."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from testamur.extracts import assembling
from testamur.extracts.certificates import LodgedCertificate
from testamur.register.queries import RecordedVersion
from testamur.web.parts import Cell, Column, Table
from testamur.web.templatetags.testamur import long_date


def certificates_table(
    certificates: Sequence[LodgedCertificate], caption: str, *, empty: str, small: bool = False
) -> Table:
    """Return certificates as a table: when, what, under which number, in which language, which units, and the line that says so."""
    rows = [_row(one) for one in certificates]
    columns: list[Column | str] = ["Number", "Document", "Issued", "Language", "Units", "Source"]
    return Table(caption, columns, rows, empty=empty, small_caption=small)


def _row(one: LodgedCertificate) -> list[object]:
    """Return one certificate as a row."""
    count = len(one.units)
    codes = ", ".join(f"{code} {title}".strip() for code, title in one.units)
    return [
        Cell(one.number or "none", mono=True),
        Cell(one.kind, note=f"{one.course_code} {one.course_title}".strip()),
        long_date(one.issued) if one.issued else "not known",
        one.language or "–",
        Cell(f"{count} unit{'' if count == 1 else 's'}" if count else "none lodged", note=codes),
        source_cell(one.version),
    ]


def source_cell(version: RecordedVersion) -> Cell:
    """Return the line of the lodged file that says so, with the kind of file, the day and the start of its SHA-256."""
    source = assembling.provenance_of(version)
    if source is None:
        return Cell("not recorded")
    if version.format == "issued":
        return Cell("issued here", note=f"recorded {long_date(source.submitted_on)}, file {source.file_sha256[:8]}")
    lodged = f"lodged {long_date(source.submitted_on)}, file {source.file_sha256[:8]}"
    return Cell(f"line {source.line}", note=f"{source.file_name}, {lodged}")


def day_cell(facts: dict[str, Any], name: str) -> str:
    """Return a day among facts as it is read, a dash where it was not lodged."""
    return long_date(date.fromisoformat(facts[name])) if facts.get(name) else "–"


def held_columns(versions: Sequence[RecordedVersion]) -> list[str]:
    """Return which of the facts that not every provider lodges some results hold: started, ended, mark, grade."""
    return [name for name in ("started", "ended", "mark", "grade") if any(one.facts.get(name) for one in versions)]
