"""What follows from the USI Registry's answers: which number may be asked about, what an answer means, when to ask again. Pure.

USI-02: verified means Valid and every field that was sent a Match; anything else can be used for nothing. USI-03: exemption
codes are never sent. USI-07: a number is shown as dots and its last two characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from testamur.kernel.usi import is_exemption_code, parse_usi
from testamur.students.rules import NO_NAME
from testamur.students.usi.registry import LONGEST_NAME, Answer, BulkAnswer, BulkQuestion, Match, Question, USIStatus

VERIFIED: Final = "verified"
NEEDS_WORK: Final = ("mismatch", "invalid", "deactivated", "failed")
# How long to wait after the first, second, … call that brought no answer; then the number counts as failed.
BACKOFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
REASONS: Final[Mapping[str, str]] = {
    "": "",
    "exemption": "There is an exemption code in place of a number. It is never sent to the USI Registry.",
    "shape": "The number has a wrong character or a wrong check character.",
    "no_birth_date": "No whole date of birth is held, and the USI Registry compares one.",
    "no_name": "Neither a first and a family name nor a single name is held.",
    "timed_out": "The USI Registry did not answer in time.",
    "unavailable": "The USI Registry was closed.",
    "omitted": "The USI Registry's answer left this student out.",
    "contradicted": "The USI Registry's answer spoke of this student twice, differently.",
    "refused": "The USI Registry refused the question.",
    "not_authorised": "The USI Registry does not let this register ask.",
}
_VERBS: Final[Mapping[str, str]] = {
    "verified": "confirm",
    "mismatch": "differ",
    "invalid": "reject",
    "deactivated": "retire",
    "failed": "give_up",
    "exempt": "exempt",
}


def masked(number: str) -> str:
    """Return a number as it may be shown: dots, and the last two of its characters."""
    return "•" * max(0, len(number) - 2) + number[-2:]


def verb_of(outcome: str) -> str:
    """Return the move of students.states.IDENTIFIER that leads from pending to an outcome."""
    return _VERBS[outcome]


@dataclass(frozen=True, slots=True)
class Said:
    """What is held of who a student is: names, whether the family name is a single one, the birth date where it is whole."""

    given: str = ""
    family: str = ""
    single: bool = False
    birth: date | None = None


def why_not_asked(number: str, said: Said) -> tuple[str, str] | None:
    """Return (outcome, reason) where the Registry cannot be asked about a student, None where it can.

    An exemption code is exempt, a bad shape invalid, and a student without exact birth date or names failed.
    """
    if is_exemption_code(number):
        return "exempt", "exemption"
    if parse_usi(number) is None:
        return "invalid", "shape"
    if said.birth is None:
        return "failed", "no_birth_date"
    named = _sent_name(said.family) and (said.single or _sent_name(said.given))
    return None if named else ("failed", "no_name")


def question_of(number: str, said: Said) -> Question:
    """Return the question about a student; raises ValueError where why_not_asked has something to say.

    Names longer than 40 characters are cut, as the Registry holds no more.
    """
    usi = parse_usi(number)
    if usi is None or said.birth is None:
        raise ValueError("there is nothing to ask about this student")
    if said.single:
        return Question(usi, said.birth, single_name=_sent_name(said.family))
    return Question(usi, said.birth, first_name=_sent_name(said.given), family_name=_sent_name(said.family))


def _sent_name(name: str) -> str:
    """Return a name as it is sent; 9999 stands for none (V22)."""
    return "" if name == NO_NAME else " ".join(name.split())[:LONGEST_NAME].strip()


def outcome_of(question: Question, answer: Answer) -> str:
    """Return what an answer makes of a number: verified only where it is Valid and every field sent is a Match (USI-02)."""
    if answer.status is USIStatus.INVALID:
        return "invalid"
    if answer.status is USIStatus.DEACTIVATED:
        return "deactivated"
    agreed = all(answer.flags[name] is Match.MATCH for name in question.sent)
    return VERIFIED if agreed else "mismatch"


def sorted_answers(asked: Sequence[BulkQuestion], lines: Iterable[BulkAnswer]) -> dict[int, tuple[Answer | None, str]]:
    """Return for each record that was asked its answer, or None and the reason: omitted, contradicted.

    Lines are matched by record number and USI together, in any order. The same line twice counts once; a line about
    nothing that was asked counts for nothing.
    """
    numbers = {one.record_id: one.question.usi for one in asked}
    said: dict[int, set[Answer]] = {}
    for line in lines:
        if numbers.get(line.record_id) == line.usi:
            said.setdefault(line.record_id, set()).add(line.answer)
    found: dict[int, tuple[Answer | None, str]] = {}
    for record_id in numbers:
        answers = said.get(record_id, set())
        found[record_id] = (next(iter(answers)), "") if len(answers) == 1 else (None, "omitted")
        if len(answers) > 1:
            found[record_id] = (None, "contradicted")
    return found


def due_after(attempts: int, at: datetime) -> datetime | None:
    """Return when to ask again after so many calls without an answer; None where it is enough."""
    return at + BACKOFF[attempts - 1] if attempts <= len(BACKOFF) else None


def may_be_used(state: str, *, answered_by: str, setting: str) -> bool:
    """Say whether a number may be used (USI-02): verified, and not by the made-up Registry unless that is what the site runs."""
    return state == VERIFIED and (answered_by != "fake" or setting == "fake") and answered_by != ""
