"""May this document be issued, reissued, replaced, cancelled? The facts go to the ruleset `issuance`; people and evidence beside.

Plain values in, Verdict out. Every fact that is known is given, because a missing one counts as favourable.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from testamur.kernel.verdict import Detail, Finding, Verdict
from testamur.rulebook.evaluate import decide

RULESET: Final = "issuance"
VERSION: Final = "2026-07-01"
POWERS: Final = ("prepare", "approve", "sign")
KINDS: Final = ("testamur", "statement-of-attainment", "record-of-results", "he-testamur", "academic-transcript")
GROUNDS: Final = ("inadequate-assessment", "issued-in-error", "false-document", "outside-scope", "regulator-direction")
COPIES: Final = ("lost", "damaged", "copy")
NAME_EVIDENCE: Final = ("marriage-certificate", "change-of-name-certificate", "birth-certificate", "court-order")
REPLACING: Final = ("name-change", "error")
_OUTCOMES: Final = ("BLOCK", "REFER", "HOLD", "FEE_HOLD", "ALLOW")
_DOCUMENT: Final = {"he-testamur": "testamur", "academic-transcript": "record-of-results"}
_QUALIFYING: Final = frozenset({"qualification", "accredited-course"})
_ATTAINED: Final = "competent"
_HOUSE: Final = "This register's own reading; rulebook "


@dataclass(frozen=True, slots=True)
class Authority:
    """A written authority: what for, for which kinds of document (none named: all), and its first and last day."""

    power: str
    kinds: tuple[str, ...]
    since: date
    until: date | None

    def covers(self, power: str, kind: str, day: date) -> bool:
        """Say whether it allows something with a kind of document on a day; the last day counts."""
        dated = self.since <= day and (self.until is None or day <= self.until)
        return dated and self.power == power and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True)
class People:
    """Who prepares and approves, whether they may, and whose staff they are. None: not known yet, nothing is decided on it.

    While a document is prepared nobody approves it yet; everything else is asked as at issue.
    """

    prepared_by: str | None = None
    preparer_authorised: bool = True
    approved_by: str | None = None
    approver_authorised: bool | None = None
    own_staff: bool = True


def kinds_for(sector: str, product_kind: str, state: str, outcomes: Collection[str]) -> tuple[str, ...]:
    """Return which documents an enrolment leads to, in its state of completion or exit (AQF-03)."""
    over = state in {"completed", "exited", "transferred"}
    if not over or product_kind == "non-accredited" or _ATTAINED not in outcomes:
        return ()
    if sector == "he":
        return ("he-testamur", "academic-transcript") if state == "completed" else ("academic-transcript",)
    if product_kind in _QUALIFYING and state == "completed":
        return ("testamur", "record-of-results")
    return ("statement-of-attainment",)


def units_for(kind: str, units: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return the units on which a document rests: a statement lists none that was not attained, yet waits for pending ones."""
    if kind != "statement-of-attainment":
        return list(units)
    return [unit for unit in units if unit["outcome"] in {_ATTAINED, "in-progress"}]


def may_issue(
    facts: Mapping[str, object],
    kind: str,
    *,
    on: date,
    people: People,
    signatory_authorised: bool,
    template_approved: bool,
    transition: Verdict | None = None,
    off_scope_in_transition: bool = False,
) -> Verdict:
    """Say whether a document may be issued on a day: the ruleset `issuance`, and `transition` where the product ended.

    `facts` are those of the enrolment, with the product's packaging and scope and the provider's registration.
    """
    known = {
        **facts,
        "issue_on": on.isoformat(),
        "document": _DOCUMENT.get(kind, kind),
        "units": units_for(kind, _units(facts)),
        "prepared_by": people.prepared_by,
        "approved_by": people.approved_by,
        "approver_authorised": people.approver_authorised,
        "actor_organisation": "provider" if people.own_staff else "third-party",
        "signatory_authorised_on_issue_date": signatory_authorised,
        "template_approved": template_approved,
    }
    verdict = decide(RULESET, known)
    added: list[Finding] = []
    if not people.preparer_authorised:
        message = "Whoever prepares a document needs a written authority of the provider for it on this day."
        added.append(_finding("AQF-09", message, "Compliance Standards 9(1), guide on authorised issuers"))
    if transition is not None and not transition.allowed:
        added += [replace(one, outcome="BLOCK") for one in transition.findings]
    if off_scope_in_transition:
        added.append(referred_scope())
    return _together(verdict, added)


def passes(verdict: Verdict, reason: str) -> bool:
    """Say whether a verdict lets a document go on: it allows, or refers to a person who decided and gave the reason."""
    return verdict.allowed or (verdict.outcome == "REFER" and bool(reason.strip()))


def referred_scope() -> Finding:
    """Return what is said where a product left scope and its days of transition still allow issue (AQF-08)."""
    message = "The product is no longer on the provider's scope; its days of transition still allow issue, so a person decides."
    return Finding("AQF-08", message, "Compliance Standards 10(a)(i) and 14", outcome="REFER")


def _units(facts: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Return the units that the facts name."""
    units = facts["units"]
    if not isinstance(units, Sequence):
        message = "units are a list"
        raise TypeError(message)
    return units


def due_on(verdict: Verdict, last_issue_day: date | None = None) -> date | None:
    """Return the last day on which a document is issued in time; a product's last day of transition wins (AQF-04, TRN-12)."""
    found: Iterable[Detail] = (one.details.get("due_on") for one in verdict.findings if one.rule == "AQF-04")
    days = [day for day in (*found, last_issue_day) if isinstance(day, date)]
    return min(days, default=None)


def may_reissue(state: str, kind: str) -> Verdict:
    """Say whether stored bytes may be served again: of a document that holds, for a loss, damage or a further copy (REI-01)."""
    found = []
    if state != "issued":
        message = "Only a document that holds is reissued. This one was replaced, cancelled or never issued."
        found.append(_finding("REI-01", message, f"{_HOUSE}REI-01"))
    if kind not in COPIES:
        message = "Say why the copy is wanted: lost, damaged, or a further copy."
        found.append(_finding("REI-01", message, f"{_HOUSE}REI-01"))
    return _verdict(found)


def may_replace(
    state: str, why: str, *, evidence: str, sighted_on: date | None, reason: str, new_name: bool, on: date
) -> Verdict:
    """Say whether a document may be prepared in the place of an issued one (REI-02, REI-04).

    A change of name needs evidence that was sighted, and a name that differs; an error of the provider's own needs its reason.
    """
    rule = "REI-02" if why == "name-change" else "REI-04"
    found = []
    if state != "issued" or why not in REPLACING:
        message = "Only a document that holds is replaced, for a change of name or an error of the provider's own."
        found.append(_finding(rule, message, f"{_HOUSE}{rule}"))
    if why == "name-change":
        if evidence not in NAME_EVIDENCE or sighted_on is None or sighted_on > on:
            message = "The change of name waits for evidence that was sighted: its kind, and a day that has come."
            found.append(_finding(rule, message, "ASQA practice guide, reissue after a change of name", outcome="HOLD"))
        if not new_name:
            message = "The student's name is the one that stands on the document. Record the new name first."
            found.append(_finding(rule, message, f"{_HOUSE}{rule}"))
    elif not reason.strip():
        found.append(_finding(rule, "Say what was wrong. The reason is kept.", f"{_HOUSE}{rule}"))
    return _verdict(found)


def may_propose_cancellation(ground: str, reason: str) -> Verdict:
    """Say whether a cancellation may be proposed: with a ground of the closed list and a reason (AQF-15)."""
    found = []
    if ground not in GROUNDS:
        found.append(_finding("AQF-15", "Choose the ground of the cancellation.", _AQF_15))
    if not reason.strip():
        found.append(_finding("AQF-15", "Say why the document is cancelled. The reason is kept.", _AQF_15))
    return _verdict(found)


def may_decide(*, proposed_by_decider: bool, what: str) -> Verdict:
    """Say whether somebody may decide on what was proposed: a second person does (AQF-09, AQF-13, AQF-15)."""
    if not proposed_by_decider:
        return _verdict([])
    message = f"You proposed this {what}, or it is about you. Somebody else has to decide on it."
    return _verdict([_finding("AQF-09", message, f"{_HOUSE}AQF-09")])


_AQF_15: Final = "National Vocational Education and Training Regulator Act 2011, sections 56 to 59"


def _finding(rule: str, message: str, source: str, *, outcome: str = "BLOCK") -> Finding:
    """Return one finding of this package's own."""
    return Finding(rule=rule, message=message, source=source, outcome=outcome)


def _verdict(found: Sequence[Finding]) -> Verdict:
    """Return the answer of some findings."""
    return _together(Verdict(RULESET, VERSION, "ALLOW"), found)


def _together(verdict: Verdict, added: Sequence[Finding]) -> Verdict:
    """Return a verdict with further findings; the answer is the worst finding's."""
    findings = sorted((*verdict.findings, *added), key=lambda one: _OUTCOMES.index(str(one.outcome)))
    outcome = str(findings[0].outcome) if findings else verdict.outcome
    return Verdict(verdict.ruleset, verdict.version, outcome, tuple(findings), verdict.details)
