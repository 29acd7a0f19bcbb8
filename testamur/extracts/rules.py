"""Decisions about applications for records: matching, identity pictures, assisted identities, approvals. Pure.

TEQ-05 (never an automatic refusal), TEQ-07 (matching), CQR-16 (folding before "different"), G-41 (assisted identity), F.2
(nobody approves their own case), PRV-09 (what goes when).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from testamur.kernel.periods import PartialDate, Precision, deadline_after
from testamur.kernel.verdict import Finding, Verdict
from testamur.students.rules import NO_NAME, fold_name, same_given_names

VERSION: Final = "2026-01-01"
IDENTITY_LASTS_MONTHS: Final = 12
IDLE_REQUEST_DAYS: Final = 30
FAILED_SCAN_DAYS: Final = 90
SCAN_LIMIT_BYTES: Final = 10 * 1024 * 1024
SCAN_TYPES: Final[dict[bytes, str]] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}
_TEQ_05: Final = "rulebook TEQ-05; TEQSA: insufficient or no longer valid identity documents"
_TEQ_06: Final = "rulebook TEQ-06; TEQSA: how to create an application"
_TEQ_07: Final = "rulebook TEQ-07 (matching of a person with a record)"
_G_41: Final = "rulebook G-41 (assisted identity)"
_F_2: Final = "rulebook F.2 (access matrix)"

Agreement = Literal["same", "variant", "different", "unknown"]


@dataclass(frozen=True, slots=True)
class Name:
    """One name that somebody has or had; a single name stands as family name."""

    family: str
    given: str = ""
    others: str = ""

    @property
    def folded_family(self) -> str:
        """Return the family name as it is compared."""
        return fold_name(self.family)

    @property
    def folded_given(self) -> str:
        """Return all given names as they are compared; 9999 means that there is none."""
        return fold_name(" ".join(part for part in (self.given, self.others) if part != NO_NAME))

    @property
    def printed(self) -> str:
        """Return the name as it is printed."""
        return " ".join(part for part in (self.given, self.others, self.family) if part and part != NO_NAME)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the applicant says: names (the present one first), birth date, years attended, courses as typed."""

    names: tuple[Name, ...]
    birth_date: date
    attended_from: int
    attended_until: int
    courses: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the register holds of a student who may be the applicant; `years` and `courses` come from their results."""

    student_id: int
    names: tuple[Name, ...]
    birth: PartialDate
    years: tuple[int, ...] = ()
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldCompared:
    """One field of a comparison: what was asked, what is held, whether they agree, and the same in words."""

    field: str
    asked: str
    held: str
    agreement: Agreement
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The applicant beside one student; `exact` where every field that decides agrees; `uncertain` where one cannot."""

    student_id: int
    fields: tuple[FieldCompared, ...]
    exact: bool
    uncertain: bool


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What the comparison of an applicant with all candidates came to; `proposed` is a student, or None for an officer."""

    proposed: int | None
    matches: int
    placeholder: bool
    comparisons: tuple[Comparison, ...]
    reasons: tuple[str, ...]


def match(claim: Claim, candidates: Sequence[Candidate]) -> MatchResult:
    """Exactly one student who agrees in name, birth date and period is proposed; everything else goes to an officer.

    Names are folded, former names and a single name count, given names may be left out at their end. A birth date that is
    a placeholder or known only in part is never matched on: such a candidate sends the whole to an officer. Source: TEQ-07.
    """
    compared = tuple(compare(claim, candidate) for candidate in candidates)
    exact = [one for one in compared if one.exact]
    uncertain = any(one.uncertain for one in compared)
    reasons = []
    if not candidates:
        reasons.append("No student of this provider agrees in family name and, besides, in given names or birth date.")
    elif not exact:
        reasons.append("No student agrees in name, birth date and period together.")
    if len(exact) > 1:
        reasons.append(f"{len(exact)} students agree in name, birth date and period.")
    if uncertain:
        reasons.append("A student who may be meant has a birth date that is not known to the day.")
    if len(exact) == 1 and not uncertain:
        reasons.append("Exactly one student agrees in name, birth date and period.")
        return MatchResult(exact[0].student_id, 1, False, compared, tuple(reasons))
    return MatchResult(None, len(exact), uncertain, compared, tuple(reasons))


def compare(claim: Claim, candidate: Candidate) -> Comparison:
    """Lay an applicant beside one student, field by field (CQR-16: case, accents and apostrophes never differ)."""
    family, given = _names(claim, candidate)
    birth = _birth(claim.birth_date, candidate.birth)
    period = _period(claim, candidate)
    fields = (family, given, birth, period, _courses(claim, candidate))
    named = family.agreement in {"same", "variant"} and given.agreement in {"same", "variant"}
    known = birth.agreement == "same"
    fits = period.agreement in {"same", "unknown"}
    return Comparison(candidate.student_id, fields, named and known and fits, named and birth.agreement == "unknown")


def worth_comparing(claim: Claim, candidate: Candidate) -> bool:
    """Say whether a student of the family name is compared at all: given names agree, or the birth date does.

    Nobody else's record is opened for an application (PRV-02), and an officer is not shown a hundred strangers.
    """
    _, given = _names(claim, candidate)
    birth = _birth(claim.birth_date, candidate.birth)
    return given.agreement in {"same", "variant"} or birth.agreement == "same"


def _names(claim: Claim, candidate: Candidate) -> tuple[FieldCompared, FieldCompared]:
    """Compare family and given names: the pair of names, present or former, that agrees best is the one shown."""
    ranked = []
    for asked_at, asked in enumerate(claim.names):
        for held_at, held in enumerate(candidate.names):
            families = _family(asked, held, former=bool(asked_at or held_at))
            givens = _given(asked, held)
            ranked.append((_rank(families) + _rank(givens), asked_at + held_at, families, givens))
    _, _, families, givens = min(ranked, key=lambda pair: (pair[0], pair[1]))
    return families, givens


def _rank(compared: FieldCompared) -> int:
    """Order agreements, the best first."""
    return ("same", "variant", "unknown", "different").index(compared.agreement)


def _family(asked: Name, held: Name, *, former: bool) -> FieldCompared:
    """Compare two family names."""
    if asked.folded_family != held.folded_family or not asked.folded_family:
        return FieldCompared("Family name", asked.family, held.family, "different", "Differs")
    if former:
        return FieldCompared("Family name", asked.family, held.family, "variant", "Agrees with a former name")
    return FieldCompared("Family name", asked.family, held.family, "same", "Agrees")


def _given(asked: Name, held: Name) -> FieldCompared:
    """Compare all given names; names may be missing at the end of either."""
    shown = (" ".join(filter(None, (asked.given, asked.others))), " ".join(filter(None, (held.given, held.others))))
    one, other = asked.folded_given, held.folded_given
    if one == other:
        words = "Agrees" if one else "Agrees: one name only"
        return FieldCompared("Given names", *shown, "same", words)
    if same_given_names(one, other):
        return FieldCompared("Given names", *shown, "variant", "Agrees as far as both go")
    return FieldCompared("Given names", *shown, "different", "Differs")


def _birth(asked: date, held: PartialDate) -> FieldCompared:
    """Compare birth dates; what is not known to the day, or is a placeholder, agrees with nothing and differs from nothing."""
    shown = (PartialDate.on(asked).printed(), held.printed())
    if held.placeholder or held.earliest is None or held.latest is None:
        return FieldCompared("Birth date", *shown, "unknown", "Not known to the provider")
    if not held.earliest <= asked <= held.latest:
        return FieldCompared("Birth date", *shown, "different", "Differs")
    if held.precision is not Precision.DAY:
        return FieldCompared("Birth date", *shown, "unknown", "Known only in part")
    return FieldCompared("Birth date", *shown, "same", "Agrees")


def _period(claim: Claim, candidate: Candidate) -> FieldCompared:
    """Compare the years attended with the years of the results; one year in common is enough."""
    asked = _years(range(claim.attended_from, claim.attended_until + 1))
    if not candidate.years:
        return FieldCompared("Years", asked, "none lodged", "unknown", "The provider lodged no year")
    held = _years(candidate.years)
    if any(claim.attended_from <= year <= claim.attended_until for year in candidate.years):
        return FieldCompared("Years", asked, held, "same", "Overlap")
    return FieldCompared("Years", asked, held, "different", "No year in common")


def _years(years: Sequence[int]) -> str:
    """Return years as first to last."""
    return f"{min(years)}" if min(years) == max(years) else f"{min(years)} to {max(years)}"


def _courses(claim: Claim, candidate: Candidate) -> FieldCompared:
    """Compare courses by their words: a hint for a person, never a reason to match or not to."""
    held = ", ".join(candidate.courses) or "none lodged"
    asked = claim.courses.strip() or "not told"
    words = {word for word in fold_name(claim.courses).split() if len(word) > 3}
    if not words or not candidate.courses:
        return FieldCompared("Courses", asked, held, "unknown", "Cannot be compared")
    common = words & set(fold_name(" ".join(candidate.courses)).split())
    if common:
        return FieldCompared("Courses", asked, held, "same", "Words in common")
    return FieldCompared("Courses", asked, held, "different", "No word in common")


def scan_type(content: bytes) -> str | None:
    """Return the kind of a picture by its own first bytes (JPEG, PNG or PDF), or None; its name and label do not count."""
    return next((kind for start, kind in SCAN_TYPES.items() if content.startswith(start)), None)


def check_scan(content: bytes) -> Verdict:
    """A picture of an identity document is a JPEG, PNG or PDF of at most 10 MB (TEQ-04)."""
    findings = []
    if not content:
        findings.append(_no("TEQ-04", "The file is empty.", _TEQ_06, "Take the picture again and upload it.", "scan"))
    elif len(content) > SCAN_LIMIT_BYTES:
        message = "The file is larger than 10 MB."
        findings.append(_no("TEQ-04", message, _TEQ_06, "Take the picture with a lower resolution.", "scan"))
    elif scan_type(content) is None:
        message = "The file is no JPEG or PNG picture and no PDF."
        findings.append(_no("TEQ-04", message, _TEQ_06, "Upload a picture as your phone takes it, or a PDF.", "scan"))
    return _verdict(findings)


def check_period(attended_from: int, attended_until: int, *, on: date) -> Verdict:
    """The years attended lie in order, not before 1900 and not in the future (TEQ-06)."""
    findings = []
    if not 1900 <= attended_from <= on.year:
        findings.append(
            _no("TEQ-06", "Enter the first year as four figures.", _TEQ_06, "Such as 2012.", "attended_from")
        )
    if not attended_from <= attended_until <= on.year:
        message = "The last year lies before the first, or in the future."
        findings.append(_no("TEQ-06", message, _TEQ_06, "Enter the years as four figures.", "attended_until"))
    return _verdict(findings)


def may_approve_identity(facts: Sequence[str], *, proposed_by: object, by: object) -> Verdict:
    """An identity without a document rests on two independent facts, proposed by one person and approved by another (G-41)."""
    findings = []
    if len({fold_name(fact) for fact in facts if len(fact.strip()) >= 10}) < 2:
        message = "An identity without a document rests on two independent facts; fewer are written down."
        findings.append(_no("TEQ-05", message, _G_41, "Write down two facts and where each comes from.", "facts"))
    if proposed_by == by:
        findings.append(
            _no("F.2", "Nobody approves what they proposed.", _F_2, "Ask a supervisor to look at it.", None)
        )
    return _verdict(findings)


def may_confirm_match(*, exact: bool, proposed_by: object, by: object, supervisor: bool) -> Verdict:
    """An exact match is confirmed by one officer; any other is chosen by one and approved by a supervisor, another person."""
    findings = []
    if not exact and not supervisor:
        message = "A match that is not exact is approved by a supervisor."
        findings.append(_no("TEQ-07", message, _TEQ_07, "A supervisor finds it in the list of applications.", None))
    if not exact and proposed_by == by:
        findings.append(_no("F.2", "Nobody approves a match that they chose.", _F_2, "Ask another supervisor.", None))
    return _verdict(findings)


def identity_valid_until(decided_on: date) -> date:
    """Return the day on which a confirmed identity lapses: 12 months on (F.1)."""
    return deadline_after(decided_on, months=IDENTITY_LASTS_MONTHS)


def idle_since(on: date) -> date:
    """Return the day before which a request without a move has been idle for too long: 30 days (F.1)."""
    return on - timedelta(days=IDLE_REQUEST_DAYS)


def failed_before(on: date) -> date:
    """Return the day before which a picture that confirmed nothing goes, whatever became of it: 90 days (PRV-09)."""
    return on - timedelta(days=FAILED_SCAN_DAYS)


def _no(rule: str, message: str, source: str, fix: str, column: str | None) -> Finding:
    """Return one reason for a refusal."""
    return Finding(rule=rule, message=message, source=source, outcome="BLOCK", fix=fix, column=column)


def _verdict(findings: Sequence[Finding]) -> Verdict:
    """Return BLOCK with the findings, or ALLOW where there is none."""
    return Verdict("extracts", VERSION, "BLOCK" if findings else "ALLOW", tuple(findings))
