"""What a template prints, as one canonical value: the input in words, with the prescribed sentences of its day.

A template computes nothing about content: it lays out texts and pictures. What a kind may not carry is not handed to its
template at all, so no template of a record of results is ever given the training scheme's logo (LOGO-01).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import singledispatch
from typing import Final

from testamur.documents.certification.assets import Asset
from testamur.documents.certification.inputs import (
    AcademicTranscript,
    Ahegs,
    Award,
    Certification,
    HeTestamur,
    InLanguage,
    Issue,
    Meaning,
    Product,
    RecordOfResults,
    StatementOfAttainment,
    Study,
    Testamur,
    UnitName,
    kind_of,
)
from testamur.documents.certification.wording import CertificationWording, certification_wording
from testamur.documents.qr import qr_code
from testamur.kernel.canonical import Json
from testamur.kernel.identifiers import printed

NRT_ALT: Final = "Nationally Recognised Training logo"
TITLES: Final[Mapping[str, str]] = {
    "testamur": "Testamur",
    "statement-of-attainment": "Statement of Attainment",
    "record-of-results": "Record of Results",
    "he-testamur": "Testamur",
    "academic-transcript": "Academic Transcript",
    "ahegs": "Australian Higher Education Graduation Statement",
}
_CODES: Final = {"RTO": "Registered training organisation", "TEQSA": "TEQSA provider"}
_DATES: Final = {
    "awarded": "Awarded on",
    "conferred": "Conferred on",
    "issued": "Issued on",
    "completed": "Completed on",
}
_DEVICES: Final = {"seal": "Seal", "corporate-identifier": "Corporate identifier", "watermark": "Watermark"}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_RUNNING_HEAD: Final = 60


def long_day(day: date) -> str:
    """Return a date as a person reads it; the months are English in every locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def content_of(document: Certification, *, nrt_logo: Asset | None = None) -> dict[str, Json]:
    """Return what the template prints; `nrt_logo` reaches only a vocational testamur or statement of attainment."""
    kind = kind_of(document)
    wording = certification_wording(document.issue.wording, document.issue.issued_on)
    own = _own(document, wording)
    if isinstance(document, Testamur | StatementOfAttainment):
        own["nrt"] = {"alt": NRT_ALT, "svg": nrt_logo.svg if nrt_logo else None}
    return {"kind": kind, "title": TITLES[kind], **_issue(document.issue), **own}


def code_line(issue: Issue) -> str:
    """Return the line under the organisation's name: its registration code, then others."""
    organisation = issue.organisation
    first = f"{_CODES[organisation.code_kind]} {organisation.code}"
    return " · ".join([first, *(f"{one.kind} {one.code}" for one in organisation.other_codes)])


def alt_texts(issue: Issue) -> dict[str, str]:
    """Return how the organisation's pictures are called in the tags of the document."""
    name = issue.organisation.name
    return {
        "logo": f"Logo of {name}",
        "device": f"{_DEVICES[issue.device.kind]} of {name}",
        **{f"signature {at}": f"Signature of {one.name}" for at, one in enumerate(issue.signatories, start=1)},
    }


def language_statement(block: InLanguage, wording: CertificationWording) -> str:
    """Return the prescribed statement about one other language."""
    return wording.text("language", language=block.language)


def relation_statements(document: StatementOfAttainment, wording: CertificationWording) -> list[str]:
    """Return the statements of CS 11(2)(g) or (h): what the units form part of, or completed."""
    found = [wording.text("part_of", code=one.code, title=one.title) for one in document.part_of]
    if document.completion_of:
        found.append(
            wording.text("completion_of", code=document.completion_of.code, title=document.completion_of.title)
        )
    return found


def _issue(issue: Issue) -> dict[str, Json]:
    """Return what every template prints of the issue."""
    alts = alt_texts(issue)
    shown = issue.verify_url.partition("://")[2] or issue.verify_url
    return {
        "number": issue.number,
        "number_printed": printed(issue.number),
        "document_number": issue.document_number,
        "day": {"year": issue.issued_on.year, "month": issue.issued_on.month, "day": issue.issued_on.day},
        "issued": long_day(issue.issued_on),
        "organisation": {
            "name": issue.organisation.name,
            "codes": code_line(issue),
            "contact": issue.organisation.contact,
            "logo": _picture(issue.organisation.logo, alts["logo"]),
        },
        "holder": _name(issue.holder),
        "signatories": [
            {"name": one.name, "position": one.position, **_picture(one.signature, alts[f"signature {at}"])}
            for at, one in enumerate(issue.signatories, start=1)
        ],
        "device": {"kind": issue.device.kind, **_picture(issue.device.art, alts["device"])},
        "reissued": f"{issue.reissued.note} {long_day(issue.reissued.on)}" if issue.reissued else None,
        "verify_url": issue.verify_url,
        "verify_shown": shown,
        "qr": qr_code(issue.verify_url),
    }


def _picture(asset: Asset, alt: str) -> dict[str, Json]:
    """Return a picture for a template: SVG, the words that stand for it, and its proportions."""
    return {"svg": asset.svg, "alt": alt, "ratio": f"{asset.ratio:.6f}"}


def _name(name: str) -> Json:
    """Return a person's name with the direction in which it is written."""
    first = next((unicodedata.bidirectional(c) for c in name if unicodedata.bidirectional(c) in {"L", "R", "AL"}), "L")
    cut = name if len(name) <= _RUNNING_HEAD else name[: _RUNNING_HEAD - 1].rstrip() + "…"
    return {"name": name, "short": cut, "rtl": first in {"R", "AL"}}


def _product(product: Product) -> Json:
    """Return a training product; its stream stands in brackets after code and title (CS 11(1)(h))."""
    return {
        "code": product.code,
        "title": product.title,
        "stream": f"({product.stream})" if product.stream else None,
        "descriptor": product.descriptor,
    }


def _named(units: Sequence[UnitName]) -> list[Json]:
    """Return units with code and title."""
    return [{"code": unit.code, "title": unit.title} for unit in units]


def _languages(blocks: Sequence[InLanguage], wording: CertificationWording) -> list[Json]:
    """Return one block a language: the statement and its list."""
    return [{"statement": language_statement(block, wording), "units": _named(block.units)} for block in blocks]


def _legend(legend: Sequence[Meaning]) -> list[Json]:
    """Return the lines of a legend."""
    return [{"code": line.code, "meaning": line.meaning} for line in legend]


# One paragraph a kind ----------------------------------------------------------------------------------------------------


@singledispatch
def _own(document: object, wording: CertificationWording) -> dict[str, Json]:
    """Return what only this kind prints."""
    message = f"no content for {type(document).__name__}"
    raise TypeError(message)


@_own.register
def _testamur(document: Testamur, wording: CertificationWording) -> dict[str, Json]:
    """Return a vocational testamur's own parts."""
    return {
        "qualification": _product(document.qualification),
        "dated": f"{_DATES[document.date_kind]} {long_day(document.issue.issued_on)}",
        "aqf_statement": wording.text("aqf_statement"),
        "apprenticeship": wording.text("apprenticeship") if document.apprenticeship else None,
        "languages": _languages(document.languages, wording),
        "orientation": document.orientation,
    }


@_own.register
def _statement(document: StatementOfAttainment, wording: CertificationWording) -> dict[str, Json]:
    """Return a statement of attainment's own parts."""
    return {
        "heading": "Units of competency" if document.units else "Modules",
        "units": _named(document.units or document.modules),
        "attainment": wording.text("attainment"),
        "relations": [*relation_statements(document, wording)],
        "skill_set": f"{document.skill_set.code} {document.skill_set.title}" if document.skill_set else None,
        "languages": _languages(document.languages, wording),
    }


@_own.register
def _record(document: RecordOfResults, wording: CertificationWording) -> dict[str, Json]:
    """Return a record of results' own parts."""
    return {
        "product": _product(document.product),
        "results": [
            {"code": row.code, "title": row.title, "period": row.period, "result": row.result}
            for row in document.results
        ],
        "legend": _legend(document.legend),
        "completed": long_day(document.completed_on) if document.completed_on else None,
        "banner": wording.text("stands_alone") if document.stands_alone else None,
        "languages": _languages(document.languages, wording),
    }


@_own.register
def _he_testamur(document: HeTestamur, wording: CertificationWording) -> dict[str, Json]:
    """Return a higher education testamur's own parts."""
    return {
        "award": document.award,
        "majors": [*document.majors],
        "honours": document.honours,
        "dated": f"{_DATES[document.date_kind]} {long_day(document.issue.issued_on)}",
        "aqf_statement": wording.text("aqf_statement"),
        "language_note": document.language_note,
        "orientation": document.orientation,
    }


@_own.register
def _transcript(document: AcademicTranscript, wording: CertificationWording) -> dict[str, Json]:
    """Return an academic transcript's own parts."""
    return {
        "studies": [_study(study) for study in document.studies],
        "legend": _legend(document.legend),
        "student_number": document.student_number,
        "language_note": document.language_note,
        "prizes": [*document.prizes],
        "notes": [*document.notes],
    }


@_own.register
def _ahegs(document: Ahegs, wording: CertificationWording) -> dict[str, Json]:
    """Return a graduation statement's own parts."""
    return {
        "award": _award(document.award),
        "institution": document.institution,
        "studies": [_study(study) for study in document.studies],
        "legend": _legend(document.legend),
        "achievements": [*document.achievements],
        "student_number": document.student_number,
        "purpose": wording.text("ahegs_purpose"),
        "system": wording.text("ahegs_system").split("\n\n"),
    }


def _award(award: Award) -> Json:
    """Return the rows of the award, in the order of the statement; what is absent has no row."""
    rows = (
        ("Honours", award.honours),
        ("Fields of study", ", ".join(award.majors) or None),
        ("Conferred", long_day(award.conferred_on) if award.conferred_on else None),
        ("About the award", award.detail),
        ("Level", award.level),
        ("Duration", award.duration),
        ("Mode of study", award.mode),
        ("Admission", award.admission),
        ("Language", award.language),
        ("Further study", award.pathways),
        ("Accreditation", award.accreditation),
    )
    return {"name": award.name, "rows": [{"name": name, "text": text} for name, text in rows if text]}


def _study(study: Study) -> Json:
    """Return one course of a transcript."""
    facts = (
        ("Course", study.code),
        ("Fields of study", ", ".join(study.majors) or None),
        ("Status", None if study.conferred_on and study.status == "Conferred" else study.status),
        ("Conferred", long_day(study.conferred_on) if study.conferred_on else None),
    )
    totals = [text for text in (f"Credit points {study.total}" if study.total else "", study.average or "") if text]
    return {
        "title": study.title,
        "line": " · ".join(
            f"{name} {value}" if name in {"Course", "Conferred"} else value for name, value in facts if value
        ),
        "periods": [
            {
                "name": period.name,
                "units": [
                    {
                        "code": unit.code,
                        "title": unit.title,
                        "mark": unit.mark or "–",
                        "grade": unit.grade or "–",
                        "credit": unit.credit or "–",
                    }
                    for unit in period.units
                ],
            }
            for period in study.periods
        ],
        "credit_granted": [*study.credit_granted],
        "totals": " · ".join(totals),
    }
