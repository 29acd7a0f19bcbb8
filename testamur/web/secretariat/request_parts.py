"""How a case is shown: states in words, the applicant, each compared student field by field, and what may be done now."""

from typing import Any, Final
from uuid import UUID

from testamur.accounts.roles import Role
from testamur.extracts.actions import Case
from testamur.extracts.queries import ApplicantFacts, IdentityFacts, MatchFacts, NoteFacts
from testamur.extracts.states import REQUEST
from testamur.kernel.identifiers import printed
from testamur.kernel.periods import PartialDate
from testamur.web.parts import Cell, Entry, SummaryRow, Table, Tone
from testamur.web.provider_words import SECTORS
from testamur.web.secretariat import request_forms as forms
from testamur.web.templatetags.testamur import long_date, long_moment

QUEUE_STATES: Final[dict[str, tuple[str, Tone]]] = {
    "email_confirmed": ("Waits for the applicant", "quiet"),
    "identity_pending": ("Identity to check", "warn"),
    "identity_assisted": ("Identity: another way", "warn"),
    "officer": ("Compare by hand", "warn"),
    "found": ("Match to confirm", "warn"),
    "locked": ("Locked", "bad"),
    "ready": ("Ready", "good"),
    "collected": ("Collected", "good"),
    "no_match": ("Answered: no match", "quiet"),
    "not_held": ("Answered: not held", "quiet"),
    "redirected": ("Answered: redirected", "quiet"),
    "withdrawn": ("Withdrawn", "quiet"),
    "expired": ("Expired", "quiet"),
}
IDENTITY_STATES: Final[dict[str, tuple[str, Tone]]] = {
    "named": ("Picture to come", "quiet"),
    "pending": ("Picture to look at", "warn"),
    "assisted": ("Another way to find", "warn"),
    "proposed": ("For a supervisor", "info"),
    "passed": ("Confirmed", "good"),
    "failed": ("Did not confirm", "quiet"),
    "expired": ("No longer counts", "quiet"),
}
_AGREEMENT: Final[dict[str, Tone]] = {"same": "good", "variant": "info", "different": "bad", "unknown": "warn"}
_MATCH_STATES: Final[dict[str, tuple[str, Tone]]] = {
    "found": ("Compared", "quiet"),
    "proposed": ("Proposed", "info"),
    "confirmed": ("Confirmed", "good"),
    "rejected": ("Rejected", "quiet"),
}
_MASK: Final = "masked"


def state_cell(state: str) -> Cell:
    """Return an application's state as a cell."""
    words, tone = QUEUE_STATES.get(state, (state.replace("_", " ").capitalize(), "info"))
    return Cell(words, tone=tone)


def case_parts(case: Case, *, masked: bool, by: UUID, role: Role) -> dict[str, Any]:
    """Return what the page of a case shows; an auditor sees that fields agree, not what they hold."""
    request = case.request
    proposed = next((match for match in case.matches if match.state == "proposed"), None)
    works = role in {Role.SECRETARIAT_OFFICER, Role.SUPERVISOR}
    supervisor = role is Role.SUPERVISOR
    return {
        "number": request.number,
        "printed": printed(request.number),
        "state": QUEUE_STATES.get(request.state, (request.state.replace("_", " ").capitalize(), "info")),
        "provider": request.provider_name,
        "asked": _asked(case),
        "applicant": applicant_rows(case.applicant, masked=masked),
        "identity": _identity_words(case.identity),
        "identity_number": case.identity.number if case.identity and works else "",
        "matches": [_match(match, masked=masked) for match in case.matches],
        "proposed": proposed,
        "waits_for_supervisor": proposed is not None and not proposed.exact and not supervisor,
        "may_confirm": works
        and proposed is not None
        and request.state == "found"
        and (proposed.exact or (supervisor and proposed.proposed_by != by)),
        "may_reject": works and proposed is not None and request.state == "found",
        "may_choose": role is Role.SECRETARIAT_OFFICER and request.state == "officer",
        "may_answer": works and request.state == "officer",
        "may_look_again": works and REQUEST.allowed(request.state, "look_again"),
        "may_certify": works and proposed is None and request.state == "found",
        "may_undo": supervisor and REQUEST.allowed(request.state, "undo"),
        "may_note": works,
        "may_lock": works and REQUEST.allowed(request.state, "lock"),
        "extracts": [(printed(one.number), long_moment(one.issued_at), one.superseded_by) for one in case.extracts],
        "notes": note_entries(case.notes, masked=masked),
        "verdict": [] if masked else request.decision.get("findings", []),
        **_forms(),
    }


def _forms() -> dict[str, Any]:
    """Return the forms of a case, each under ids of its own."""
    return {
        "look_form": forms.LookForm(auto_id="look_%s"),
        "answer_form": forms.AnswerForm(auto_id="answer_%s"),
        "note_form": forms.NoteForm(auto_id="note_%s"),
        "reject_form": forms.ReasonForm(auto_id="reject_%s"),
        "undo_form": forms.ReasonForm(auto_id="undo_%s"),
        "again_form": forms.ReasonForm(auto_id="again_%s"),
    }


def _asked(case: Case) -> list[SummaryRow]:
    """Return what was asked for."""
    request = case.request
    return [
        SummaryRow("Provider", request.provider_name),
        SummaryRow("Sector", SECTORS[request.sector].capitalize()),
        SummaryRow("Attended", f"{request.attended_from} to {request.attended_until}"),
        SummaryRow("Courses", request.courses or "not told"),
        SummaryRow("Applied", long_moment(request.started_at)),
    ]


def applicant_rows(told: ApplicantFacts, *, masked: bool) -> list[SummaryRow]:
    """Return who the applicant says they are."""
    now, *before = told.names
    rows = [
        SummaryRow("Family name", _MASK if masked else now.family),
        SummaryRow(
            "Given names", _MASK if masked else " ".join(filter(None, (now.given, now.others))) or "one name only"
        ),
        SummaryRow("Date of birth", _MASK if masked else PartialDate.on(told.birth_date).printed()),
    ]
    if before:
        rows.append(SummaryRow("Former names", _MASK if masked else ", ".join(name.printed for name in before)))
    return rows


def _identity_words(check: IdentityFacts | None) -> tuple[str, Tone, str]:
    """Return where the identity stands, its tone, and until when it counts."""
    if check is None:
        return "Nothing shown yet", "quiet", ""
    words, tone = IDENTITY_STATES[check.state]
    until = f"until {long_date(check.valid_until)}" if check.valid_until else ""
    return words, tone, f"{check.kind_words} {until}".strip()


def _match(match: MatchFacts, *, masked: bool) -> dict[str, Any]:
    """Return one compared student: a table of fields, agreement in words, and its state."""
    rows = [
        [
            field.field,
            _MASK if masked else field.asked,
            _MASK if masked else field.held,
            Cell(field.words, tone=_AGREEMENT[field.agreement]),
        ]
        for field in match.fields
    ]
    words, tone = _MATCH_STATES[match.state]
    caption = f"Compared with student {match.student_id} of the register"
    return {
        "student": match.student_id,
        "exact": match.exact,
        "state": (words, tone),
        "is_found": match.state == "found",
        "reason": "" if masked else match.reason,
        "table": Table(caption, ["Field", "Applicant", "Record", "Agreement"], rows, small_caption=True),
    }


def note_entries(notes: tuple[NoteFacts, ...], *, masked: bool) -> list[Entry]:
    """Return the notes of a case, the newest first."""
    who = {True: "The register", False: "Staff"}
    return [
        Entry(long_moment(note.at), who[note.by is None], [_MASK if masked else note.text]) for note in reversed(notes)
    ]
