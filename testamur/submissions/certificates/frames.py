"""Certificates that were read without an error, as typed frames: records, results and certificates as Parquet.

Text is trimmed, runs of white space are one space, control characters are gone, blank is null. A student stands once in
records.parquet, with the names of the latest certificate. A unit of a student stands once in results.parquet for each
course and day, on whichever certificates it is named.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

ACHIEVED: Final = "20"
CREDIT: Final = "60"
ONE_NAME: Final = frozenset({"-", "–", ".", "9999"})
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f�]")
_TEXT, _DAY, _WORD = pl.String(), pl.Date(), pl.Categorical()
_RECORDS: Final = {
    "line": pl.UInt32(),
    "student_code": _TEXT,
    **dict.fromkeys(("title", "surname", "given_name", "other_names"), _TEXT),
    "single_name": pl.Boolean(),
    "birth_earliest": _DAY,
    "birth_latest": _DAY,
    "birth_precision": _TEXT,
    "birth_placeholder": pl.Boolean(),
    "gender": _TEXT,
    **dict.fromkeys(("address_1", "address_2", "suburb", "state", "country", "postcode", "usi"), _TEXT),
    "usi_rejected": pl.Boolean(),
    **dict.fromkeys(("phone", "email"), _TEXT),
    "commencement_date": _DAY,
    "commencement_precision": _TEXT,
}
_RESULTS: Final = {
    "line": pl.UInt32(),
    "student_code": _TEXT,
    **dict.fromkeys(("level", "course_code", "course_name", "unit_code", "unit_name", "outcome"), _WORD),
    "credit": pl.Boolean(),
    **dict.fromkeys(("started", "ended", "completed"), _DAY),
    "issued": pl.Boolean(),
}
_CERTIFICATES: Final = {
    "line": pl.UInt32(),
    "student_code": _TEXT,
    **dict.fromkeys(("certificate_type", "course_code", "course_name"), _TEXT),
    "issued_date": _DAY,
    "number": _TEXT,
    "language": _TEXT,
    "units": pl.List(pl.Struct({"code": pl.String(), "title": pl.String()})),
}


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """One unit of a certificate: code in capitals, title, national outcome code and the day of the result, if given."""

    line: int
    code: str
    title: str | None = None
    outcome: str | None = None
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class ReadCertificate:
    """One certificate without an error. `kind` is Q or S; `birth` is None where the file has a placeholder."""

    line: int
    student_code: str
    given_name: str | None
    surname: str | None
    birth: date | None
    gender: str | None
    kind: str
    program_code: str | None
    issued: date
    number: str
    language: str | None
    units: tuple[ReadUnit, ...]
    other_names: str | None = None
    program_title: str | None = None
    completed: date | None = None
    commenced: date | None = None
    postcode: str | None = None
    identifier: str | None = None
    identifier_rejected: bool = False
    email: str | None = None

    @property
    def single_name(self) -> bool:
        """Say whether the student has one name: a hyphen, full stop or 9999 stands for the other."""
        return self.surname in ONE_NAME or self.given_name in ONE_NAME


def clean(text: str) -> str | None:
    """Return a cell as it is kept: no control characters, single spaces; None for a blank one."""
    return " ".join(_CONTROL.sub("", text).split()) or None


def write_frames(certificates: Sequence[ReadCertificate], folder: Path) -> None:
    """Write records.parquet, results.parquet and certificates.parquet into a folder, in the order of the file."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = {
        "records": _frame(_records(certificates), _RECORDS),
        "results": _frame(_results(certificates), _RESULTS),
        "certificates": _frame([_certificate(item) for item in certificates], _CERTIFICATES),
    }
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet", compression="lz4", statistics=False)


def _frame(rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return rows as a frame sorted by line; columns that rows do not name are null."""
    columns = {name: [row.get(name) for row in rows] for name in schema}
    return pl.DataFrame(columns, schema=schema).sort("line", maintain_order=True)


def _records(certificates: Sequence[ReadCertificate]) -> list[dict[str, Any]]:
    """Return each student once, from the certificate issued last."""
    latest: dict[str, ReadCertificate] = {}
    for item in certificates:
        known = latest.get(item.student_code)
        if known is None or item.issued >= known.issued:
            latest[item.student_code] = item
    return [_record(item) for item in latest.values()]


def _record(item: ReadCertificate) -> dict[str, Any]:
    """Return the student of a certificate."""
    return {
        "line": item.line,
        "student_code": item.student_code,
        "surname": None if item.surname in ONE_NAME else item.surname,
        "given_name": None if item.given_name in ONE_NAME else item.given_name,
        "other_names": item.other_names,
        "single_name": item.single_name,
        "birth_earliest": item.birth,
        "birth_latest": item.birth,
        "birth_precision": "day" if item.birth else "unknown",
        "birth_placeholder": item.birth is None,
        "gender": item.gender,
        "postcode": item.postcode,
        "usi": item.identifier,
        "usi_rejected": item.identifier_rejected,
        "email": item.email,
        "commencement_date": item.commenced,
        "commencement_precision": "day" if item.commenced else None,
    }


def _results(certificates: Sequence[ReadCertificate]) -> list[dict[str, Any]]:
    """Return each achieved unit of a student once for a course and day, and each qualification with its day of completion."""
    rows: dict[tuple[object, ...], dict[str, Any]] = {}
    for item in certificates:
        course = {"course_code": item.program_code, "course_name": item.program_title}
        for unit in item.units:
            key = (item.student_code, item.program_code, unit.code, unit.outcome, unit.ended)
            rows.setdefault(key, {"line": unit.line, "student_code": item.student_code, **course, **_unit(unit)})
        if item.kind == "Q" and item.completed:
            row = {"line": item.line, "student_code": item.student_code, "level": "course", "issued": True}
            rows.setdefault(
                (item.student_code, item.program_code, item.completed), {**row, **course, "completed": item.completed}
            )
    return list(rows.values())


def _unit(unit: ReadUnit) -> dict[str, Any]:
    """Return what a unit adds to its row of results; without an outcome it was achieved, and no more is known."""
    return {
        "level": "unit",
        "unit_code": unit.code,
        "unit_name": unit.title,
        "outcome": unit.outcome or ACHIEVED,
        "credit": None if unit.outcome is None else unit.outcome == CREDIT,
        "ended": unit.ended,
    }


def _certificate(item: ReadCertificate) -> dict[str, Any]:
    """Return a certificate's own row."""
    return {
        "line": item.line,
        "student_code": item.student_code,
        "certificate_type": item.kind,
        "course_code": item.program_code,
        "course_name": item.program_title,
        "issued_date": item.issued,
        "number": item.number,
        "language": item.language,
        "units": [{"code": unit.code, "title": unit.title} for unit in item.units],
    }
