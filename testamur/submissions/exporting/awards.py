"""Vocational certificates with their units, put together from the record for every format that is written from certificates."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from testamur.kernel.periods import Precision
from testamur.register.queries import RecordedVersion
from testamur.submissions.certificates.writing import RegisterCertificate, RegisterUnit
from testamur.submissions.cqr.writing import CqrCertificate
from testamur.submissions.exporting.reading import HeldStudent, code_of, day_of, title_of

_ACHIEVED: Final = "20"
_Units = dict[tuple[str | None, str | None], list[RecordedVersion]]


def certificates_of(one: HeldStudent) -> Iterator[RegisterCertificate]:
    """Yield a student's certificates, each with its units and what is held of their results.

    Where one unit was achieved twice in a course, the results go to the certificates that name it in the order in which they
    were lodged.
    """
    units, courses = _results(one), _completions(one)
    for record in one.of("CERTIFICATE"):
        facts, course = record.facts, code_of(record.course)
        completed = _next(courses[course]) if facts.get("type") == "Q" else None
        yield _certificate(
            one,
            record,
            kind=str(facts["type"]),
            issue_date=day_of(facts, "issued"),
            number=str(facts["number"]),
            language=str(facts["language"]) if facts.get("language") else None,
            units=tuple(_unit(_next(units[course, code]), code, title) for code, title in facts.get("units") or ()),
            completed=day_of(completed.facts, "completed") if completed else None,
        )


def results_without_certificate(one: HeldStudent) -> Iterator[RegisterCertificate]:
    """Yield the results that no certificate names, put together by course: certificates without issue date and number."""
    held = one.of("CERTIFICATE")
    named = {(code_of(record.course), code) for record in held for code, _ in record.facts.get("units") or ()}
    awarded = {code_of(record.course) for record in held}
    groups: dict[str | None, list[RecordedVersion]] = defaultdict(list)
    for record in one.of("UNIT_RESULT"):
        if (code_of(record.course), code_of(record.unit)) not in named:
            groups[code_of(record.course)].append(record)
    done = {course: records[-1] for course, records in _completions(one).items() if course not in awarded}
    for course in [*groups, *(course for course in done if course not in groups)]:
        completed = done.get(course)
        yield _certificate(
            one,
            groups[course][0] if course in groups else done[course],
            kind="Q" if completed else "S",
            issue_date=None,
            number="",
            language=None,
            units=tuple(
                _unit(record, code_of(record.unit) or "", title_of(record.unit)) for record in groups.get(course, ())
            ),
            completed=day_of(completed.facts, "completed") if completed else None,
        )


def cqr_of(one: HeldStudent) -> Iterator[CqrCertificate]:
    """Yield a student's certificates as the CQR data file names them."""
    for item in certificates_of(one):
        if item.issue_date is not None:
            yield CqrCertificate(
                student_id=item.student_id,
                given_name=item.given_name,
                surname=item.surname,
                birth_date=item.birth_date,
                gender=item.gender,
                program_code=item.program_code,
                kind=item.kind,
                issue_date=item.issue_date,
                number=item.number,
                language=item.language,
                units=tuple(unit.code for unit in item.units),
            )


def _certificate(
    one: HeldStudent,
    record: RecordedVersion,
    *,
    kind: str,
    issue_date: date | None,
    number: str,
    language: str | None,
    units: tuple[RegisterUnit, ...],
    completed: date | None,
) -> RegisterCertificate:
    """Return one certificate with its student, as the provider said it last."""
    card = one.card
    known = card.birth.precision is Precision.DAY and not card.birth.placeholder
    commenced = one.commenced if len(one.commenced) == len("2015-03-01") else ""
    return RegisterCertificate(
        student_id=card.local_id,
        given_name=None if card.single_name else card.given_name or None,
        surname=card.family_name or None,
        birth_date=card.birth.earliest if known else None,
        gender=card.gender or None,
        kind=kind,
        issue_date=issue_date,
        number=number,
        language=language,
        program_code=code_of(record.course),
        program_title=title_of(record.course),
        units=units,
        other_names=card.other_names or None,
        completion_date=completed,
        enrolment_date=date.fromisoformat(commenced) if commenced else None,
        postcode=one.contact.get("postcode"),
        email=one.contact.get("email"),
    )


def _results(one: HeldStudent) -> _Units:
    """Return a student's unit results by course and unit, in the order in which they were lodged."""
    found: _Units = defaultdict(list)
    for record in one.of("UNIT_RESULT"):
        found[code_of(record.course), code_of(record.unit)].append(record)
    return found


def _completions(one: HeldStudent) -> dict[str | None, list[RecordedVersion]]:
    """Return a student's completed courses by code, in the order in which they were lodged."""
    found: dict[str | None, list[RecordedVersion]] = defaultdict(list)
    for record in one.of("COURSE_RESULT"):
        found[code_of(record.course)].append(record)
    return found


def _next(records: list[RecordedVersion]) -> RecordedVersion | None:
    """Return the first record and take it out unless it is the last, which further certificates name too."""
    if not records:
        return None
    return records.pop(0) if len(records) > 1 else records[0]


def _unit(record: RecordedVersion | None, code: str, title: str | None) -> RegisterUnit:
    """Return a unit with what is held of its result; a certificate names achieved units only."""
    if record is None:
        return RegisterUnit(code, title, _ACHIEVED)
    facts = record.facts
    return RegisterUnit(
        code,
        title,
        str(facts.get("outcome") or _ACHIEVED),
        started=day_of(facts, "started"),
        ended=day_of(facts, "ended"),
    )
