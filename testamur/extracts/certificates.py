"""The certificates that a provider lodged, for people to read: kind in words, number, day, language, units (CQR-03, CQR-10).

What a certificate says of its units is not said a second time as a result: a unit of which nothing more was lodged than
that it stands on the certificate is shown with it and nowhere else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.register.queries import RecordedVersion

KIND_WORDS: Final = {"Q": "Testamur", "S": "Statement of attainment", "R": "Record of results"}
_COMPETENT: Final = "20"
_MORE: Final = ("started", "ended", "year", "mark", "grade", "credit", "weighting", "language", "subsidiary")


@dataclass(frozen=True, slots=True)
class LodgedCertificate:
    """One certificate as lodged; `units` are (code, title), a title that was not lodged is blank.

    `whole` says that it attests a whole qualification and not some units.
    """

    kind: str
    whole: bool
    number: str
    issued: date | None
    language: str | None
    course_code: str
    course_title: str
    units: tuple[tuple[str, str], ...]
    version: RecordedVersion


def certificates_of(versions: Sequence[RecordedVersion]) -> list[LodgedCertificate]:
    """Return the certificates among some versions, the earliest issued first."""
    found = [_certificate(version) for version in versions if version.kind.label == "certificate"]
    return sorted(found, key=lambda one: (one.issued or date.min, one.number))


def _certificate(version: RecordedVersion) -> LodgedCertificate:
    """Read one certificate's facts."""
    facts = version.facts
    kind = str(facts.get("type") or "")
    code, title = version.course or ("", "")
    return LodgedCertificate(
        kind=KIND_WORDS.get(kind, "Document"),
        whole=kind == "Q",
        number=str(facts.get("number") or ""),
        issued=date.fromisoformat(facts["issued"]) if facts.get("issued") else None,
        language=facts.get("language"),
        course_code=code,
        course_title=title,
        units=tuple((str(code), str(title or "")) for code, title in facts.get("units") or []),
        version=version,
    )


def said_by(certificates: Sequence[LodgedCertificate]) -> frozenset[tuple[int, str, str]]:
    """Return (student, course code, unit code) of every unit that stands on a certificate."""
    return frozenset((one.version.student_id, one.course_code, code) for one in certificates for code, _ in one.units)


def says_no_more(unit: RecordedVersion, on_certificates: Collection[tuple[int, str, str]]) -> bool:
    """Say whether a unit result holds nothing but what a certificate says too: achieved, no day, no mark."""
    course, code = (held[0] if held else "" for held in (unit.course, unit.unit))
    bare = unit.facts.get("outcome") == _COMPETENT and not any(unit.facts.get(name) for name in _MORE)
    return bare and (unit.student_id, course, code) in on_certificates
