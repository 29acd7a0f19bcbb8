"""From what the register holds of a person at one provider to the input of a certified extract (CQR-10…12, TEQ-12, TEQ-13).

Results stand as the provider lodged them, grouped by course; what was not lodged is left out and never inferred.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from testamur.documents.extract import (
    Course,
    Holder,
    Issuer,
    LodgedDocument,
    Provider,
    ProviderCertificate,
    UnitRow,
)
from testamur.documents.proofs import ProvenRecord
from testamur.documents.provenance import Provenance
from testamur.documents.rules import is_usi
from testamur.documents.years import Standing
from testamur.extracts.certificates import LodgedCertificate, certificates_of, said_by, says_no_more
from testamur.log.queries import Proof
from testamur.providers.queries import ProviderCard, Regulator
from testamur.register.queries import RecordedVersion
from testamur.students.queries import StudentCard

STATUS_WORDS: Final[dict[str, tuple[str, Standing]]] = {
    "1": ("Withdrew without penalty", "not_achieved"),
    "2": ("Not passed", "not_achieved"),
    "3": ("Completed", "achieved"),
    "4": ("Not finished when lodged", "open"),
    "5": ("Credit for earlier learning", "achieved"),
    "6": ("Withdrew for medical reasons", "not_achieved"),
}
# National outcome identifiers of vocational training that the register keeps (AVETMISS data element definitions, edition 2.3).
OUTCOME_WORDS: Final[dict[str, tuple[str, Standing]]] = {
    "20": ("Competent", "achieved"),
    "41": ("Incomplete, the provider closed", "open"),
    "51": ("Recognition of prior learning", "achieved"),
    "60": ("Credit transfer", "achieved"),
    "81": ("Completed, not assessed", "open"),
}
DOCUMENT_WORDS: Final = {
    "academic transcripts": "Academic transcript",
    "testamurs": "Testamur",
    "ahegs": "Graduation statement (AHEGS)",
}
_RESULTS: Final = ("course result", "unit result")
_FORMAT_WORDS: Final = {"cqr2": "CQR data file", "certificates": "certificate register", "issued": "issued document"}
_NO_COURSE: Final = ("", "Units that were lodged without a course")


@dataclass(frozen=True, slots=True)
class CourseOfStudy:
    """One course as lodged: code, title, years, status in words, and its unit versions in the order of study."""

    code: str
    title: str
    years: str
    status_words: str
    standing: Standing
    completed_year: int | None
    result: RecordedVersion | None
    units: tuple[RecordedVersion, ...]


def status_of(facts: Mapping[str, Any]) -> tuple[str, Standing]:
    """Return a result's status in words and how it stands: a national outcome of vocational training, or a status code."""
    if outcome := facts.get("outcome"):
        return OUTCOME_WORDS.get(str(outcome), (f"Outcome {outcome}", "open"))
    if facts.get("completed"):
        return "Completed", "achieved"
    return STATUS_WORDS.get(str(facts.get("status") or ""), ("Status not lodged", "open"))


def year_of(facts: Mapping[str, Any], key: str = "year") -> int | None:
    """Return a year as lodged, or that of the day on which it ended; 0 means that it is not known."""
    day = facts.get("completed") or facts.get("ended")
    value = facts.get(key) or (str(day)[:4] if day else None)
    return int(value) if value else None


def years_of(version: RecordedVersion) -> set[int]:
    """Return the years in which a record says that its student was here: of study, from a unit's beginning to its end.

    A certificate is issued after the study that it attests, mostly within a year: the year of its issue and the one before.
    """
    facts = version.facts
    if version.kind.label == "certificate":
        issued = int(str(facts.get("issued") or "0")[:4])
        return {issued - 1, issued} if issued else set()
    begun = int(str(facts.get("started") or "0")[:4])
    return {year for year in (year_of(facts), year_of(facts, "completed_year"), begun) if year}


def courses_of(versions: Sequence[RecordedVersion]) -> list[CourseOfStudy]:
    """Return the courses of some versions, the oldest study first, each with its units.

    A course that stands once with and once without its title is one course. Units that only a certificate names, and courses
    of which nothing else was lodged, are left to the certificate.
    """
    certificates = certificates_of(versions)
    on_certificates = said_by(certificates)
    shown = [
        version for version in versions if version.kind.label in _RESULTS and not says_no_more(version, on_certificates)
    ]
    titled = {version.course[0]: version.course for version in shown if version.course and version.course[1]}
    by_course: dict[tuple[str, str], list[RecordedVersion]] = {}
    for version in shown:
        key = version.course or _NO_COURSE
        by_course.setdefault(key if key[1] else titled.get(key[0], key), []).append(version)
    return [_course_of(key, own, certificates) for key, own in by_course.items()]


def _course_of(
    key: tuple[str, str], own: Sequence[RecordedVersion], certificates: Sequence[LodgedCertificate]
) -> CourseOfStudy:
    """Put one course together."""
    results = [version for version in own if version.kind.label == "course result"]
    units = [version for version in own if version.kind.label == "unit result"]
    last = results[-1] if results else None
    words, standing = status_of(last.facts) if last else ("No result for the course itself was lodged", "open")
    completed = year_of(last.facts, "completed_year") if last else None
    years = [year for version in (*results, *units) if (year := year_of(version.facts))]
    if last and completed:
        years.append(completed)
        words = f"{words} {_when_completed(last.facts, completed)}" if standing == "achieved" else words
    issued = [one for one in certificates if one.whole and one.course_code == key[0]]
    if last is None and issued:
        words, standing, completed = (
            f"{issued[0].kind} {issued[0].number} issued {_day(issued[0].issued)}",
            "achieved",
            None,
        )
    return CourseOfStudy(
        key[0], key[1], _years(years), words, standing, completed, last, tuple(sorted(units, key=_by_day))
    )


def _when_completed(facts: Mapping[str, Any], year: int) -> str:
    """Return the day of completion where it was lodged, the year otherwise."""
    return _day(date.fromisoformat(facts["completed"])) if facts.get("completed") else str(year)


def _day(day: date | None) -> str:
    """Return a day as a person reads it."""
    return f"{day.day} {day:%B %Y}" if day else ""


def _by_day(unit: RecordedVersion) -> tuple[int, str]:
    """Order units by the year and the day on which they ended; where only the year was lodged their order stays."""
    return year_of(unit.facts) or 0, str(unit.facts.get("ended") or "")


def _years(years: Sequence[int]) -> str:
    """Return years as first–last."""
    if not years:
        return ""
    return str(min(years)) if min(years) == max(years) else f"{min(years)}–{max(years)}"


def extract_courses(versions: Sequence[RecordedVersion]) -> tuple[Course, ...]:
    """Return the courses as an extract shows them."""
    return tuple(
        Course(
            code=course.code,
            title=course.title,
            level="",
            years=course.years,
            status_words=course.status_words,
            units=_rows(course.units),
            unit_heading="Unit of competency" if _vocational(course) else "Unit of study",
        )
        for course in courses_of(versions)
    )


def _vocational(course: CourseOfStudy) -> bool:
    """Say whether the units of a course have national outcomes of vocational training."""
    return any("outcome" in unit.facts for unit in course.units)


def _rows(units: Sequence[RecordedVersion]) -> tuple[UnitRow, ...]:
    """Return units as rows; one that another file says too, with the same result on the same day, is one row with both lines."""
    rows: list[UnitRow] = []
    for row in map(_unit, units):
        place = next((place for place, held in enumerate(rows) if _say_the_same(held, row)), None)
        if place is None:
            rows.append(row)
        else:
            rows[place] = _joined(rows[place], row)
    return tuple(rows)


def _say_the_same(one: UnitRow, other: UnitRow) -> bool:
    """Say whether lines of two files tell of one result: code, result and day of the end agree, nothing else differs."""
    if one.ended is None or (one.code, one.status_words, one.ended) != (other.code, other.status_words, other.ended):
        return False
    apart = {source.file for source in one.sources}.isdisjoint(source.file for source in other.sources)
    return apart and (one.started is None or other.started is None or one.started == other.started)


def _joined(one: UnitRow, other: UnitRow) -> UnitRow:
    """Return two rows that say the same as one."""
    started = one.started or other.started
    return replace(one, title=one.title or other.title, started=started, also=(*one.also, *other.sources))


def _unit(version: RecordedVersion) -> UnitRow:
    """Return one unit as an extract shows it."""
    facts = version.facts
    words, standing = status_of(facts)
    code, title = version.unit or ("", "")
    return UnitRow(
        code=code,
        title=title,
        year=year_of(facts),
        status_words=words,
        standing=standing,
        mark=_text(facts, "mark"),
        grade=_text(facts, "grade"),
        grade_description=_text(facts, "grade_description"),
        credit=_text(facts, "credit"),
        weighting=_text(facts, "weighting"),
        language_note=_text(facts, "language"),
        component=_text(facts, "subsidiary"),
        started=_date(facts, "started"),
        ended=_date(facts, "ended"),
        provenance=provenance_of(version),
    )


def extract_certificates(versions: Sequence[RecordedVersion]) -> tuple[ProviderCertificate, ...]:
    """Return the certificates as an extract shows them, with titles that the provider lodged elsewhere."""
    titles = {version.course[0]: version.course[1] for version in versions if version.course and version.course[1]}
    return tuple(
        ProviderCertificate(
            kind=one.kind,
            number=one.number,
            issued_on=one.issued,
            language=one.language,
            course_code=one.course_code,
            course_title=one.course_title or titles.get(one.course_code, ""),
            units=one.units,
            provenance=provenance_of(one.version),
        )
        for one in certificates_of(versions)
    )


def _date(facts: Mapping[str, Any], key: str) -> date | None:
    """Return a fact that is a day, None where it was not lodged."""
    return date.fromisoformat(facts[key]) if facts.get(key) else None


def _text(facts: Mapping[str, Any], key: str) -> str | None:
    """Return a fact as text, None where it was not lodged."""
    value = facts.get(key)
    return None if value is None else str(value)


def provenance_of(version: RecordedVersion) -> Provenance | None:
    """Return the line of the lodged file that says so, None for what no line says."""
    if version.line is None:
        return None
    return Provenance(file_words(version), version.file_sha256, version.line, version.recorded_date)


def file_words(version: RecordedVersion) -> str:
    """Return what kind of file a version comes from: NAT files by their number, others by the name of their format."""
    if version.part.startswith("NAT"):
        return f"{version.part.split()[0]} file"
    results = version.kind.label in _RESULTS
    return _FORMAT_WORDS.get(version.format, "student results file" if results else "student records file")


def document_words(facts: Mapping[str, Any]) -> str:
    """Return the kind of a lodged document in words."""
    kind = str(facts.get("document", ""))
    return DOCUMENT_WORDS.get(kind, kind.capitalize() or "Document")


def lodged_document(version: RecordedVersion, pages: int) -> LodgedDocument:
    """Return a lodged document as an extract lists it."""
    return LodgedDocument(document_words(version.facts), str(version.facts["sha256"]), pages)


def holder_of(cards: Sequence[StudentCard]) -> Holder:
    """Return the person as the provider named them last; a number that looks like a national identifier is left out (USI-05)."""
    last = cards[-1]
    number = None if is_usi(last.local_id) else last.local_id
    return Holder(last.printed_name, last.birth.printed(), number)


def issuer_of(regulator: Regulator, *, register_name: str) -> Issuer:
    """Return who certifies, under which law, and where questions go."""
    contact = regulator.contact_email or regulator.contact_url or regulator.contact_phone or regulator.contact_name
    return Issuer(register_name, regulator.basis, contact)


def provider_of(card: ProviderCard, *, status: str, ended_on: date | None) -> Provider:
    """Return the provider as an extract names it."""
    trading = tuple(held.name for held in card.names if "rading" in held.label and held.used_until is None)
    codes = tuple((code.label, code.value) for code in card.codes)
    abn = (("ABN", card.abn_printed),) if card.abn else ()
    return Provider(card.legal_name, trading, codes + abn, status, ended_on)


def proven(version: RecordedVersion, row_key: bytes, proof: Proof) -> ProvenRecord:
    """Return a version with what opens its leaf and leads to the root."""
    return ProvenRecord(json.loads(version.header), json.loads(version.facts_json), row_key, proof.index, proof.hashes)
