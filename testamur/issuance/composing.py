"""From an enrolment's facts to what a document says: one input a kind (CS 11; AQF Qualifications Issuance Policy). Reads nothing.

Everything is as on the day of issue: name, code and pictures of the provider, signatory, titles of products and units.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from testamur.documents.certification.inputs import (
    AcademicTranscript,
    Certification,
    HeTestamur,
    InLanguage,
    Issue,
    Meaning,
    Period,
    Product,
    RecordOfResults,
    StatementOfAttainment,
    Study,
    StudyUnit,
    Testamur,
    UnitName,
    UnitResult,
)
from testamur.enrolments.queries import IssuanceFacts, UnitFact
from testamur.kernel.errors import NotAllowed
from testamur.kernel.verdict import Finding

_LEGEND: Final[Mapping[str, str]] = {
    "C": "competent",
    "RPL": "recognition of prior learning",
    "CT": "credit transfer",
    "NC": "not competent",
    "W": "withdrawn",
}
_GRADES: Final[Mapping[str, str]] = {
    "HD": "high distinction",
    "D": "distinction",
    "CR": "credit",
    "C": "credit",
    "P": "pass",
    "PC": "conceded pass",
    "SP": "satisfactory",
    "N": "fail",
    "NN": "fail",
    "F": "fail",
    "WD": "withdrawn without failure",
}
_METHOD: Final = {"assessed": "C", "rpl": "RPL", "credit-transfer": "CT"}
_LANGUAGES: Final[Mapping[str, str]] = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "mi": "Māori",
    "ne": "Nepali",
    "pa": "Punjabi",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "vi": "Vietnamese",
    "zh": "Chinese",
    "asf": "Auslan",
    "yue": "Cantonese",
    "cmn": "Mandarin",
}
_ENGLISH: Final = frozenset({"", "en", "eng"})


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the product besides the enrolment."""

    descriptor: str = ""


def compose(kind: str, facts: IssuanceFacts, issue: Issue, about: About) -> Certification:
    """Return the input of one document. Refuses what cannot be said: a language without a name here, a grade without a meaning."""
    document: Certification = _COMPOSED[kind](facts, issue, about)
    return document


def attained(facts: IssuanceFacts) -> list[UnitFact]:
    """Return the units that were attained, in the order of their codes."""
    return [unit for unit in facts.units if unit.outcome == "competent"]


def _testamur(facts: IssuanceFacts, issue: Issue, about: About) -> Testamur:
    """Return a vocational testamur."""
    completed = facts.completed_on or issue.issued_on
    return Testamur(
        issue=issue,
        qualification=_product(facts, about),
        apprenticeship=any(one.stands_on(completed) for one in facts.contracts),
        languages=_languages(attained(facts)),
    )


def _statement(facts: IssuanceFacts, issue: Issue, about: About) -> StatementOfAttainment:
    """Return a statement of attainment: part of a qualification, in completion of a course, a skill set, or units alone."""
    units = attained(facts)
    named = _named(units)
    kind, completed = facts.product_kind, facts.state == "completed"
    product = Product(facts.product_code, facts.product_title)
    in_whole = product if completed and kind in {"short-course", "accredited-course"} else None
    part = (product,) if in_whole is None and kind in {"qualification", "accredited-course", "short-course"} else ()
    return StatementOfAttainment(
        issue=issue,
        units=() if kind == "module" else named,
        modules=named if kind == "module" else (),
        part_of=part,
        completion_of=in_whole,
        skill_set=product if kind == "skill-set" and completed else None,
        languages=_languages(units),
    )


def _record(facts: IssuanceFacts, issue: Issue, about: About) -> RecordOfResults:
    """Return a record of results: every unit with its result, and the meaning of each result shown."""
    rows = tuple(UnitResult(one.code, one.title, _period(one), _result(one)) for one in facts.units)
    shown = {row.result for row in rows}
    return RecordOfResults(
        issue=issue,
        product=_product(facts, about),
        results=rows,
        legend=tuple(Meaning(code, words) for code, words in _LEGEND.items() if code in shown),
        completed_on=facts.completed_on if facts.state == "completed" else None,
        stands_alone=facts.state != "completed",
        languages=_languages(attained(facts)),
    )


def _he_testamur(facts: IssuanceFacts, issue: Issue, about: About) -> HeTestamur:
    """Return a higher education testamur."""
    return HeTestamur(issue=issue, award=facts.product_title, majors=(facts.stream,) if facts.stream else ())


def _transcript(facts: IssuanceFacts, issue: Issue, about: About) -> AcademicTranscript:
    """Return an academic transcript: one course, its units by year."""
    years: dict[str, list[StudyUnit]] = defaultdict(list)
    for one in facts.units:
        years[_period(one)].append(StudyUnit(one.code, one.title, mark=one.mark or None, grade=one.grade or None))
    study = Study(
        title=facts.product_title,
        code=facts.product_code,
        majors=(facts.stream,) if facts.stream else (),
        status="Completed" if facts.state == "completed" else "Not completed",
        periods=tuple(Period(name, tuple(units)) for name, units in sorted(years.items())),
    )
    grades = sorted({one.grade for one in facts.units if one.grade})
    return AcademicTranscript(issue=issue, studies=(study,), legend=tuple(_meanings(grades)))


_COMPOSED: Final[Mapping[str, Any]] = {
    "testamur": _testamur,
    "statement-of-attainment": _statement,
    "record-of-results": _record,
    "he-testamur": _he_testamur,
    "academic-transcript": _transcript,
}


def _product(facts: IssuanceFacts, about: About) -> Product:
    """Return the product with descriptor and stream, where there are any (CS 11(1)(g), (h))."""
    return Product(facts.product_code, facts.product_title, about.descriptor or None, facts.stream or None)


def _named(units: Iterable[UnitFact]) -> tuple[UnitName, ...]:
    """Return units with code and title."""
    return tuple(UnitName(one.code, one.title) for one in units)


def _languages(units: Sequence[UnitFact]) -> tuple[InLanguage, ...]:
    """Return one block for each other language in which units were delivered and assessed (CS 11(1)(j), 11(2)(i))."""
    found: dict[str, list[UnitFact]] = defaultdict(list)
    for one in units:
        language = one.delivered_in or one.assessed_in
        if language not in _ENGLISH and (one.assessed_in or language) == language:
            found[language].append(one)
    return tuple(InLanguage(_language(code), _named(block)) for code, block in sorted(found.items()))


def _language(code: str) -> str:
    """Return the English name of a language; refuses one that has no name here (HOLD)."""
    if code not in _LANGUAGES:
        raise NotAllowed(
            f"The document needs the English name of the language “{code}”, which the register does not hold yet.",
            findings=(Finding("CS-11-1j", "A language has no name here.", "CS 11(1)(j)", outcome="HOLD"),),
        )
    return _LANGUAGES[code]


def _period(one: UnitFact) -> str:
    """Return the year of a unit's result, a dash where no day is known."""
    day: date | None = one.decided_on or one.ended_on
    return str(day.year) if day else "–"


def _result(one: UnitFact) -> str:
    """Return a unit's result as the legend's code."""
    if one.outcome == "competent":
        return _METHOD[one.method]
    return "W" if one.outcome == "withdrawn" else "NC"


def _meanings(grades: Iterable[str]) -> Iterable[Meaning]:
    """Return what each grade means; refuses one without a meaning (HOLD)."""
    for grade in grades:
        if grade not in _GRADES:
            raise NotAllowed(
                "The transcript shows a grade that its legend cannot explain. Record the grade by a usual code.",
                findings=(Finding("A.3", "A grade has no meaning here.", "rulebook A.3", outcome="HOLD"),),
            )
        yield Meaning(grade, _GRADES[grade])
