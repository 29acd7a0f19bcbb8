"""What may be entered about students in training, and what follows from it: decided days, balances, days of keeping. Pure.

Rulebook A.1 (AQF-01 to AQF-07), A.6 REG-04 and B. Plain values in; findings, a Verdict or a day out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.enrolments.languages import is_language
from testamur.kernel.periods import retained_until
from testamur.kernel.verdict import Finding, Severity, Verdict

SECTORS: Final = ("vet", "he")
KINDS: Final = ("qualification", "accredited-course", "short-course", "skill-set", "unit", "module", "he-course")
OUTCOMES: Final = ("competent", "not-competent", "in-progress", "withdrawn")
DECISIVE: Final = ("competent", "not-competent")
METHODS: Final = ("assessed", "rpl", "credit-transfer")
EVIDENCE_KINDS: Final = ("assessment", "rpl-portfolio", "credit-source", "screenshot", "other")
PROVES: Final = {"rpl": "rpl-portfolio", "credit-transfer": "credit-source"}
EXIT_REASONS: Final = ("withdrew", "no-contact", "provider-ended", "transferred", "cancelled", "other")
FEE_KINDS: Final = ("agreed", "charged", "paid", "waived", "refunded")
IDENTITY_CHECKS: Final = ("in-person", "photo-identity", "video-call", "workplace", "supervised-online")
JURISDICTIONS: Final = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")
MOST_CENTS: Final = 100_000_000_00
_KEPT_YEARS: Final = 2
_STALE_DAYS: Final = 7
_VERSION: Final = "2025-07-01"
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,19}")
_TRANSITION: Final = "Compliance Standards 2025, section 14"
_REQUIREMENTS: Final = "Compliance Standards 2025, section 9(1)"
_WORST: Final = ("BLOCK", "HOLD", "ALLOW_WITH_WARNING", "ALLOW")


# Enrolment ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnrolFacts:
    """What decides whether a student may be enrolled; None where the register cannot say.

    `transition` is the answer of the ruleset transition to the question enrol; `register_age_days` is how old the copy of the
    national register is, and `product_changed` whether the product changed in it.
    """

    provider_registered: bool | None = None
    on_scope: bool | None = None
    transition: Verdict | None = None
    register_age_days: int | None = None
    product_changed: bool = False


def may_enrol(facts: EnrolFacts) -> Verdict:
    """Say whether a student may be enrolled: by a registered provider, in a product on its scope that takes enrolments.

    What the register cannot say does not stand in the way; a USI may come later, for only issuing needs it (USI-01). AQF-08,
    TRN-01, TRN-02, TRN-09.
    """
    found: list[Finding] = []
    if facts.provider_registered is False:
        message = "The provider is not registered on the day of enrolment. Enrol from a day on which it is."
        found.append(Finding("AQF-08", message, "NVR Act, sections 95 to 98", outcome="BLOCK"))
    if facts.on_scope is False:
        message = (
            "The product is not on the provider's scope on the day of enrolment. Check code and day, or the scope."
        )
        found.append(Finding("AQF-08", message, "NVR Act, sections 95 to 98", outcome="BLOCK", column="product_code"))
    if facts.transition is not None and not facts.transition.allowed:
        found += facts.transition.findings
    if facts.product_changed and (facts.register_age_days or 0) > _STALE_DAYS:
        message = (
            f"The copy of the national register is {facts.register_age_days} days old and this product has changed in it. "
            "Enrol once the register has been read again."
        )
        found.append(Finding("TRN-09", message, _TRANSITION, outcome="HOLD", column="product_code"))
    outcomes = {finding.outcome for finding in found}
    worst = next((one for one in _WORST if one in outcomes), "ALLOW")
    return Verdict("enrolment", _VERSION, worst, tuple(found))


# Outcomes of units --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutcomeSaid:
    """How one unit goes or went, as somebody says it. `evidence` is the id of a piece of evidence of the
    same enrolment; `reason` says why a decided outcome is changed.
    """

    unit_code: str
    unit_title: str
    outcome: str = "in-progress"
    method: str = "assessed"
    decided_on: date | None = None
    assessor: str = ""
    started_on: date | None = None
    ended_on: date | None = None
    delivered_in: str = ""
    assessed_in: str = ""
    mark: str = ""
    grade: str = ""
    evidence: str = ""
    reason: str = ""


def check_outcome(said: OutcomeSaid, *, today: date) -> list[Finding]:
    """Return what is wrong with an outcome as it is said; `today` is the day at the provider. Clause: section 9(1)."""
    decided, begun, ended = said.decided_on, said.started_on, said.ended_on
    tests: list[tuple[bool, str, str, str]] = [
        (not _CODE.fullmatch(said.unit_code), "unit_code", "E02", "The code is not one of capital letters and digits."),
        (not said.unit_title, "unit_title", "E01", "The unit has no title. Write it as the national register does."),
        (said.outcome not in OUTCOMES, "outcome", "E03", f"The outcome is none of {', '.join(OUTCOMES)}."),
        (said.method not in METHODS, "method", "E03", f"The method is none of {', '.join(METHODS)}."),
        (said.outcome in DECISIVE and decided is None, "decided_on", "E04", "A decided outcome needs the day of the decision."),
        (
            said.outcome not in DECISIVE and decided is not None,
            "decided_on",
            "E04",
            "An outcome that is not decided has no day of decision. Leave the day out, or say what was decided.",
        ),
        (
            said.outcome in DECISIVE and not said.assessor and said.method != "credit-transfer",
            "assessor",
            "E01",
            "A decided outcome needs the assessor who decided it.",
        ),
        (_after(decided, today), "decided_on", "E05", "The day of the decision lies in the future."),
        (_after(begun, ended), "ended_on", "E05", "The unit ends before it begins."),
        (_after(begun, decided), "decided_on", "E05", "The unit was decided before it began."),
    ]  # fmt: skip
    tests += [
        (
            bool(code) and not is_language(code),
            name,
            "E03",
            "The language is not an ISO 639 code, such as en, zh or vie.",
        )
        for name, code in (("delivered_in", said.delivered_in), ("assessed_in", said.assessed_in))
    ]
    return [
        Finding(rule, message, _REQUIREMENTS, severity=Severity.ERROR, column=column)
        for wrong, column, rule, message in tests
        if wrong
    ]


def _after(one: date | None, other: date | None) -> bool:
    """Say whether one day lies after another, both being known."""
    return one is not None and other is not None and one > other


def proven(*, method: str, evidence_kind: str) -> bool:
    """Say whether an outcome has what its method needs: RPL a portfolio, credit transfer a sighted source (AQF-02, AQF-02b).

    An outcome assessed here needs none; a screenshot of a transcript is no source.
    """
    return method not in PROVES or PROVES[method] == evidence_kind


def last_decisive_on(outcomes: Iterable[tuple[str, date | None]]) -> date | None:
    """Return the day of the last decided outcome, with which the thirty days begin (AQF-04); None where none is decided."""
    return max((day for outcome, day in outcomes if outcome in DECISIVE and day), default=None)


def may_complete(outcomes: Sequence[tuple[str, date | None]]) -> Verdict:
    """Say whether training is over: at least one unit competent, and none still in progress (AQF-01, AQF-12)."""
    found = []
    if any(outcome == "in-progress" for outcome, _ in outcomes):
        message = "A unit is still in progress. Record its outcome first, or that it was withdrawn from."
        found.append(Finding("AQF-01", message, _REQUIREMENTS, outcome="BLOCK"))
    if not any(outcome == "competent" for outcome, _ in outcomes):
        message = "No unit is competent. Record an exit where the student leaves without one."
        found.append(Finding("AQF-01", message, _REQUIREMENTS, outcome="BLOCK"))
    return Verdict("enrolment", _VERSION, "BLOCK" if found else "ALLOW", tuple(found))


# Fees ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeStanding:
    """What the entries of one enrolment come to, in cents. `balance` is what is owed now; below zero the student is owed."""

    agreed: int = 0
    charged: int = 0
    paid: int = 0
    waived: int = 0
    refunded: int = 0
    balance: int = 0
    cleared_on: date | None = None


def fee_standing(entries: Iterable[tuple[str, int, date]], *, on: date) -> FeeStanding:
    """Return the standing on a day from the (kind, cents, day) of one enrolment's entries (AQF-05).

    Owed is the greater of what was agreed and what was charged, less what was waived and paid, plus what was paid back. It was
    cleared on the day since which nothing is owed. Entries of another enrolment never come in: a debt elsewhere is no ground.
    """
    sums = dict.fromkeys(FEE_KINDS, 0)
    cleared: date | None = None
    days: dict[date, list[tuple[str, int]]] = {}
    for kind, cents, day in entries:
        if day <= on:
            days.setdefault(day, []).append((kind, cents))
    for day in sorted(days):
        for kind, cents in days[day]:
            sums[kind] += cents
        owed = max(sums["agreed"], sums["charged"])
        if _balance(sums) > 0:
            cleared = None
        elif owed > 0 and cleared is None:
            cleared = day
    return FeeStanding(**sums, balance=_balance(sums), cleared_on=cleared)


def _balance(sums: dict[str, int]) -> int:
    """Return what is owed under some sums."""
    return max(sums["agreed"], sums["charged"]) - sums["waived"] - sums["paid"] + sums["refunded"]


# Evidence -----------------------------------------------------------------------------------------------------------


def evidence_kept_until(
    *, completed_on: date | None, exited_on: date | None, other_duty_until: date | None
) -> date | None:
    """Return the first day on which evidence may go: completion or exit and two years, or a longer duty (REG-04, CAL-3).

    None before the student completed or left: it is then kept without a day. Where both happened the later one counts.
    """
    ended = max((day for day in (completed_on, exited_on) if day), default=None)
    if ended is None:
        return None
    kept = retained_until(ended, years=_KEPT_YEARS)
    return max(kept, other_duty_until) if other_duty_until else kept


def may_purge(*, kept_until: date | None, on: date) -> bool:
    """Say whether evidence may go on a day: on the day that evidence_kept_until names, and not one earlier (REG-04)."""
    return kept_until is not None and on >= kept_until
