"""Documents of made-up people by which a template is tried: the example of each kind, and its fullest, barest and longest case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from testamur.documents.certification.assets import load_asset, shipped
from testamur.documents.certification.inputs import (
    AcademicTranscript,
    Certification,
    Device,
    HeTestamur,
    InLanguage,
    Issue,
    Product,
    RecordOfResults,
    Reissue,
    StatementOfAttainment,
    Testamur,
    UnitName,
)
from testamur.documents.certification.reading import read_document

EXAMPLES: Final = Path(__file__).parent / "examples"
_LONG_NAME: Final = " ".join(["Maximiliana"] * 10)
_UNITS: Final = tuple(UnitName(f"ZZZTST{at:03}", f"Specimen unit of competency number {at}") for at in range(1, 13))


@cache
def example(kind: str) -> Certification:
    """Return the documented example of a kind."""
    text = (EXAMPLES / f"{kind}.json").read_text(encoding="utf-8")
    return read_document(kind, text, lambda named: load_asset(named, EXAMPLES))


def specimens(kind: str) -> Mapping[str, Certification]:
    """Return the documents by which a template of one kind is tried, by name."""
    plain = example(kind)
    full = _full(plain)
    longest = replace(plain, issue=replace(plain.issue, holder=_LONG_NAME))
    marked = replace(plain, issue=replace(plain.issue, device=Device("watermark", shipped("watermark"))))
    return {"example": plain, "full": full, "bare": _bare(plain), "long name": longest, "watermark": marked}


def _languages() -> tuple[InLanguage, ...]:
    """Return two languages with a unit each."""
    return InLanguage("Vietnamese", _UNITS[:2]), InLanguage("Auslan", _UNITS[1:3])


def _full_issue(issue: Issue) -> Issue:
    """Return an issue with all that an issue can show."""
    second = replace(issue.signatories[0], name="Tobias Specimen", position="Second authorised signatory")
    return replace(issue, signatories=(issue.signatories[0], second), reissued=Reissue(date(2027, 5, 3)))


def _full(document: Certification) -> Certification:
    """Return a document that shows everything its kind can show."""
    issue = _full_issue(document.issue)
    product = Product("ZZZ30199", "Certificate III in Specimens", "Specimen services", "Templates")
    if isinstance(document, Testamur):
        return replace(document, issue=issue, qualification=product, apprenticeship=True, languages=_languages())
    if isinstance(document, StatementOfAttainment):
        return replace(
            document,
            issue=issue,
            units=_UNITS,
            skill_set=Product("ZZZSS00001", "Specimen Skill Set"),
            part_of=(product, Product("ZZZ40199", "Certificate IV in Specimens")),
            languages=_languages(),
        )
    if isinstance(document, RecordOfResults):
        return replace(
            document,
            issue=issue,
            product=product,
            languages=_languages(),
            stands_alone=True,
            completed_on=issue.issued_on,
        )
    if isinstance(document, HeTestamur):
        return replace(
            document,
            issue=issue,
            majors=("Ecology", "Law"),
            honours="First Class Honours",
            language_note="Taught in German",
        )
    if isinstance(document, AcademicTranscript):
        return replace(document, issue=issue, language_note="Taught in German", prizes=("Specimen Prize, 2026",))
    return replace(document, issue=issue, award=replace(document.award, honours="First Class Honours"))


def _bare(document: Certification) -> Certification:
    """Return a document without anything that may be absent."""
    product = Product("ZZZ30199", "Certificate III in Specimens")
    if isinstance(document, Testamur):
        return replace(document, qualification=product, apprenticeship=False, languages=())
    if isinstance(document, StatementOfAttainment):
        return replace(document, units=_UNITS[:1], skill_set=None, part_of=(), completion_of=product, languages=())
    if isinstance(document, RecordOfResults):
        return replace(document, product=product, languages=(), stands_alone=False, completed_on=None)
    if isinstance(document, HeTestamur):
        return replace(document, majors=(), honours=None, language_note=None)
    if isinstance(document, AcademicTranscript):
        return replace(document, prizes=(), notes=(), language_note=None, student_number=None)
    return replace(document, achievements=(), student_number=None)
