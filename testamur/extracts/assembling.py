"""From what the register holds of a person at one provider to the input of a certified extract (CQR-10…12, TEQ-12, TEQ-13).

Results stand as the provider lodged them, grouped by course; what was not lodged is left out and never inferred.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from testamur.documents.extract import (
    Course,
    Holder,
    Issuer,
    LodgedDocument,
    Provenance,
    Provider,
    Standing,
    UnitRow,
)
from testamur.documents.proofs import ProvenRecord
from testamur.documents.rules import is_usi
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
FILE_WORDS: Final = {"course result": "student results file", "unit result": "student results file"}
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


def courses_of(versions: Sequence[RecordedVersion]) -> list[CourseOfStudy]:
    """Return the courses of some versions, the oldest study first, each with its units."""
    keys = dict.fromkeys(
        version.course or _NO_COURSE for version in versions if version.kind.label in {"course result", "unit result"}
    )
    return [_course_of(key, versions) for key in keys]


def _course_of(key: tuple[str, str], versions: Sequence[RecordedVersion]) -> CourseOfStudy:
    """Put one course together."""
    own = [version for version in versions if (version.course or _NO_COURSE) == key]
    results = [version for version in own if version.kind.label == "course result"]
    units = tuple(version for version in own if version.kind.label == "unit result")
    last = results[-1] if results else None
    words, standing = status_of(last.facts) if last else ("No result for the course itself was lodged", "open")
    completed = year_of(last.facts, "completed_year") if last else None
    years = [year for version in (*results, *units) if (year := year_of(version.facts))]
    if completed:
        years.append(completed)
        words = f"{words} {completed}" if standing == "achieved" else words
    return CourseOfStudy(key[0], key[1], _years(years), words, standing, completed, last, units)


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
            title=course.title or "Course without a title",
            level="",
            years=course.years,
            status_words=course.status_words,
            units=tuple(_unit(unit) for unit in course.units),
        )
        for course in courses_of(versions)
    )


def _unit(version: RecordedVersion) -> UnitRow:
    """Return one unit as an extract shows it."""
    facts = version.facts
    words, standing = status_of(facts)
    code, title = version.unit or ("", "")
    return UnitRow(
        code=code,
        title=title or "Unit without a title",
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
        provenance=provenance_of(version),
    )


def _text(facts: Mapping[str, Any], key: str) -> str | None:
    """Return a fact as text, None where it was not lodged."""
    value = facts.get(key)
    return None if value is None else str(value)


def provenance_of(version: RecordedVersion) -> Provenance | None:
    """Return the line of the lodged file that says so, None for what no line says."""
    if version.line is None:
        return None
    name = FILE_WORDS.get(version.kind.label, "student records file")
    return Provenance(name, version.file_sha256, version.line, version.recorded_date)


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
