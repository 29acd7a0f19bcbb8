"""The certified extract of results: what goes in, and the page that comes out (CQR-10, CQR-11, TEQ-12, TEQ-13).

Another package assembles an ExtractInput from the register; this file writes it down as plain text for the template and
renders it. Everything the page shows is in the input or in the dated wording, so the same input gives the same bytes.
"""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import segno

from testamur.documents.render import render
from testamur.documents.wording import Wording, wording_on
from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.identifiers import parse_public_number, printed

TEMPLATE: Final = "extract"
PROOFS_NAME: Final = "record-proofs.json"
_MAX_TIMELINE_YEARS: Final = 16
_INK: Final = "#12324a"
_RUNNING_HEAD: Final = 48

Standing = Literal["achieved", "not_achieved", "open"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who certifies: the register's organisation, the law it acts under, and where questions go."""

    name: str
    basis: str
    contact: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose results these are, as printed; `birth_date` is PartialDate.printed(), the number is the provider's own."""

    name: str
    birth_date: str
    student_number: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Who taught; `codes` are pairs such as ("TEQSA", "PRV12345"), `status` words such as "Ceased operating"."""

    legal_name: str
    trading_names: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    status: str = ""
    ceased_on: date | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """The line of the file in which the provider lodged a row."""

    file_name: str
    file_sha256: str
    line: int
    submitted_on: date


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit result as lodged. Numbers travel as text, exactly as lodged; None is "not lodged".

    `standing` only chooses the mark in the picture; `status_words` is what is printed.
    """

    code: str
    title: str
    year: int | None
    status_words: str
    standing: Standing
    mark: str | None = None
    grade: str | None = None
    grade_description: str | None = None
    credit: str | None = None
    weighting: str | None = None
    language_note: str | None = None
    component: str | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One course of study with its units; `level` is a kind such as "Bachelor degree", `years` such as "2012-2014"."""

    code: str
    title: str
    level: str
    years: str
    status_words: str
    units: tuple[UnitRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LodgedDocument:
    """A document of the provider that the register keeps: its kind in words, SHA-256 in hex, and pages."""

    kind: str
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class LogHead:
    """The log's checkpoint that the proofs lead to; `root` is base64 as in the note, `checkpoint` the signed note."""

    origin: str
    tree_size: int
    root: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class ExtractInput:
    """Everything one extract shows.

    `proofs` is the attachment of docs/formats/record-proofs.md (proofs.attachment makes it); `verify_url` is the public
    page of this number; `title` is the regulator's own name for the document, by default that of the wording.
    """

    number: str
    issued_on: date
    issuer: Issuer
    holder: Holder
    provider: Provider
    courses: tuple[Course, ...]
    log: LogHead
    proofs: Mapping[str, Json]
    verify_url: str
    lodged: tuple[LodgedDocument, ...] = ()
    notes: tuple[str, ...] = ()
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse a number whose check character is wrong, and proofs that belong to another number."""
        if parse_public_number(self.number) != self.number:
            raise ValueError("an extract's number is 13 characters with a right check character")
        if self.proofs.get("number") != self.number:
            raise ValueError("the proofs name another number than the extract")


def file_name(number: str) -> str:
    """Return the name under which an extract is offered; holds nothing about the person (CQR-10, USI-05)."""
    return f"extract-{number}.pdf"


def render_extract(extract: ExtractInput) -> bytes:
    """Return the unsigned extract; raises MissingGlyph where a character cannot be drawn."""
    return render(TEMPLATE, content_of(extract), day=extract.issued_on)


def content_of(extract: ExtractInput) -> Json:
    """Return what the template prints, as one canonical value; it is kept beside the document for a later rebuild."""
    wording = wording_on(extract.issued_on)
    letters = _source_letters(extract.courses)
    units = [unit for course in extract.courses for unit in course.units]
    return {
        "number": extract.number,
        "number_printed": printed(extract.number),
        "issued": _day(extract.issued_on),
        "issuer": {"name": extract.issuer.name, "basis": extract.issuer.basis, "contact": extract.issuer.contact},
        "holder": _holder(extract.holder),
        "provider": _provider(extract.provider),
        "courses": [_course(course, letters) for course in extract.courses],
        "grades": _grades(units),
        "sources": [_source(source, letter) for source, letter in letters.items()],
        "lodged": [_lodged(document) for document in extract.lodged],
        "notes": list(extract.notes),
        "log_line": _log_line(extract.log),
        "proofs": canonical_json(extract.proofs),
        "qr": _qr(extract.verify_url),
        "verify_url": extract.verify_url,
        "verify_shown": extract.verify_url.partition("://")[2] or extract.verify_url,
        "wording": _words(wording, extract.title),
        **_timeline(units),
    }


def _long(day: date) -> str:
    """Return a date as a person reads it."""
    return f"{day.day} {day:%B %Y}"


def _day(day: date) -> Json:
    """Return a date with its parts for the document's metadata."""
    return {"year": day.year, "month": day.month, "day": day.day, "printed": _long(day)}


def shortened(text: str) -> str:
    """Return a text cut for a running head."""
    return text if len(text) <= _RUNNING_HEAD else text[: _RUNNING_HEAD - 1].rstrip() + "…"


def _holder(holder: Holder) -> Json:
    """Return the person's lines."""
    return {
        "name": holder.name,
        "name_short": shortened(holder.name),
        "birth_date": holder.birth_date,
        "student_number": holder.student_number,
    }


def _provider(provider: Provider) -> Json:
    """Return the provider's lines."""
    ceased = f"{provider.status} on {_long(provider.ceased_on)}" if provider.ceased_on else provider.status
    return {
        "legal_name": provider.legal_name,
        "legal_name_short": shortened(provider.legal_name),
        "also": "Also traded as " + ", ".join(provider.trading_names) if provider.trading_names else "",
        "codes": " · ".join(f"{kind} {code}" for kind, code in provider.codes),
        "status": ceased,
    }


def _course(course: Course, letters: Mapping["_File", str]) -> Json:
    """Return one course's heading and rows, in the order given."""
    line = " · ".join(part for part in (course.code, course.level, course.years, course.status_words) if part)
    years = [unit.year for unit in course.units]
    rows = []
    for position, unit in enumerate(course.units):
        rows.append(
            {
                **_unit(unit, letters),
                "year_starts": position == 0 or years[position - 1] != unit.year,
                "year_ends": position + 1 == len(years) or years[position + 1] != unit.year,
            }
        )
    return {"title": course.title, "line": line, "units": rows}


def _unit(unit: UnitRow, letters: Mapping["_File", str]) -> dict[str, Json]:
    """Return one row of the table; what was not lodged is a dash."""
    notes = [
        unit.component or "",
        f"taught and assessed in {unit.language_note}" if unit.language_note else "",
        f"weighting {unit.weighting}" if unit.weighting else "",
    ]
    source = unit.provenance
    return {
        "year": str(unit.year) if unit.year else "–",
        "code": unit.code,
        "title": unit.title,
        "status_words": unit.status_words,
        "mark": unit.mark or "–",
        "grade": unit.grade or "–",
        "credit": unit.credit or "–",
        "note": " · ".join(note for note in notes if note),
        "source": f"{letters[_file(source)]} {source.line}" if source else "–",
    }


_File = tuple[str, str, date]


def _file(source: Provenance) -> _File:
    """Return the file behind a row: name, SHA-256, day of submission."""
    return source.file_name, source.file_sha256, source.submitted_on


def _source_letters(courses: Iterable[Course]) -> dict[_File, str]:
    """Give each source file a letter, in order of first use: A to Z, then AA."""
    letters: dict[_File, str] = {}
    for course in courses:
        for unit in course.units:
            if unit.provenance and _file(unit.provenance) not in letters:
                index = len(letters)
                letters[_file(unit.provenance)] = ("" if index < 26 else chr(64 + index // 26)) + chr(65 + index % 26)
    return letters


def _source(source: _File, letter: str) -> Json:
    """Return one line of the list of source files."""
    name, sha256, submitted_on = source
    return {"letter": letter, "name": name, "hash": sha256[:16], "submitted": f"lodged {_long(submitted_on)}"}


def _lodged(document: LodgedDocument) -> Json:
    """Return one line of the list of documents kept."""
    pages = "1 page" if document.pages == 1 else f"{document.pages} pages"
    return {"kind": document.kind, "pages": pages, "hash": f"SHA-256 {document.sha256}"}


def _grades(units: Sequence[UnitRow]) -> list[str]:
    """Return what each grade means in the provider's own words, in order of first use."""
    pairs = dict.fromkeys((u.grade, u.grade_description) for u in units if u.grade and u.grade_description)
    return [f"{grade} {meaning}" for grade, meaning in pairs]


def _log_line(log: LogHead) -> str:
    """Return the line that names the log's checkpoint."""
    if not log.tree_size:
        return "The results had not been sealed into a log when this extract was issued."
    return (
        f"Log {log.origin}, {log.tree_size} entries, root {log.root}. Proofs of every result shown are inside this file as "
        f"{PROOFS_NAME}."
    )


def _words(wording: Wording, title: str | None) -> Json:
    """Return the fixed sentences."""
    return {
        "title": title or wording.title,
        "certification": wording.certification,
        "statements": [statement.text for statement in wording.statements],
        "effective_from": _long(wording.effective_from),
    }


def _qr(address: str) -> str:
    """Return the QR code of an address as SVG text, level M."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=0, dark=_INK, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()


_ORDER: Final = {"achieved": 0, "open": 1, "not_achieved": 2}
_WORDS: Final = {"achieved": "achieved", "open": "without a final result", "not_achieved": "not achieved"}


def _timeline(units: Sequence[UnitRow]) -> dict[str, Json]:
    """Return the picture of the years of study: one mark a unit, one column a year, and the same in words.

    Years without a unit stand as gaps; a record over more years than fit has no picture, the table says it all.
    """
    years = sorted({unit.year for unit in units if unit.year})
    has_open = any(unit.standing == "open" for unit in units)
    empty: dict[str, Json] = {"timeline": [], "timeline_text": "", "timeline_per_row": 1, "has_open": has_open}
    if not years or years[-1] - years[0] >= _MAX_TIMELINE_YEARS:
        return empty
    span = range(years[0], years[-1] + 1)
    marks = {y: sorted((u.standing for u in units if u.year == y), key=_ORDER.__getitem__) for y in span}
    words = [f"{y}: {_counted(marks[y])}" for y in span if marks[y]]
    room = max(1, int(158 / len(span) / 3.3) - 1)
    return {
        "timeline": [{"label": str(year), "marks": list(marks[year])} for year in span],
        "timeline_text": "Units by year of study. " + "; ".join(words) + ".",
        "timeline_per_row": min(6, room),
        "has_open": has_open,
    }


def _counted(marks: Iterable[str]) -> str:
    """Return the marks of a year in words: `7 achieved, 1 not achieved`."""
    return ", ".join(f"{count} {_WORDS[standing]}" for standing, count in Counter(marks).items())
