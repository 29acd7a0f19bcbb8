"""What must stand on a document, item by item: the texts and pictures to look for, made from its input and the wording of its day.

Which items are required and which forbidden is decided by the ruleset `content`; this file says how each one is recognised. The
items that no ruleset names (holder, dates, numbers, results, legend) stand in rulebook A.3.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from testamur.documents.certification.assets import Asset
from testamur.documents.certification.content import (
    NRT_ALT,
    alt_texts,
    code_line,
    language_statement,
    long_day,
    relation_statements,
)
from testamur.documents.certification.inputs import (
    AcademicTranscript,
    Ahegs,
    Certification,
    HeTestamur,
    Issue,
    Meaning,
    RecordOfResults,
    StatementOfAttainment,
    Study,
    Testamur,
    kind_of,
)
from testamur.documents.certification.wording import CertificationWording
from testamur.kernel.identifiers import printed

Texts = tuple[str, ...]
_NEAR: Final = 24
SECTORS: Final[Mapping[str, tuple[str, str]]] = {
    "testamur": ("testamur", "vet"),
    "statement-of-attainment": ("statement-of-attainment", "vet"),
    "record-of-results": ("record-of-results", "vet"),
    "he-testamur": ("testamur", "he"),
    "academic-transcript": ("record-of-results", "he"),
    "ahegs": ("record-of-results", "he"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be seen: texts that follow one another in one of some orders, or a picture with its proportions.

    Between two texts stand at most `gap` other characters, spaces not counted.
    """

    item: str
    orders: tuple[Texts, ...] = ()
    gap: int = 3
    alt: str | None = None
    ratio: float | None = None


def facts_of(document: Certification) -> dict[str, object]:
    """Return the facts of the ruleset `content` for one document."""
    name, sector = SECTORS[kind_of(document)]
    facts: dict[str, object] = {"document": name, "sector": sector}
    if isinstance(document, Testamur):
        facts |= {"has_descriptor": bool(document.qualification.descriptor), "apprenticeship": document.apprenticeship}
    if isinstance(document, RecordOfResults):
        facts |= {"has_descriptor": bool(document.product.descriptor), "has_stream": bool(document.product.stream)}
    if isinstance(document, Testamur):
        facts["has_stream"] = bool(document.qualification.stream)
    if isinstance(document, StatementOfAttainment):
        facts |= {"part_of_qualification": bool(document.part_of), "course_complete": bool(document.completion_of)}
    if isinstance(document, Testamur | StatementOfAttainment | RecordOfResults):
        facts["other_languages"] = [block.language for block in document.languages]
    return facts


def wanted(document: Certification, wording: CertificationWording, nrt_logo: Asset | None) -> tuple[Wanted, ...]:
    """Return everything that the input asks to be seen; the ruleset then says which of it must, may or must not be."""
    scheme = [Wanted("nrt-logo", alt=NRT_ALT, ratio=nrt_logo.ratio if nrt_logo else None)]
    vocational = isinstance(document, Testamur | StatementOfAttainment)
    return (*_of_issue(document.issue), *_own(document, wording), *(scheme if vocational else []))


def _line(item: str, *texts: str | None) -> Wanted:
    """Return texts that follow one another; what is absent is left out."""
    return Wanted(item, (tuple(text for text in texts if text),))


def _row(item: str, *texts: str) -> Wanted:
    """Return the cells of one line of a table, in whatever order a template has its columns."""
    return Wanted(item, tuple(permutations(texts)))


def _of_issue(issue: Issue) -> Iterator[Wanted]:
    """Yield what every document shows."""
    alts = alt_texts(issue)
    words = tuple(issue.holder.split())
    yield _line("organisation", issue.organisation.name)
    yield _line("organisation", code_line(issue))
    yield Wanted("organisation", alt=alts["logo"], ratio=issue.organisation.logo.ratio)
    yield Wanted("holder", (words, words[::-1]))
    yield _line("date", long_day(issue.issued_on))
    yield _line("document-number", issue.document_number)
    yield _line("check-number", printed(issue.number))
    yield Wanted("seal", alt=alts["device"], ratio=issue.device.art.ratio)
    for at, one in enumerate(issue.signatories, start=1):
        yield _line("signature", one.name)
        yield _line("signature", one.position)
        yield Wanted("signature", alt=alts[f"signature {at}"], ratio=one.signature.ratio)
    if issue.reissued:
        yield _line("reissue", issue.reissued.note, long_day(issue.reissued.on))


def _own(document: Certification, wording: CertificationWording) -> Iterator[Wanted]:
    """Yield what this kind shows beside."""
    if isinstance(document, Testamur):
        yield from _of_testamur(document, wording)
    elif isinstance(document, StatementOfAttainment):
        yield from _of_statement(document, wording)
    elif isinstance(document, RecordOfResults):
        yield from _of_record(document, wording)
    elif isinstance(document, HeTestamur):
        yield _line("code-and-title", document.award)
        yield from (
            _line("award", text) for text in (*document.majors, document.honours, document.language_note) if text
        )
        yield _line("aqf-statement", wording.text("aqf_statement"))
    else:
        yield from _of_studies(document.studies, document.legend)
        yield from _of_higher_list(document, wording)
    if isinstance(document, Testamur | StatementOfAttainment | RecordOfResults):
        for block in document.languages:
            listed = [part for unit in block.units for part in (unit.code, unit.title)]
            yield _line("language-statement", language_statement(block, wording), *listed)


def _of_testamur(document: Testamur, wording: CertificationWording) -> Iterator[Wanted]:
    """Yield a vocational testamur's items; the stream stands in brackets after code and title."""
    product = document.qualification
    both = ((product.code, product.title), (product.title, product.code))
    yield Wanted("code-and-title", both, gap=_NEAR)
    if product.stream:
        yield Wanted("stream", tuple((*order, f"({product.stream})") for order in both), gap=_NEAR)
    if product.descriptor:
        yield _line("descriptor", product.descriptor)
    yield _line("aqf-statement", wording.text("aqf_statement"))
    if document.apprenticeship:
        yield _line("apprenticeship-statement", wording.text("apprenticeship"))


def _of_statement(document: StatementOfAttainment, wording: CertificationWording) -> Iterator[Wanted]:
    """Yield a statement of attainment's items."""
    for unit in document.units or document.modules:
        yield _row("code-and-title", unit.code, unit.title)
    yield _line("attainment-statement", wording.text("attainment"))
    name = "completion-statement" if document.completion_of else "part-of-statement"
    for text in relation_statements(document, wording):
        yield _line(name, text)
    if document.skill_set:
        yield _line("skill-set", f"{document.skill_set.code} {document.skill_set.title}")


def _of_record(document: RecordOfResults, wording: CertificationWording) -> Iterator[Wanted]:
    """Yield a record's items: product, results with their legend, and the banner of a copy that stands alone."""
    product = document.product
    yield _line("code-and-title", product.code, product.title)
    if product.stream:
        yield _line("stream", product.code, product.title, f"({product.stream})")
    if product.descriptor:
        yield _line("descriptor", product.descriptor)
    for row in document.results:
        yield _row("results", row.code, row.title, row.period, row.result)
    yield from _of_legend(document.legend)
    if document.completed_on:
        yield _line("date", long_day(document.completed_on))
    if document.stands_alone:
        yield _line("banner", wording.text("stands_alone"))


def _of_legend(legend: Sequence[Meaning]) -> Iterator[Wanted]:
    """Yield the lines of a legend."""
    yield from (_line("legend", line.code, line.meaning) for line in legend)


def _of_studies(studies: Sequence[Study], legend: Sequence[Meaning]) -> Iterator[Wanted]:
    """Yield the courses, units and results of higher education."""
    for study in studies:
        yield _line("code-and-title", study.title)
        for period in study.periods:
            yield _line("results", period.name)
            for unit in period.units:
                yield _row("results", unit.code, unit.title, unit.mark or "–", unit.grade or "–", unit.credit or "–")
        yield from (_line("results", text) for text in (*study.credit_granted, study.total, study.average) if text)
    yield from _of_legend(legend)


def _of_higher_list(document: AcademicTranscript | Ahegs, wording: CertificationWording) -> Iterator[Wanted]:
    """Yield what stands on a transcript or graduation statement beside the results."""
    if isinstance(document, AcademicTranscript):
        further: Sequence[str | None] = (document.language_note, *document.prizes, *document.notes)
        yield from (_line("award", text) for text in further if text)
        return
    award = document.award
    told = (award.name, award.honours, *award.majors, award.detail, award.level, award.duration, award.mode)
    more = (award.admission, award.language, award.pathways, award.accreditation)
    yield from (_line("award", text) for text in (*told, *more) if text)
    yield _line("institution", document.institution)
    yield from (_line("achievements", text) for text in document.achievements)
    yield _line("purpose", wording.text("ahegs_purpose"))
    yield from (_line("system", text) for text in wording.text("ahegs_system").split("\n\n"))
