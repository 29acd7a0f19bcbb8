"""What a product's statuses and a provider's scope say on a day, and which days end its use (rulebook B, AQF-08).

Pure: plain values in, days, findings or a Verdict out. Days are the provider's local days (CAL-5); periods are half-open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.kernel.periods import Period
from testamur.kernel.verdict import Finding, Verdict
from testamur.rulebook import evaluate

RULESET: Final = "training"
VERSION: Final = "2025-07-01"
STALE_DAYS: Final = 7
ENDED: Final = ("removed", "deleted", "expired")
TRANSITION_KINDS: Final = ("qualification", "unit", "skill-set", "short-course", "module", "accredited-course")
_ELECTIVE: Final = ("elective", "elsewhere")


@dataclass(frozen=True, slots=True)
class Status:
    """A status and the half-open period in which it holds."""

    status: str
    period: Period
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What replaces a product since a day."""

    code: str
    equivalent: bool
    replaced_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A product on a provider's scope, with the half-open period and what the register says about it."""

    code: str
    period: Period
    extent: str
    implicit: bool
    refused: bool
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of packaging rules with its units; `choose_most` None: as many as the group holds."""

    group: str
    title: str
    kind: str
    choose_least: int
    choose_most: int | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """What is missing for a packaged product: core units by code, units a group still needs, units in all."""

    core: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    units: int

    @property
    def complete(self) -> bool:
        """Say whether nothing is missing."""
        return not self.core and not self.groups and self.units == 0


def status_on(statuses: Iterable[Status], day: date) -> str | None:
    """Return the status on a day; None before the first and where the register says nothing."""
    return next((each.status for each in statuses if each.period.contains(day)), None)


def current_on(statuses: Iterable[Status], day: date) -> bool:
    """Say whether a product is current on a day."""
    return status_on(statuses, day) == "current"


def replaced_on(statuses: Iterable[Status], replacements: Sequence[Replacement]) -> date | None:
    """Return the day on which the replacement went on the register: the earliest mapping, else the status (TRN-01)."""
    days = [each.replaced_on for each in replacements]
    days = days or [each.period.since for each in statuses if each.status == "superseded"]
    return min(days, default=None)


def ended_on(statuses: Iterable[Status]) -> date | None:
    """Return the first day on which a product is removed, deleted or expired; None where it is not (CS 14(1)(b), (c))."""
    return min((each.period.since for each in statuses if each.status in ENDED), default=None)


def last_enrolment_day(
    kind: str, replaced: date | None, ended: date | None, *, on: date, approval_until: date | None = None
) -> date | None:
    """Return the last day on which a student may be enrolled, by the ruleset `transition` as of a day; None where none is set."""
    return _last_day("enrol", kind, replaced, ended, on=on, approval_until=approval_until)


def last_issue_day(kind: str, replaced: date | None, ended: date | None, *, on: date) -> date | None:
    """Return the last day on which a document may be issued, by the ruleset `transition` as of a day; None where none is set."""
    return _last_day("issue", kind, replaced, ended, on=on)


def _last_day(
    question: str,
    kind: str,
    replaced: date | None,
    ended: date | None,
    *,
    on: date,
    approval_until: date | None = None,
) -> date | None:
    """Return the last day that the ruleset names; None for a course of higher education, of which it does not speak."""
    if kind not in TRANSITION_KINDS or (replaced is None and ended is None):
        return None
    days = {"on": on, "replaced_on": replaced, "ended_on": ended, "approval_until": approval_until}
    written = {name: day.isoformat() for name, day in days.items() if day is not None}
    last = evaluate.decide("transition", {"question": question, "kind": kind, **written}).details["last_day"]
    return last if isinstance(last, date) else None


def in_scope_on(lines: Iterable[ScopeLine], code: str, day: date) -> ScopeLine | None:
    """Return the line by which a provider has a product on its scope on a day, explicit before implicit (AQF-08, REG-01)."""
    held = [line for line in lines if line.code == code and not line.refused and line.period.contains(day)]
    return min(held, key=lambda line: line.implicit, default=None)


def is_stale(age_days: int | None) -> bool:
    """Say whether the youngest copy is older than seven days, or there is none (TRN-09)."""
    return age_days is None or age_days > STALE_DAYS


def lacking(groups: Sequence[Group], units_required: int, achieved: Collection[str]) -> Lacking:
    """Return what a student's achieved units lack for a packaged product (AQF-01).

    Every core unit counts; of an elective group no more than its most; units that stand in no group count as units from
    elsewhere, where the release allows them.
    """
    done = frozenset(achieved)
    listed = {unit for group in groups for unit in group.units}
    core = tuple(unit for group in groups if group.kind == "core" for unit in group.units if unit not in done)
    counted = sum(len(done & set(group.units)) for group in groups if group.kind == "core")
    short = []
    for group in groups:
        if group.kind not in _ELECTIVE:
            continue
        have = len(done - listed) if group.kind == "elsewhere" else len(done & set(group.units))
        if have < group.choose_least:
            short.append((group.group, group.choose_least - have))
        counted += have if group.choose_most is None else min(have, group.choose_most)
    return Lacking(core, tuple(short), max(0, units_required - counted))


def may_load(*, taken_on: date, on: date, youngest: date | None) -> Verdict:
    """A copy is of a day that has come, and never older than the youngest copy that is loaded (REG-01)."""
    findings = []
    if taken_on > on:
        findings.append(
            _finding("The copy says that it was taken on a day to come. Correct snapshot.json.", "taken_on")
        )
    elif youngest is not None and taken_on < youngest:
        message = f"A younger copy, of {youngest.day} {youngest:%B %Y}, is loaded already. Load a copy taken later."
        findings.append(_finding(message, "taken_on"))
    return _verdict(findings)


def may_decide(*, proposed_by_decider: bool) -> Verdict:
    """Who sent a copy does not approve it: a second person does (REG-01, access matrix F.2)."""
    if not proposed_by_decider:
        return _verdict([])
    return _verdict([_finding("You sent this copy. Somebody else has to approve it.", "decided_by")])


def may_watch(*, announced: date, expected: date | None, on: date) -> Verdict:
    """A review was announced on a day that has come, and its outcome is expected later."""
    findings = []
    if announced > on:
        findings.append(_finding("The day of the announcement lies in the future.", "announced_date"))
    if expected is not None and expected <= announced:
        findings.append(_finding("The outcome is expected after the announcement.", "expected_date"))
    return _verdict(findings)


def _finding(message: str, column: str) -> Finding:
    """Return one blocking finding."""
    return Finding(rule="REG-01", message=message, source=_SOURCE, outcome="BLOCK", column=column)


_SOURCE: Final = "Compliance Standards 2025, section 10(a)"


def _verdict(findings: list[Finding]) -> Verdict:
    """Return the answer of the ruleset."""
    return Verdict(RULESET, VERSION, "BLOCK" if findings else "ALLOW", tuple(findings))
