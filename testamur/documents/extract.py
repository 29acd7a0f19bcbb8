"""The certified extract of results: what goes in, and the page that comes out (CQR-10, CQR-11, TEQ-12, TEQ-13).

Another package assembles an ExtractInput from the register; this file writes it down as plain text for the template and
renders it. Everything the page shows is in the input or in the dated wording, so the same input gives the same bytes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.documents.provenance import File, Provenance, letters_of, printed_sources, source_line
from testamur.documents.qr import qr_code
from testamur.documents.render import render
from testamur.documents.wording import Wording, wording_on
from testamur.documents.years import Standing, years_pictured
from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.identifiers import parse_public_number, printed

TEMPLATE: Final = "extract"
PROOFS_NAME: Final = "record-proofs.json"
_RUNNING_HEAD: Final = 48
_OPTIONAL: Final = ("started", "ended", "mark", "grade", "credit")


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
class UnitRow:
    """One unit result as lodged. Numbers travel as text, exactly as lodged; None is "not lodged", so is a blank title.

    `standing` only chooses the mark in the picture; `status_words` is what is printed. `also` are further lines that
    say the same and no more.
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
    started: date | None = None
    ended: date | None = None
    provenance: Provenance | None = None
    also: tuple[Provenance, ...] = ()

    @property
    def sources(self) -> tuple[Provenance, ...]:
        """Return every line that says so."""
        return (self.provenance, *self.also) if self.provenance else self.also


@dataclass(frozen=True, slots=True)
class Course:
    """One course of study with its units; `level` is a kind such as "Bachelor degree", `years` such as "2012-2014".

    `unit_heading` is what the sector calls a unit.
    """

    code: str
    title: str
    level: str
    years: str
    status_words: str
    units: tuple[UnitRow, ...] = ()
    unit_heading: str = "Unit of study"


@dataclass(frozen=True, slots=True)
class ProviderCertificate:
    """A document that the provider issued, as it lodged it: kind in words, its own number, day, language, program, units.

    `units` are (code, title); a title that was not lodged is blank, a language None.
    """

    kind: str
    number: str
    issued_on: date | None
    language: str | None
    course_code: str
    course_title: str
    units: tuple[tuple[str, str], ...]
    provenance: Provenance | None = None


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
    certificates: tuple[ProviderCertificate, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a number whose check character is wrong, and proofs that belong to another number."""
        if parse_public_number(self.number) != self.number:
            raise ValueError("an extract's number is 13 characters with a right check character")
        if self.proofs.get("number") != self.number:
            raise ValueError("the proofs name another number than the extract")

    def units(self) -> list[UnitRow]:
        """Return the units of all courses."""
        return [unit for course in self.courses for unit in course.units]

    def sources(self) -> Iterator[Provenance]:
        """Yield the lines behind everything shown, in the order of the page."""
        for unit in self.units():
            yield from unit.sources
        for certificate in self.certificates:
            if certificate.provenance:
                yield certificate.provenance


def file_name(number: str) -> str:
    """Return the name under which an extract is offered; holds nothing about the person (CQR-10, USI-05)."""
    return f"extract-{number}.pdf"


def render_extract(extract: ExtractInput) -> bytes:
    """Return the unsigned extract; raises MissingGlyph where a character cannot be drawn."""
    return render(TEMPLATE, content_of(extract), day=extract.issued_on)


def content_of(extract: ExtractInput) -> Json:
    """Return what the template prints, as one canonical value; it is kept beside the document for a later rebuild."""
    wording = wording_on(extract.issued_on)
    letters = letters_of(extract.sources())
    units = extract.units()
    titled = {unit.code for unit in units if unit.title}
    return {
        "number": extract.number,
        "number_printed": printed(extract.number),
        "issued": _day(extract.issued_on),
        "issuer": {"name": extract.issuer.name, "basis": extract.issuer.basis, "contact": extract.issuer.contact},
        "holder": _holder(extract.holder),
        "provider": _provider(extract.provider),
        "courses": [_course(course, letters) for course in extract.courses],
        "grades": _grades(units),
        "certificates": [_certificate(one, titled, letters) for one in extract.certificates],
        "sources": [source_line(file, letter, submitted=_long(file[2])) for file, letter in letters.items()],
        "lodged": [_lodged(document) for document in extract.lodged],
        "notes": list(extract.notes),
        "log_line": _log_line(extract.log),
        "proofs": canonical_json(extract.proofs),
        "qr": qr_code(extract.verify_url),
        "verify_url": extract.verify_url,
        "verify_shown": extract.verify_url.partition("://")[2] or extract.verify_url,
        "wording": _words(wording, extract.title),
        **years_pictured(
            [(unit.year, unit.standing) for unit in units],
            [one.issued_on.year for one in extract.certificates if one.issued_on],
        ),
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


def _short(day: date) -> str:
    """Return a date as a narrow column holds it."""
    return f"{day.day} {day:%b %Y}"


def _course(course: Course, letters: Mapping[File, str]) -> Json:
    """Return one course's heading, the columns that hold something, and rows in the order given."""
    code = course.code if course.title else ""
    line = " · ".join(part for part in (code, course.level, course.years, course.status_words) if part)
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
    title = course.title or course.code or "Course without a title"
    return {"title": title, "line": line, "units": rows, "columns": _columns(course), "unit": course.unit_heading}


def _columns(course: Course) -> list[Json]:
    """Return the columns of a course's table: of those that not every provider lodges, the ones that hold something.

    A year that the day of the end says is not said twice.
    """
    units = course.units
    held = [name for name in _OPTIONAL if any(getattr(unit, name) for unit in units)]
    year = ["year"] if any(unit.year and not unit.ended for unit in units) else []
    title = ["title"] if any(unit.title or _note(unit) for unit in units) else []
    return [*year, "code", *title, "status", *held, "source"]


def _note(unit: UnitRow) -> str:
    """Return what stands in small print under a unit."""
    notes = (
        unit.component or "",
        f"taught and assessed in {unit.language_note}" if unit.language_note else "",
        f"weighting {unit.weighting}" if unit.weighting else "",
    )
    return " · ".join(note for note in notes if note)


def _unit(unit: UnitRow, letters: Mapping[File, str]) -> dict[str, Json]:
    """Return one row of the table; what was not lodged is a dash."""
    return {
        "year": str(unit.year) if unit.year else "–",
        "code": unit.code,
        "title": unit.title or "Unit without a title",
        "status_words": unit.status_words,
        "started": _short(unit.started) if unit.started else "–",
        "ended": _short(unit.ended) if unit.ended else "–",
        "mark": unit.mark or "–",
        "grade": unit.grade or "–",
        "credit": unit.credit or "–",
        "note": _note(unit),
        "source": printed_sources(unit.sources, letters),
    }


def _certificate(one: ProviderCertificate, titled: Collection[str], letters: Mapping[File, str]) -> Json:
    """Return one document of the provider; the title of a unit that stands in a table above is not said again."""
    sources = (one.provenance,) if one.provenance else ()
    return {
        "kind": one.kind,
        "number": one.number,
        "issued": _long(one.issued_on) if one.issued_on else "–",
        "language": one.language or "–",
        "course_code": one.course_code,
        "course_title": one.course_title,
        "units": [{"code": code, "title": "" if code in titled else title} for code, title in one.units],
        "source": printed_sources(sources, letters),
    }


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
