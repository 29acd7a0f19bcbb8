"""What one certification document shows: one frozen input a kind (Compliance Standards 11; AQF Qualifications Issuance Policy).

An input holds the facts of the original issue: name, code, logo and signatory as they were on that day (REI-01, REI-05,
AQF-10). It holds no national student identifier and has no field for one (USI-05). The words beside each field are what
docs/documents/<kind>.json says of it; reading.py reads the same fields from JSON and refuses any other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Annotated, Final, Literal

from testamur.documents.certification.assets import Asset
from testamur.kernel.identifiers import parse_public_number

DateKind = Literal["awarded", "conferred", "issued", "completed"]
DeviceKind = Literal["seal", "corporate-identifier", "watermark"]


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A further public code of an organisation."""

    kind: Annotated[str, "whose code, such as CRICOS or ABN"]
    code: Annotated[str, "the code"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who issues, as it was on the day of issue (CS 11(1)(a), REI-05)."""

    name: Annotated[str, "name under which the organisation issues"]
    code: Annotated[str, "code of its registration"]
    code_kind: Annotated[
        Literal["RTO", "TEQSA"], "whose code it is: RTO (training.gov.au) or TEQSA (its National Register)"
    ]
    logo: Annotated[Asset, "the organisation's logo"]
    other_codes: Annotated[tuple[OtherCode, ...], "further codes to print"] = ()
    contact: Annotated[str | None, "where questions go, in one line"] = None


@dataclass(frozen=True, slots=True)
class Signatory:
    """One individual whom the organisation authorised to sign on the day of issue (CS 11(1)(d), AQF-10)."""

    name: Annotated[str, "name of the individual"]
    position: Annotated[str, "position of the individual"]
    signature: Annotated[Asset, "picture of the signature"]


@dataclass(frozen=True, slots=True)
class Device:
    """What makes the document the organisation's own: seal, corporate identifier or unique watermark (CS 11(1)(e))."""

    kind: Annotated[DeviceKind, "seal, corporate-identifier or watermark"]
    art: Annotated[Asset, "its drawing"]


@dataclass(frozen=True, slots=True)
class Reissue:
    """A copy issued again after a change of name (REI-02); the date of the award stays as it was."""

    on: Annotated[date, "day of the reissue"]
    note: Annotated[str, "the small line that says so"] = "Reissued"


@dataclass(frozen=True, slots=True)
class Issue:
    """What every document says of its issue."""

    number: Annotated[str, "public number: 13 characters, the last one a check character"]
    document_number: Annotated[str, "the organisation's own number of the document; never a student identifier"]
    issued_on: Annotated[date, "day of the original issue; it chooses the wording (CAL-6)"]
    verify_url: Annotated[str, "address where the document is checked, also in the QR code"]
    organisation: Annotated[Organisation, "who issues"]
    holder: Annotated[str, "name of the person, as enrolled or legal on the day of issue"]
    wording: Annotated[str, "set of prescribed words: that of the regulator's profile (nvr, wa-vet, vic-vet, teqsa)"]
    signatories: Annotated[tuple[Signatory, ...], "who signs: one to three"]
    device: Annotated[Device, "seal, corporate identifier or watermark"]
    reissued: Annotated[Reissue | None, "set on a copy reissued in another name"] = None

    def __post_init__(self) -> None:
        """Refuse a wrong number, an unsigned document and more signatures than a page holds."""
        if parse_public_number(self.number) != self.number:
            raise ValueError("number: 13 characters with a right check character are needed")
        if not 1 <= len(self.signatories) <= 3:
            raise ValueError("signatories: one to three are needed")
        if not self.holder.strip():
            raise ValueError("holder: a name is needed")


@dataclass(frozen=True, slots=True)
class Product:
    """A training product as the National Register writes it."""

    code: Annotated[str, "national code"]
    title: Annotated[str, "full title, exactly as on the National Register"]
    descriptor: Annotated[str | None, "industry descriptor, where the National Register lists one (CS 11(1)(g))"] = None
    stream: Annotated[str | None, "occupational or functional stream that applies to the student (CS 11(1)(h))"] = None


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit of competency or a module by its full title and national code."""

    code: Annotated[str, "national code"]
    title: Annotated[str, "full title, exactly as on the National Register"]


@dataclass(frozen=True, slots=True)
class InLanguage:
    """Units delivered and assessed in one other language; one block a language (CS 11(1)(j), 11(2)(i))."""

    language: Annotated[str, "the language, by its English name"]
    units: Annotated[tuple[UnitName, ...], "every unit or module delivered and assessed in it"]

    def __post_init__(self) -> None:
        """Refuse a statement without its list."""
        if not self.units:
            raise ValueError("units: the statement is followed by a list of all units; none was given")


@dataclass(frozen=True, slots=True)
class Testamur:
    """A vocational qualification (CS 11(1))."""

    issue: Annotated[Issue, "its issue"]
    qualification: Annotated[Product, "what is awarded"]
    date_kind: Annotated[DateKind, "which date issued_on is"] = "awarded"
    apprenticeship: Annotated[bool, "obtained in the course of an Australian apprenticeship (CS 11(1)(i))"] = False
    languages: Annotated[tuple[InLanguage, ...], "units in other languages, one block a language"] = ()
    orientation: Annotated[Literal["portrait", "landscape"], "how the page lies"] = "portrait"

    def __post_init__(self) -> None:
        """Refuse two blocks for one language."""
        _one_block_a_language(self.languages)


@dataclass(frozen=True, slots=True)
class StatementOfAttainment:
    """A VET statement of attainment (CS 11(2)): units, or modules where no units exist."""

    issue: Annotated[Issue, "its issue"]
    units: Annotated[tuple[UnitName, ...], "units of competency attained"] = ()
    modules: Annotated[tuple[UnitName, ...], "modules attained, only where no units exist"] = ()
    part_of: Annotated[tuple[Product, ...], "courses or qualifications that the units form part of (CS 11(2)(g))"] = ()
    completion_of: Annotated[Product | None, "course completed by attaining them (CS 11(2)(h))"] = None
    skill_set: Annotated[Product | None, "skill set that the units make up"] = None
    languages: Annotated[tuple[InLanguage, ...], "units in other languages, one block a language"] = ()

    def __post_init__(self) -> None:
        """Refuse an empty list, modules beside units, and a language list that names what the statement does not."""
        if bool(self.units) == bool(self.modules):
            raise ValueError("units: give units of competency, or modules where there are no units (CS 11(2)(b))")
        if self.completion_of and self.part_of:
            raise ValueError("part_of: attained in completion of a course, or part of another, not both")
        listed = {one.code for one in (*self.units, *self.modules)}
        if any(unit.code not in listed for block in self.languages for unit in block.units):
            raise ValueError("languages: a unit stands in a language list that the statement does not list")
        _one_block_a_language(self.languages)


@dataclass(frozen=True, slots=True)
class UnitResult:
    """One line of a record of results."""

    code: Annotated[str, "national code"]
    title: Annotated[str, "full title"]
    period: Annotated[str, "year or period, such as 2025 or 2025 S1"]
    result: Annotated[str, "result, one of the legend's codes"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of a legend."""

    code: Annotated[str, "result or grade as printed"]
    meaning: Annotated[str, "what it means"]


@dataclass(frozen=True, slots=True)
class RecordOfResults:
    """A record of results: with a testamur, or alone for an incomplete qualification (AQF policy 2.1.1, 2.1.2)."""

    issue: Annotated[Issue, "its issue"]
    product: Annotated[Product, "the training product"]
    results: Annotated[tuple[UnitResult, ...], "every unit with its result"]
    legend: Annotated[tuple[Meaning, ...], "what each result means; every result shown needs a line"]
    stands_alone: Annotated[bool, "issued without a testamur; prints that it is no statement of attainment"] = False
    completed_on: Annotated[date | None, "day of completion"] = None
    languages: Annotated[tuple[InLanguage, ...], "units in other languages, one block a language"] = ()

    def __post_init__(self) -> None:
        """Refuse a record without lines, and a result that the legend does not explain."""
        if not self.results:
            raise ValueError("results: a record lists at least one unit")
        known = {line.code for line in self.legend}
        if any(row.result not in known for row in self.results):
            raise ValueError("legend: a result is shown that the legend does not explain")
        _one_block_a_language(self.languages)


@dataclass(frozen=True, slots=True)
class HeTestamur:
    """A higher education award (AQF Qualifications Issuance Policy)."""

    issue: Annotated[Issue, "its issue"]
    award: Annotated[str, "full title of the award"]
    majors: Annotated[tuple[str, ...], "majors or fields of study to print under it"] = ()
    honours: Annotated[str | None, "class of honours or distinction, such as First Class Honours"] = None
    date_kind: Annotated[DateKind, "which date issued_on is"] = "conferred"
    language_note: Annotated[str | None, "language of instruction, where it was not English (AQF policy 2.1.4)"] = None
    orientation: Annotated[Literal["portrait", "landscape"], "how the page lies"] = "portrait"


@dataclass(frozen=True, slots=True)
class StudyUnit:
    """One line of an academic transcript; what is not given is a dash."""

    code: Annotated[str, "code of the unit"]
    title: Annotated[str, "title of the unit"]
    mark: Annotated[str | None, "mark, as text"] = None
    grade: Annotated[str | None, "grade, as in the legend"] = None
    credit: Annotated[str | None, "credit points, as text"] = None


@dataclass(frozen=True, slots=True)
class Period:
    """The units of one study period."""

    name: Annotated[str, "the study period, such as 2025, Semester 1"]
    units: Annotated[tuple[StudyUnit, ...], "its units"]


@dataclass(frozen=True, slots=True)
class Study:
    """One course of a transcript."""

    title: Annotated[str, "title of the course"]
    periods: Annotated[tuple[Period, ...], "its study periods in order"]
    code: Annotated[str | None, "code of the course"] = None
    majors: Annotated[tuple[str, ...], "majors or fields of study"] = ()
    status: Annotated[str | None, "such as Completed, Conferred or Discontinued"] = None
    conferred_on: Annotated[date | None, "day of conferral"] = None
    credit_granted: Annotated[tuple[str, ...], "credit for earlier study, a line each"] = ()
    total: Annotated[str | None, "credit points completed, as text"] = None
    average: Annotated[str | None, "average, with its name, as text"] = None


@dataclass(frozen=True, slots=True)
class AcademicTranscript:
    """The record of results of higher education."""

    issue: Annotated[Issue, "its issue"]
    studies: Annotated[tuple[Study, ...], "every course"]
    legend: Annotated[tuple[Meaning, ...], "what each grade means; every grade shown needs a line"] = ()
    student_number: Annotated[str | None, "the provider's own number of the student; never a national identifier"] = (
        None
    )
    language_note: Annotated[str | None, "language of instruction, where it was not English"] = None
    prizes: Annotated[tuple[str, ...], "prizes and scholarships, a line each"] = ()
    notes: Annotated[tuple[str, ...], "further lines"] = ()

    def __post_init__(self) -> None:
        """Refuse a transcript without courses, and a grade that the legend does not explain."""
        if not self.studies:
            raise ValueError("studies: a transcript lists at least one course")
        _explained(self.studies, self.legend)


@dataclass(frozen=True, slots=True)
class Award:
    """Section 2 of a graduation statement: the award."""

    name: Annotated[str, "full title of the award"]
    detail: Annotated[str, "what the award is: aims, structure, fields"]
    level: Annotated[str, "its level and type in the AQF, such as AQF level 7, Bachelor Degree"]
    duration: Annotated[str, "normal duration and load"]
    mode: Annotated[str, "mode of study"]
    admission: Annotated[str, "requirements for admission"]
    language: Annotated[str, "language of instruction"]
    pathways: Annotated[str, "further study that it opens"]
    accreditation: Annotated[str, "who accredited the course and for whom it is recognised"]
    honours: Annotated[str | None, "class of honours or distinction"] = None
    majors: Annotated[tuple[str, ...], "majors or fields of study"] = ()
    conferred_on: Annotated[date | None, "day of conferral"] = None


@dataclass(frozen=True, slots=True)
class Ahegs:
    """An Australian Higher Education Graduation Statement in its five sections."""

    issue: Annotated[Issue, "its issue"]
    award: Annotated[Award, "the award"]
    institution: Annotated[str, "section 3: the awarding institution, its standing and history"]
    studies: Annotated[tuple[Study, ...], "section 4: units and results"]
    legend: Annotated[tuple[Meaning, ...], "section 4: what each grade means; every grade shown needs a line"] = ()
    achievements: Annotated[tuple[str, ...], "section 4: special achievements, recognition and prizes"] = ()
    student_number: Annotated[str | None, "the provider's own number of the student; never a national identifier"] = (
        None
    )

    def __post_init__(self) -> None:
        """Refuse a grade that the legend does not explain."""
        _explained(self.studies, self.legend)


Certification = Testamur | StatementOfAttainment | RecordOfResults | HeTestamur | AcademicTranscript | Ahegs

KINDS: Final[Mapping[str, type[Certification]]] = {
    "testamur": Testamur,
    "statement-of-attainment": StatementOfAttainment,
    "record-of-results": RecordOfResults,
    "he-testamur": HeTestamur,
    "academic-transcript": AcademicTranscript,
    "ahegs": Ahegs,
}


def kind_of(document: Certification) -> str:
    """Return the name of a document's kind, as the command and the templates know it."""
    return next(name for name, form in KINDS.items() if isinstance(document, form))


def blank_fields(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of every text of an input that is given and says nothing: a blank code is a missing one."""
    if isinstance(value, str) and not value.strip():
        yield path
    elif isinstance(value, tuple):
        for inner in value:
            yield from blank_fields(inner, path)
    elif is_dataclass(value) and not isinstance(value, Asset):
        for one in fields(value):
            yield from blank_fields(getattr(value, one.name), f"{path}.{one.name}".lstrip("."))


def file_name(document: Certification) -> str:
    """Return the name under which a document is offered; holds nothing about the person (USI-05)."""
    return f"{kind_of(document)}-{document.issue.number}.pdf"


def _one_block_a_language(blocks: tuple[InLanguage, ...]) -> None:
    """Refuse two blocks that name the same language."""
    names = [block.language.casefold() for block in blocks]
    if len(names) != len(set(names)):
        raise ValueError("languages: one block a language; a language stands twice")


def _explained(studies: tuple[Study, ...], legend: tuple[Meaning, ...]) -> None:
    """Refuse a grade without a line in the legend."""
    known = {line.code for line in legend}
    shown = {unit.grade for study in studies for period in study.periods for unit in period.units if unit.grade}
    if not shown <= known:
        raise ValueError("legend: a grade is shown that the legend does not explain")
