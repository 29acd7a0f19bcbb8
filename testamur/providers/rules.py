"""What a provider's names, codes and registrations must satisfy, and which move may be recorded when (rulebook F.1).

Pure: plain values in, findings or a Verdict out. Days are the provider's local days (CAL-5); periods are half-open.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import available_timezones

from stdnum import exceptions as stdnum_errors
from stdnum.au import abn as stdnum_abn

from testamur.kernel.periods import Period, days_after
from testamur.kernel.verdict import Finding, Verdict
from testamur.providers import states

RULESET: Final = "provider"
VERSION: Final = "2025-07-01"
NAME_LIMIT: Final = 200
NAME_LEAST: Final = 2
ABN_PREFIX_LEAST: Final = 6
CLOSURE_DAYS: Final = 30
_REGISTER: Final = "Register of providers, states of a registration (F.1)"
_CLOSURE: Final = "National Vocational Education and Training Regulator Act 2011, section 211 (REG-08)"
_ABN: Final = "A New Tax System (Australian Business Number) Act 1999; check of the eleven digits"

CODE_PATTERNS: Final[Mapping[str, str]] = {"rto": r"\d{4,5}", "teqsa": r"PRV\d{5}", "cricos": r"\d{5}[A-Z]"}
_CODE_HINTS: Final = {
    "rto": "An RTO code has four or five digits, such as 51234.",
    "teqsa": "A TEQSA provider id is PRV and five digits, such as PRV12345.",
    "cricos": "A CRICOS provider code has five digits and a letter, such as 01234A.",
}
_CODE_WORDS: Final = {"rto": "RTO code", "teqsa": "TEQSA provider id", "cricos": "CRICOS provider code"}
_LIVE: Final = (states.REGISTERED, states.CEASING, states.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Move:
    """One recorded move: the state it led to and the day from which it holds."""

    to_state: str
    effective_date: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What a registration is at the moment when a move is asked for."""

    state: str
    state_since: date
    registered_from: date
    coverage_signed: bool = False


@dataclass(frozen=True, slots=True)
class MoveAsked:
    """A move that somebody wants to record: its verb in the machine, its day, its authority, its successor."""

    verb: str
    effective_date: date
    authority: str
    successor_named: bool = False
    ceases_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegistrationHistory:
    """The moves of one registration in the order recorded, and its period as the register holds it."""

    moves: Sequence[Move]
    period: Period
    records_accepted_by_successor: bool = False


def fold_name(name: str) -> str:
    """Return a name as it is searched: lower case, no accents, `&` as `and`, letters and digits in single spaces."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("’", "'").replace("'", ""))
    kept = (character for character in plain.casefold() if not unicodedata.combining(character))
    return " ".join("".join(character if character.isalnum() else " " for character in kept).split())


def check_name(name: str, *, column: str = "name") -> list[Finding]:
    """A name holds a letter or digit, at most 200 characters and no control characters (TEQ-R2)."""
    fault = None
    if not fold_name(name):
        fault = "Enter the name. It needs at least one letter or digit."
    elif len(name) > NAME_LIMIT:
        fault = f"The name is longer than {NAME_LIMIT} characters. Shorten it to the name as registered."
    elif any(unicodedata.category(character).startswith("C") for character in name):
        fault = "The name holds a character that cannot be printed. Type it again."
    return [_finding("TEQ-R2", fault, _REGISTER, column)] if fault else []


def parse_abn(text: str) -> str | None:
    """Return the eleven digits of an Australian business number, None where it is none; spaces do not matter."""
    try:
        return str(stdnum_abn.validate("".join(text.split())))
    except stdnum_errors.ValidationError:
        return None


def check_abn(text: str) -> list[Finding]:
    """An ABN has eleven digits of which the first two check the rest (TEQ-02)."""
    digits = "".join(text.split())
    if parse_abn(text):
        return []
    if not digits.isascii() or not digits.isdigit():
        message = (
            "An ABN holds digits and spaces only. Copy it from an invoice or from the Australian Business Register."
        )
    elif len(digits) != 11:
        message = f"An ABN has 11 digits; this has {len(digits)}. Check for a missing or doubled digit."
    else:
        message = "These 11 digits are not an ABN: the check of its digits fails. Compare it with the source."
    return [_finding("TEQ-02", message, _ABN, "abn")]


def parse_code(kind: str, text: str) -> str | None:
    """Return a provider's code as it is kept, None where it does not fit the kind.

    Files pad RTO codes with zeros to ten digits: those are taken off down to four.
    """
    code = "".join(text.split()).upper()
    if kind == "rto" and code.isascii() and code.isdigit() and len(code) > 5:
        code = code.lstrip("0").zfill(4)
    return code if re.fullmatch(CODE_PATTERNS[kind], code, re.ASCII) else None


def matched_code(kind: str, code: str) -> str:
    """Return the form under which a code is found: RTO codes without leading zeros."""
    return (code.lstrip("0") or "0") if kind == "rto" else code


def check_code(kind: str, text: str) -> list[Finding]:
    """A code fits the pattern of its kind; none of them has a public check digit."""
    return [] if parse_code(kind, text) else [_finding("TEQ-R2", _CODE_HINTS[kind], _REGISTER, kind)]


def code_kinds(text: str) -> list[tuple[str, str]]:
    """Return every (kind, matched form) that a typed text may be a code of."""
    found = ((kind, parse_code(kind, text)) for kind in CODE_PATTERNS)
    return [(kind, matched_code(kind, code)) for kind, code in found if code]


def number_typed(text: str) -> str:
    """Return what was typed as a number or code: without spaces, hyphens and a leading word such as ABN."""
    code = re.sub(r"[\s\-\u2010-\u2013]", "", text).upper()
    return re.sub(r"^(ABN|RTOCODE|RTO|CRICOS|TEQSA)[:#]?(?=[\dP])", "", code)


def check_number_typed(text: str) -> list[Finding]:
    """Eleven digits that fail the check of an ABN are probably a slip: say so beside an empty list (TEQ-02)."""
    typed = number_typed(text)
    return check_abn(typed) if typed.isascii() and typed.isdigit() and len(typed) >= 10 else []


def printed_abn(abn: str) -> str:
    """Return an ABN as it is printed: 51 824 753 556; nothing for none."""
    return f"{abn[:2]} {abn[2:5]} {abn[5:8]} {abn[8:]}" if abn else ""


def name_label(kind: str, *, past: bool) -> str:
    """Return what a name is, in words; `past` where its use has ended."""
    if kind == "former":
        return "Former name"
    return f"Former {kind} name" if past else f"{kind.capitalize()} name"


def check_period(since: date | None, until: date | None, *, column: str) -> list[Finding]:
    """A period ends after it begins."""
    if since is None or until is None or since < until:
        return []
    return [_finding("TEQ-R2", "The end must lie after the beginning.", _REGISTER, column)]


def check_not_future(day: date, on: date, *, column: str) -> list[Finding]:
    """What the register says is so, not what is planned: a day to come is refused."""
    if day <= on:
        return []
    return [_finding("TEQ-R2", "The day lies in the future. Record it once it has come.", _REGISTER, column)]


def registered_on(periods: Iterable[Period], day: date) -> bool:
    """Say whether any period of registration holds a day."""
    return any(period.contains(day) for period in periods)


def state_on(moves: Sequence[Move], day: date) -> str:
    """Return the state on a day: the last recorded move that had taken effect by then; before the first, applicant."""
    state = states.APPLICANT
    for move in moves:
        if move.effective_date <= day:
            state = move.to_state
    return state


def has_ceased(moves: Sequence[Move], day: date) -> bool:
    """Say whether a registration had ended by a day; merged, lapsed and cancelled count (F.1)."""
    return state_on(moves, day) in states.ENDED


def status_for_extract(histories: Sequence[RegistrationHistory], day: date) -> str:
    """Answer what a student's request has to know: registered, ceasing, suspended, merged, ceased or unknown (CQR-09).

    A live registration comes before an ended one; among ended ones the latest counts. A period that has run out without
    a recorded end is unknown: the register does not guess, an officer looks.
    """
    live, ended, overdue = [], [], False
    for history in histories:
        state = state_on(history.moves, day)
        if state in states.ENDED:
            ended.append((ended_since(history.moves, day), _ending(history, day)))
        elif state in _LIVE and history.period.contains(day):
            live.append(state)
        elif state in _LIVE:
            overdue = True
    if live:
        return min(live, key=_LIVE.index)
    if overdue or not ended:
        return "unknown"
    return max(ended)[1]


def ended_since(moves: Sequence[Move], day: date) -> date:
    """Return from which day on a registration that has ceased by a day has been ended."""
    return min(move.effective_date for move in moves if move.to_state in states.ENDED and move.effective_date <= day)


def _ending(history: RegistrationHistory, day: date) -> str:
    """Return merged where another provider took over, or took the records; ceased otherwise."""
    merged = any(move.to_state == states.MERGED and move.effective_date <= day for move in history.moves)
    return "merged" if merged or history.records_accepted_by_successor else "ceased"


def closure_due(trigger_date: date) -> date:
    """Return the last day for handing over the records: 30 days from the end (REG-08, CAL-1)."""
    return days_after(trigger_date, CLOSURE_DAYS)


def may_record_move(standing: Standing, asked: MoveAsked, *, on: date) -> Verdict:
    """A move must be possible from the state, in the order of dates, with what its state needs.

    An end needs an authority and a day that has come; a merger names the successor; an archive needs the signed
    coverage map; a notice of ceasing names the day on which teaching is to end (F.1, REG-08).
    """
    findings: list[Finding] = []
    if not states.REGISTRATION.allowed(standing.state, asked.verb):
        words = asked.verb.replace("_", " ")
        message = f"“{words}” is not possible while the registration is {standing.state}."
        return _verdict([_finding("F1-STATE", message, _REGISTER, "state")])
    to_state = states.REGISTRATION.move(standing.state, asked.verb)
    if asked.effective_date < max(standing.state_since, standing.registered_from):
        day = max(standing.state_since, standing.registered_from)
        message = (
            f"The day lies before the present state began ({day:%d %B %Y}). Moves stand in the order of their days."
        )
        findings.append(_finding("F1-ORDER", message, _REGISTER, "effective_date"))
    if asked.effective_date > on and asked.verb != "register":
        message = "The day lies in the future. Record this once it has taken effect; until then, a notice of ceasing."
        findings.append(_finding("F1-FUTURE", message, _REGISTER, "effective_date"))
    return _verdict([*findings, *check_authority(asked.authority), *_guards(standing, asked, to_state)])


def _guards(standing: Standing, asked: MoveAsked, to_state: str) -> list[Finding]:
    """Return what the state that is asked for still lacks."""
    findings = []
    if to_state in states.ENDED and asked.effective_date <= standing.registered_from:
        message = "A registration ends after the day on which it began. Check both days."
        findings.append(_finding("F1-ORDER", message, _REGISTER, "effective_date"))
    if to_state == states.CEASING and (asked.ceases_on is None or asked.ceases_on < asked.effective_date):
        message = "Say on which day the provider expects to cease; it cannot lie before the notice."
        findings.append(_finding("REG-08", message, _CLOSURE, "ceases_on"))
    if to_state == states.MERGED and not asked.successor_named:
        message = "Name the provider that took over. Where none did, record that the registration has ceased."
        findings.append(_finding("F1-SUCCESSOR", message, _REGISTER, "successor"))
    if to_state == states.ARCHIVED and not standing.coverage_signed:
        message = "The coverage map is not signed. A supervisor signs it first, then the closure can be archived."
        findings.append(_finding("F1-COVERAGE", message, _CLOSURE, "coverage"))
    return findings


def check_authority(authority: str) -> list[Finding]:
    """What changes a registration rests on a notice, a decision or a section of an Act (F.1)."""
    if authority.strip():
        return []
    message = "Name the authority: the notice, decision or section of the Act on which this rests."
    return [_finding("F1-AUTHORITY", message, _REGISTER, "authority")]


def may_sign_coverage(*, case_open: bool, ended: bool, already_signed: bool, opened_by_signer: bool) -> Verdict:
    """The coverage map is signed once, after the end, by somebody other than who opened the case (F.1, F.2)."""
    findings = []
    if not case_open:
        findings.append(_finding("F1-COVERAGE", "There is no open closure case to sign for.", _CLOSURE, "coverage"))
    elif not ended:
        message = "The registration has not ended. Coverage can be signed once every period is over."
        findings.append(_finding("F1-COVERAGE", message, _CLOSURE, "coverage"))
    elif already_signed:
        findings.append(_finding("F1-COVERAGE", "The coverage map is signed already.", _CLOSURE, "coverage"))
    elif opened_by_signer:
        message = "You opened this closure case. Somebody else has to sign its coverage map."
        findings.append(
            _finding("F2-OWN-CASE", message, "Access matrix (F.2): nobody approves a case of their own", "coverage")
        )
    return _verdict(findings)


def may_register_again(*, same_registration_ended: bool) -> Verdict:
    """After an end with the same regulator and sector, registration makes a new, linked record (F.1)."""
    if not same_registration_ended:
        return _verdict([])
    message = (
        "This provider's registration has ended. Register it as a new provider and name this record as the earlier one."
    )
    return _verdict([_finding("F1-AGAIN", message, _REGISTER, "predecessor")])


def may_extend(*, state: str, until_now: date | None, until: date | None) -> Verdict:
    """A live registration may run longer, never shorter: an earlier end is a ceasing, a lapse or a cancellation."""
    findings = []
    if state not in _LIVE:
        findings.append(
            _finding("F1-STATE", f"The registration is {state}; it cannot be extended.", _REGISTER, "until")
        )
    elif until_now is None or (until is not None and until <= until_now):
        message = "The new end must lie after the present one. To end a registration earlier, record how it ended."
        findings.append(_finding("F1-EXTEND", message, _REGISTER, "until"))
    return _verdict(findings)


def check_sector(sector: str, regulator: str, sectors: Sequence[str]) -> list[Finding]:
    """A regulator registers providers in its own sectors only."""
    if sector in sectors:
        return []
    return [_finding("TEQ-R2", f"{regulator} does not register providers in this sector.", _REGISTER, "sector")]


def check_zone(zone: str) -> list[Finding]:
    """Legal dates are local dates of the provider, so its zone is one of the IANA names (CAL-5)."""
    if zone in available_timezones():
        return []
    return [_finding("CAL-5", "Choose a time zone of the list, such as Australia/Perth.", _REGISTER, "zone")]


def check_predecessor(*, ended: bool, has_later: bool) -> list[Finding]:
    """An earlier record can be named once all its registrations have ended, and by one later record only (F.1)."""
    if has_later:
        message = "Another record names this earlier one already. Open it and use the latest record."
    elif not ended:
        message = "The earlier record still has a live registration. Add a registration to it instead."
    else:
        return []
    return [_finding("F1-AGAIN", message, _REGISTER, "predecessor")]


def taken(column: str) -> Finding:
    """Return the finding that another provider has this ABN or code."""
    words = _CODE_WORDS.get(column, "ABN")
    message = f"Another provider in this register has this {words}. Search for it before you register a new one."
    return _finding("TEQ-R2", message, _REGISTER, column)


def blocked(findings: Sequence[Finding]) -> Verdict:
    """Return the Verdict of findings that stop the act; ALLOW where there are none."""
    return _verdict(list(findings))


def _finding(rule: str, message: str, source: str, column: str) -> Finding:
    """Return one blocking finding about a field."""
    return Finding(rule=rule, message=message, source=source, outcome="BLOCK", column=column)


def _verdict(findings: list[Finding]) -> Verdict:
    """Return the answer of the ruleset."""
    return Verdict(RULESET, VERSION, "BLOCK" if findings else "ALLOW", tuple(findings))
