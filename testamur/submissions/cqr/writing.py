"""Write certificates as a CQR data file, version 2.00, that the check beside it reads again without an error."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from testamur.submissions.certificates.days import printed

VERSION_LINE = "[VERSION200]"
_GENDERS = {"M": "M", "F": "F", "X": "X"}


@dataclass(frozen=True, slots=True)
class CqrCertificate:
    """One certificate as the file names it: `kind` Q or S, `units` the codes of achieved units; None is not held.

    `trs_number` or `student_id` is needed. A missing given name or surname is written as a hyphen (one name), a gender other
    than M and F as @, but X as it was lodged, which the tolerant profile reads.
    """

    student_id: str | None
    given_name: str | None
    surname: str | None
    birth_date: date | None
    gender: str | None
    program_code: str | None
    kind: str
    issue_date: date
    number: str
    language: str | None
    units: tuple[str, ...]
    trs_number: str | None = None


def cqr_file(rows: Iterable[CqrCertificate]) -> bytes:
    """Return the file: UTF-8, CRLF, TAB between cells, line 1 `[VERSION200]`, one line a certificate, no header row.

    The file has no place for titles, results and dates of units, other names, USIs and e-mail addresses, and none for a
    spreadsheet to run a formula in that its readers would not show: cells are text of a text file. A date of birth that is
    not held is written 01/01/1901, a language that is not held as English.
    """
    return f"{VERSION_LINE}\r\n".encode() + cqr_lines(rows)


def cqr_lines(rows: Iterable[CqrCertificate]) -> bytes:
    """Return the lines of certificates, each with its line end, without line 1."""
    return "".join(f"{line}\r\n" for line in ("\t".join(_cells(row)) for row in rows)).encode()


def _cells(row: CqrCertificate) -> list[str]:
    """Return one certificate's cells."""
    return [
        _text(row.trs_number),
        _text(row.student_id),
        _text(row.given_name) or "-",
        _text(row.surname) or "-",
        printed(row.birth_date) if row.birth_date else "01/01/1901",
        _GENDERS.get(row.gender or "", "@"),
        _text(row.program_code),
        row.kind,
        printed(row.issue_date),
        _text(row.number),
        _text(row.language) or "English",
        *(_text(unit) for unit in row.units),
    ]


def _text(text: str | None) -> str:
    """Return a text as a cell: no TAB or line end; quoted where it begins with a quote."""
    plain = " ".join((text or "").split())
    return '"' + plain.replace('"', '""') + '"' if plain.startswith('"') else plain
